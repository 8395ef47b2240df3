// An independent float64 reference: every operator in plain loops, written for reading and never for speed. It imports
// nothing of the project; reference.test.ts checks each gradient against central differences. At the end: how far an f32
// result may lie from it.

export type Numbers = ArrayLike<number>;
export type Shape = readonly number[];

const at = (values: Numbers, index: number): number => {
  const value = values[index];
  if (value === undefined) throw new RangeError(`reference: index ${index} of ${values.length} values`);
  return value;
};
const fill = (length: number, f: (i: number) => number): Float64Array => Float64Array.from({ length }, (_, i) => f(i));
export const size = (shape: Shape): number => shape.reduce((product, n) => product * n, 1);

// Matrices

type Matrix = readonly [rows: number, columns: number];

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

// Losses: means over the first `valid` rows; the other rows count for nothing and have gradient 0.

/** `correct` counts the rows whose first maximum is at the label. */
export function softmaxCrossEntropy(
  logits: Numbers,
  [rows, classes]: Matrix,
  labels: Numbers,
  valid = rows,
): { loss: number; correct: number; dlogits: Float64Array } {
  const dlogits = new Float64Array(rows * classes);
  let loss = 0;
  let correct = 0;
  for (let row = 0; row < valid; row += 1) {
    const z = fill(classes, (c) => at(logits, row * classes + c));
    const top = Math.max(...z);
    const e = z.map((value) => Math.exp(value - top));
    const total = e.reduce((a, b) => a + b, 0);
    const label = at(labels, row);
    loss += (Math.log(total) - (at(z, label) - top)) / valid;
    if (z.indexOf(top) === label) correct += 1;
    e.forEach((value, c) => {
      dlogits[row * classes + c] = (value / total - (c === label ? 1 : 0)) / valid;
    });
  }
  return { loss, correct, dlogits };
}

/** Mean over the valid rows times columns of (pred - target)^2. */
export function mse(pred: Numbers, target: Numbers, validRows: number, columns: number) {
  const n = validRows * columns;
  const error = fill(pred.length, (i) => (i < n ? at(pred, i) - at(target, i) : 0));
  return { loss: error.reduce((sum, e) => sum + (e * e) / n, 0), dpred: error.map((e) => (2 * e) / n) };
}

// Rectifiers: the left branch owns 0.

type Values = Readonly<Record<string, number>>;

export interface Activation {
  forward(x: number, p: Values): number;
  dx(x: number, p: Values): number;
  /** By parameter name. */
  dp(x: number, p: Values): Values;
}

const pick = (p: Values, name: string): number => {
  const value = p[name];
  if (value === undefined) throw new RangeError(`reference: no parameter ${name}`);
  return value;
};

const slope: Activation = {
  forward: (x, p) => Math.max(0, x) + pick(p, 'a') * Math.min(0, x),
  dx: (x, p) => (x <= 0 ? pick(p, 'a') : 1),
  dp: (x) => ({ a: Math.min(0, x) }),
};

const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** P(z < x): the alternating series of the integral of the density up to 3, Laplace's continued fraction of the tail beyond. */
export function normalCdf(x: number): number {
  if (Math.abs(x) > 3) return x < 0 ? tail(-x) : 1 - tail(x);
  let sum = x;
  let power = x;
  for (let k = 1; k < 60; k += 1) {
    power *= (-x * x) / (2 * k);
    sum += power / (2 * k + 1);
  }
  return 0.5 + sum / Math.sqrt(2 * Math.PI);
}

/** density(x) / (x + 1 / (x + 2 / (x + 3 / ...))), for x >= 3. */
function tail(x: number): number {
  let fraction = x;
  for (let k = 80; k > 0; k -= 1) fraction = x + k / fraction;
  return density(x) / fraction;
}

const C = Math.sqrt(2 / Math.PI);

export const activations = {
  identity: { forward: (x) => x, dx: () => 1, dp: () => ({}) },
  relu: { forward: (x) => (x <= 0 ? 0 : x), dx: (x) => (x <= 0 ? 0 : 1), dp: () => ({}) },
  leaky_relu: slope,
  prelu: slope,
  elu: {
    forward: (x, p) => (x <= 0 ? pick(p, 'alpha') * Math.expm1(x) : x),
    dx: (x, p) => (x <= 0 ? pick(p, 'alpha') * Math.exp(x) : 1),
    dp: (x) => ({ alpha: Math.expm1(Math.min(0, x)) }),
  },
  gelu: {
    forward: (x) => x * normalCdf(x),
    dx: (x) => normalCdf(x) + x * density(x),
    dp: () => ({}),
  },
  gelu_tanh: {
    forward: (x) => 0.5 * x * (1 + Math.tanh(C * (x + 0.044715 * x ** 3))),
    dx(x) {
      const t = Math.tanh(C * (x + 0.044715 * x ** 3));
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * C * (1 + 3 * 0.044715 * x * x);
    },
    dp: () => ({}),
  },
} as const satisfies Readonly<Record<string, Activation>>;

export type ActivationName = keyof typeof activations;
/** By name, as many values as share the parameter: element i takes value i % count. */
export type Shared = Readonly<Record<string, Numbers>>;

const valuesAt = (params: Shared, i: number): Values =>
  Object.fromEntries(Object.entries(params).map(([name, values]) => [name, at(values, i % values.length)]));

export function rectifier(name: ActivationName, x: Numbers, params: Shared): Float64Array {
  return fill(x.length, (i) => activations[name].forward(at(x, i), valuesAt(params, i)));
}

