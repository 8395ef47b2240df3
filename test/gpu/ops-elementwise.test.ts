// add, sub and mul with broadcasting, scaling, expand, reshape, and tensors used more than once.
import { afterAll, describe, expect, test } from 'vitest';
import { add, expand, mul, reshape, sub, type Tensor } from '../../src/index.ts';
import { checkOperator, compute, multilinear, openEngine } from '../support/check.ts';
import * as ref from '../support/reference.ts';

const engine = await openEngine();
afterAll(engine.destroy);

type Pair = Record<'a' | 'b', ref.Numbers>;
const negative = (x: ref.Numbers) => Float64Array.from(x, (value) => -value);

const PAIRS: readonly (readonly [a: ref.Shape, b: ref.Shape])[] = [
  [[], []],
  [[], [5]],
  [[2, 3], []],
  [[1], [1]],
  [[7], [7]],
  [[1], [2, 3]],
  [[3, 4], [4]],
  [[4], [3, 4]],
  [
    [3, 1],
    [1, 4],
  ],
  [[3, 1], [4]],
  [
    [130, 1],
    [130, 65],
  ],
  [
    [2, 3, 4],
    [2, 1, 4],
  ],
  [
    [2, 1, 4],
    [3, 1],
  ],
  [
    [1, 3, 1],
    [2, 1, 5],
  ],
  [
    [2, 3, 4, 5],
    [2, 3, 4, 5],
  ],
  [
    [2, 1, 4, 1],
    [3, 1, 5],
  ],
  [
    [1, 3, 1, 5],
    [2, 1, 4, 1],
  ],
  [[2, 3, 4, 5], [5]],
  [
    [1, 1, 1, 1],
    [2, 3, 4, 5],
  ],
];

describe.each(PAIRS)('[%s] and [%s]', (a, b) => {
  const out = ref.size(ref.broadcastShape(a, b));
  // Terms of the sums that undo the broadcasting.
  const [na, nb] = [out / ref.size(a), out / ref.size(b)];
  const plus = (x: Pair, dy: ref.Numbers) => {
    const { da, db } = ref.addBackward(dy, a, b);
    return { y: ref.add(x.a, a, x.b, b), a: da, b: db };
  };
  const minus = (x: Pair, dy: ref.Numbers) => {
    const { da, db } = ref.addBackward(dy, a, b);
    return { y: ref.add(x.a, a, negative(x.b), b), a: da, b: negative(db) };
  };
  const times = (x: Pair, dy: ref.Numbers) => {
    const { da, db } = ref.mulBackward(dy, x.a, a, x.b, b);
    return { y: ref.mul(x.a, a, x.b, b), a: da, b: db };
  };
  const terms = { y: 1, a: na - 1, b: nb - 1 };

  test('add', () => checkOperator(engine, { a, b }, (t) => add(t.a, t.b), multilinear(plus, terms)));
  test('sub', () => checkOperator(engine, { a, b }, (t) => sub(t.a, t.b), multilinear(minus, terms, plus)));
  test('mul', () => checkOperator(engine, { a, b }, (t) => mul(t.a, t.b), multilinear(times, { y: 1, a: na, b: nb })));
});

/** The result has as many elements as x: y and dx are x and dy times `factor`. */
const scaled = (factor: number, roundings: number) =>
  multilinear(
    ({ x }: { x: ref.Numbers }, dy) => ({
      y: Float64Array.from(x, (value) => value * factor),
      x: Float64Array.from(dy, (value) => value * factor),
    }),
    { y: roundings, x: roundings },
  );

// The number itself is rounded to f32, too.
test.each([0, 1, -1, 0.1, 1e-20, 1e20])('mul by %f', (factor) =>
  checkOperator(engine, { x: [3, 43] }, (t) => mul(t.x, factor), scaled(factor, 2)),
);

