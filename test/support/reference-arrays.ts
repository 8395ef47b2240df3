// Float64 arrays, matrices and broadcasting: the ground of the reference, see reference.ts.

export type Numbers = ArrayLike<number>;
export type Shape = readonly number[];

export const at = (values: Numbers, index: number): number => {
  const value = values[index];
  if (value === undefined) throw new RangeError(`reference: index ${index} of ${values.length} values`);
  return value;
};
export const fill = (length: number, f: (i: number) => number): Float64Array =>
  Float64Array.from({ length }, (_, i) => f(i));
export const size = (shape: Shape): number => shape.reduce((product, n) => product * n, 1);

// Matrices

export type Matrix = readonly [rows: number, columns: number];

/** op(a) op(b) [m, n]; shapes are those stored, op transposes: a is [m, k], or [k, m] with transA. */
export function matmul(a: Numbers, aShape: Matrix, b: Numbers, bShape: Matrix, transA = false, transB = false) {
  const [m, k] = transA ? [aShape[1], aShape[0]] : aShape;
  const [inner, n] = transB ? [bShape[1], bShape[0]] : bShape;
  if (k !== inner) throw new RangeError(`reference matmul: ${m}x${k} times ${inner}x${n}`);
  return fill(m * n, (i) => {
    const row = Math.floor(i / n);
    const column = i % n;
    let sum = 0;
    for (let t = 0; t < k; t += 1)
      sum += at(a, transA ? t * m + row : row * k + t) * at(b, transB ? column * k + t : t * n + column);
    return sum;
  });
}

export function matmulBackward(
  dy: Numbers,
  a: Numbers,
  aShape: Matrix,
  b: Numbers,
  bShape: Matrix,
  transA = false,
  transB = false,
) {
  const dyShape: Matrix = [transA ? aShape[1] : aShape[0], transB ? bShape[0] : bShape[1]];
  const da = transA ? matmul(b, bShape, dy, dyShape, transB, true) : matmul(dy, dyShape, b, bShape, false, !transB);
  const db = transB ? matmul(dy, dyShape, a, aShape, true, transA) : matmul(a, aShape, dy, dyShape, !transA, false);
  return { da, db };
}

// Elementwise, with broadcasting: shapes are aligned at the right, a dimension of 1 repeats.

export function broadcastShape(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const m = a[i - rank + a.length] ?? 1;
    const n = b[i - rank + b.length] ?? 1;
    if (m !== n && m !== 1 && n !== 1)
      throw new RangeError(`reference: [${a.join()}] and [${b.join()}] do not broadcast`);
    return m === 1 ? n : m;
  });
}

/** Where element `index` of `from` lies in `to`, which broadcasts to `from`. */
function project(index: number, from: Shape, to: Shape): number {
  let rest = index;
  let place = 0;
  let stride = 1;
  for (let i = 1; i <= from.length; i += 1) {
    const length = from[from.length - i] ?? 1;
    const own = to[to.length - i] ?? 1;
    if (own !== 1) place += (rest % length) * stride;
    stride *= own;
    rest = Math.floor(rest / length);
  }
  return place;
}

export function broadcastTo(x: Numbers, shape: Shape, to: Shape): Float64Array {
  return fill(size(to), (i) => at(x, project(i, to, shape)));
}

/** The adjoint of broadcastTo: sums over every axis that was broadcast. */
export function sumTo(x: Numbers, shape: Shape, to: Shape): Float64Array {
  const sums = new Float64Array(size(to));
  for (let i = 0; i < x.length; i += 1) sums[project(i, shape, to)]! += at(x, i);
  return sums;
}

/** Sums over `axes`, which keep the length 1 in the order of the result. Its gradient is broadcastTo. */
export function sum(x: Numbers, shape: Shape, axes: readonly number[]): Float64Array {
  const kept = shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
  return sumTo(x, shape, kept);
}

export function add(a: Numbers, aShape: Shape, b: Numbers, bShape: Shape): Float64Array {
  const shape = broadcastShape(aShape, bShape);
  return fill(size(shape), (i) => at(a, project(i, shape, aShape)) + at(b, project(i, shape, bShape)));
}

export function addBackward(dy: Numbers, aShape: Shape, bShape: Shape) {
  const shape = broadcastShape(aShape, bShape);
  return { da: sumTo(dy, shape, aShape), db: sumTo(dy, shape, bShape) };
}

export function mul(a: Numbers, aShape: Shape, b: Numbers, bShape: Shape): Float64Array {
  const shape = broadcastShape(aShape, bShape);
  return fill(size(shape), (i) => at(a, project(i, shape, aShape)) * at(b, project(i, shape, bShape)));
}

export function mulBackward(dy: Numbers, a: Numbers, aShape: Shape, b: Numbers, bShape: Shape) {
  const shape = broadcastShape(aShape, bShape);
  return {
    da: sumTo(mul(dy, shape, b, bShape), shape, aShape),
    db: sumTo(mul(dy, shape, a, aShape), shape, bShape),
  };
}