/** dx, and for every parameter the sums of its gradient over the elements that share a value. */
export function rectifierBackward(name: ActivationName, x: Numbers, dy: Numbers, params: Shared) {
  const activation: Activation = activations[name];
  const dx = fill(x.length, (i) => at(dy, i) * activation.dx(at(x, i), valuesAt(params, i)));
  const dparams: Record<string, Float64Array> = {};
  for (const [key, values] of Object.entries(params)) {
    const sums = new Float64Array(values.length);
    for (let i = 0; i < x.length; i += 1)
      sums[i % values.length]! += at(dy, i) * pick(activation.dp(at(x, i), valuesAt(params, i)), key);
    dparams[key] = sums;
  }
  return { dx, dparams };
}

// Optimizers, with PyTorch's meaning; all update their arrays in place.

export interface SgdOptions {
  readonly lr: number;
  readonly momentum?: number;
  readonly nesterov?: boolean;
  readonly weightDecay?: number;
}

/** Momentum: buffer = momentum * buffer + g, from a buffer of zeros. */
export function sgd(
  p: Float64Array,
  gradient: Numbers,
  buffer: Float64Array,
  { lr, momentum = 0, nesterov = false, weightDecay = 0 }: SgdOptions,
): void {
  p.forEach((value, i) => {
    const g = at(gradient, i) + weightDecay * value;
    const b = momentum * at(buffer, i) + g;
    buffer[i] = b;
    p[i] = value - lr * (nesterov ? g + momentum * b : b);
  });
}

export interface AdamOptions {
  readonly lr: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly eps?: number;
  readonly weightDecay?: number;
}

/** First and second moments, zeros before the first step. */
export interface Moments {
  readonly m: Float64Array;
  readonly v: Float64Array;
}

/** `step` counts from 1. The decay is added to the gradient. */
export function adam(p: Float64Array, gradient: Numbers, moments: Moments, step: number, options: AdamOptions): void {
  const decay = options.weightDecay ?? 0;
  const decayed = fill(p.length, (i) => at(gradient, i) + decay * at(p, i));
  adamStep(p, decayed, moments, step, options);
}

/** Adam with the decay taken off the parameter itself (Loshchilov and Hutter 2019). */
export function adamw(p: Float64Array, gradient: Numbers, moments: Moments, step: number, options: AdamOptions): void {
  const keep = 1 - options.lr * (options.weightDecay ?? 0);
  p.forEach((value, i) => {
    p[i] = value * keep;
  });
  adamStep(p, gradient, moments, step, options);
}

function adamStep(
  p: Float64Array,
  gradient: Numbers,
  { m, v }: Moments,
  step: number,
  { lr, beta1 = 0.9, beta2 = 0.999, eps = 1e-8 }: AdamOptions,
): void {
  p.forEach((value, i) => {
    const g = at(gradient, i);
    m[i] = beta1 * at(m, i) + (1 - beta1) * g;
    v[i] = beta2 * at(v, i) + (1 - beta2) * g * g;
    const denominator = Math.sqrt(at(v, i) / (1 - beta2 ** step)) + eps;
    p[i] = value - ((lr / (1 - beta1 ** step)) * at(m, i)) / denominator;
  });
}

// Comparing: rounding bounds for f32 results, and the check itself.

/**
 * The largest error of an f32 inner product of n terms, in any order and with or without fused multiply-add:
 * gamma_n * sum |terms|, gamma_n = n u / (1 - n u), u = 2^-24.
 * Higham, Accuracy and Stability of Numerical Algorithms, section 3.1.
 */
export function dotTolerance(n: number, magnitude: number): number {
  const nu = n * 2 ** -24;
  return (nu / (1 - nu)) * magnitude;
}

/** Per element of `matmul` with the same arguments; `extra` counts further roundings, such as an added bias. */
export function matmulTolerance(
  a: Numbers,
  aShape: Matrix,
  b: Numbers,
  bShape: Matrix,
  transA = false,
  transB = false,
  extra = 0,
): Float64Array {
  const absolute = (x: Numbers) => Float64Array.from(x, Math.abs);
  const terms = transA ? aShape[0] : aShape[1];
  return matmul(absolute(a), aShape, absolute(b), bShape, transA, transB).map((s) => dotTolerance(terms + extra, s));
}

/** Per element of `sumTo` with the same arguments, of exact or (`extra`) rounded terms. */
export function sumTolerance(x: Numbers, shape: Shape, to: Shape, extra = 0): Float64Array {
  const terms = size(shape) / size(to);
  return sumTo(Float64Array.from(x, Math.abs), shape, to).map((s) => dotTolerance(terms - 1 + extra, s));
}

/** Throws, with the worst element, unless |actual - expected| <= tolerance everywhere; a NaN is never close. */
export function expectClose(
  actual: Numbers,
  expected: Numbers,
  tolerance: Numbers | ((index: number) => number),
): void {
  if (actual.length !== expected.length)
    throw new Error(`expectClose: ${actual.length} values, expected ${expected.length}`);
  const bound = typeof tolerance === 'function' ? tolerance : (i: number) => at(tolerance, i);
  let failures = 0;
  let worst = { ratio: 0, message: '' };
  for (let i = 0; i < expected.length; i += 1) {
    const error = Math.abs(at(actual, i) - at(expected, i));
    if (error <= bound(i)) continue;
    failures += 1;
    const ratio = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error / bound(i);
    if (!(ratio <= worst.ratio))
      worst = {
        ratio,
        message: `at ${i}: got ${actual[i]}, expected ${expected[i]}, error ${error.toExponential(3)}, allowed ${bound(i).toExponential(3)}`,
      };
  }
  if (failures > 0)
    throw new Error(`expectClose: ${failures} of ${expected.length} values differ; worst ${worst.message}`);
}