test.each<[ref.Shape, ref.Shape]>([
  [[6], [2, 3]],
  [[2, 3, 4], [24]],
  [
    [2, 3, 4],
    [4, -1],
  ],
  [
    [2, 3, 4, 5, 6],
    [1, 720],
  ],
  [[], [1, 1]],
  [[1], []],
])('reshape [%s] to [%s]', (from, to) =>
  checkOperator(engine, { x: from }, (t) => mul(reshape(t.x, to), 1), scaled(1, 0)),
);

test.each<[ref.Shape, ref.Shape]>([
  [[], [3]],
  [[4], [3, 4]],
  [
    [3, 1],
    [3, 4],
  ],
  [
    [1, 3, 1],
    [2, 3, 4],
  ],
  [
    [2, 1, 1, 5],
    [2, 3, 4, 5],
  ],
  [
    [3, 4],
    [3, 4],
  ],
])('expand [%s] to [%s]', (from, to) =>
  checkOperator(
    engine,
    { x: from },
    (t) => expand(t.x, to),
    multilinear(({ x }: { x: ref.Numbers }, dy) => ({ y: ref.broadcastTo(x, from, to), x: ref.sumTo(dy, to, from) }), {
      y: 0,
      x: ref.size(to) / ref.size(from) - 1,
    }),
  ),
);

test('a tensor that is used several times gets the sum of its gradients', () =>
  checkOperator(
    engine,
    { a: [3, 4], b: [3, 4] },
    (t) => t.a.mul(t.a).mul(t.b).add(t.a).sub(t.b.mul(t.a)),
    (x, dy) => {
      // y = a^2 b + a - a b, so dy/da = 2 a b + 1 - b and dy/db = a^2 - a.
      const each = (f: (a: number, b: number, dy: number) => number) =>
        Float64Array.from(x.a, (a, i) => f(a, x.b[i]!, dy[i]!));
      const close = (f: (a: number, b: number, dy: number) => number, size: typeof f) => ({
        values: each(f),
        tolerance: each(size).map((magnitude) => ref.dotTolerance(6, magnitude)),
      });
      const { abs } = Math;
      return {
        y: close(
          (a, b) => a * a * b + a - a * b,
          (a, b) => a * a * abs(b) + abs(a) + abs(a * b),
        ),
        a: close(
          (a, b, g) => g * (2 * a * b + 1 - b),
          (a, b, g) => abs(g) * (2 * abs(a * b) + 1 + abs(b)),
        ),
        b: close(
          (a, _, g) => g * (a * a - a),
          (a, _, g) => abs(g) * (a * a + abs(a)),
        ),
      };
    },
  ));

test('zeros of both signs, tiny and huge numbers', async () => {
  const EDGES = [0, -0, 2 ** -126, -(2 ** -126), 1e-40, 1, -1, 1e19, -1e19, 3.4e38, -3.4e38];
  const [values, others] = [EDGES.flatMap((x) => EDGES.map(() => x)), EDGES.flatMap(() => EDGES)];
  const inputs = { a: { shape: [121], values }, b: { shape: [121], values: others } };
  const ops = { add, sub, mul } satisfies Record<string, (a: Tensor, b: Tensor) => Tensor>;
  const results = await compute(engine, inputs, (t) => ({
    add: add(t.a, t.b),
    sub: sub(t.a, t.b),
    mul: mul(t.a, t.b),
  }));
  const exact = { add: (a, b) => a + b, sub: (a, b) => a - b, mul: (a, b) => a * b } satisfies Record<
    keyof typeof ops,
    (a: number, b: number) => number
  >;
  for (const name of ['add', 'sub', 'mul'] as const)
    values.forEach((a, i) => {
      const [x, y] = [Math.fround(a), Math.fround(others[i]!)];
      const expected = exact[name](x, y);
      // What overflows is not specified; denormal operands and results may be flushed to 0.
      if (Math.abs(expected) > 3.4028234663852886e38) return;
      const flush = 2 ** -126 * (name === 'mul' ? Math.max(1, Math.abs(x), Math.abs(y)) : 2);
      const close = Math.abs(results[name][i]! - expected) <= 2 ** -24 * Math.abs(expected) + flush;
      expect.soft(close, `${name}(${x}, ${y}) = ${results[name][i]}`).toBe(true);
    });
});
