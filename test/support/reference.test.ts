// The reference itself: every gradient against float64 central differences, optimizers against steps done by hand.
import { describe, expect, test } from 'vitest';
import { normal } from '../../src/random.ts';
import * as ref from './reference.ts';
import { channelsOf, type Given, localResponseNorm, normalise, rowsOf } from './reference-norm.ts';

const random = (n: number, stream: number) => Float64Array.from({ length: n }, (_, i) => normal(0, stream, i));
const dot = (a: ref.Numbers, b: ref.Numbers) => Array.from(a).reduce((sum, v, i) => sum + v * b[i]!, 0);

/** d f / d x by central differences: error about h^2 + 1e-16 / h. */
function differences(f: (x: Float64Array) => number, x: Float64Array): Float64Array {
  const h = 1e-5;
  return x.map((value, i) => f(x.with(i, value + h)) / (2 * h) - f(x.with(i, value - h)) / (2 * h));
}
const check = (actual: ref.Numbers, f: (x: Float64Array) => number, x: Float64Array) =>
  ref.expectClose(actual, differences(f, x), () => 2e-9);

describe('gradients', () => {
  test.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])('matmul, transposed: %s %s', (transA, transB) => {
    const aShape = transA ? ([4, 3] as const) : ([3, 4] as const);
    const bShape = transB ? ([5, 4] as const) : ([4, 5] as const);
    const [a, b, dy] = [random(12, 1), random(20, 2), random(15, 3)];
    const { da, db } = ref.matmulBackward(dy, a, aShape, b, bShape, transA, transB);
    check(da, (x) => dot(dy, ref.matmul(x, aShape, b, bShape, transA, transB)), a);
    check(db, (x) => dot(dy, ref.matmul(a, aShape, x, bShape, transA, transB)), b);
  });

  test.each<[number[], number[]]>([
    [[3, 4], [4]],
    [
      [3, 4],
      [3, 1],
    ],
    [[1], [2, 3]],
    [
      [2, 1, 4],
      [3, 1],
    ],
    [[5], [5]],
  ])('add and mul of [%s] and [%s]', (aShape, bShape) => {
    const [a, b] = [random(ref.size(aShape), 1), random(ref.size(bShape), 2)];
    const dy = random(ref.size(ref.broadcastShape(aShape, bShape)), 3);
    const sum = ref.addBackward(dy, aShape, bShape);
    check(sum.da, (x) => dot(dy, ref.add(x, aShape, b, bShape)), a);
    check(sum.db, (x) => dot(dy, ref.add(a, aShape, x, bShape)), b);
    const product = ref.mulBackward(dy, a, aShape, b, bShape);
    check(product.da, (x) => dot(dy, ref.mul(x, aShape, b, bShape)), a);
    check(product.db, (x) => dot(dy, ref.mul(a, aShape, x, bShape)), b);
  });

  test('sum', () => {
    const x = random(24, 1);
    const dy = random(3, 2);
    check(ref.broadcastTo(dy, [1, 3, 1], [2, 3, 4]), (v) => dot(dy, ref.sum(v, [2, 3, 4], [0, 2])), x);
  });

  test('cross-entropy, all rows and some', () => {
    const z = random(12, 1);
    for (const valid of [4, 3]) {
      const { dlogits } = ref.softmaxCrossEntropy(z, [4, 3], [0, 2, 1, 1], valid);
      check(dlogits, (v) => ref.softmaxCrossEntropy(v, [4, 3], [0, 2, 1, 1], valid).loss, z);
    }
  });

  test('cross-entropy with smoothed labels', () => {
    const z = random(12, 1);
    const loss = (v: ref.Numbers) => ref.softmaxCrossEntropy(v, [4, 3], [0, 2, 1, 1], 3, 0.3);
    check(loss(z).dlogits, (v) => loss(v).loss, z);
  });

  test('binary cross-entropy, all rows and some', () => {
    const [z, t] = [random(8, 1), random(8, 2).map((value) => value ** 2 / (1 + value ** 2))];
    for (const valid of [4, 3]) {
      const { dlogits, dtarget } = ref.bceWithLogits(z, t, valid, 2);
      check(dlogits, (v) => ref.bceWithLogits(v, t, valid, 2).loss, z);
      check(dtarget, (v) => ref.bceWithLogits(z, v, valid, 2).loss, t);
    }
  });

  test('mean squared error, all rows and some', () => {
    const [pred, target] = [random(8, 1), random(8, 2)];
    for (const valid of [4, 3])
      check(ref.mse(pred, target, valid, 2).dpred, (v) => ref.mse(v, target, valid, 2).loss, pred);
  });

  test.each([
    ['channels', channelsOf(4, 3)],
    ['channels of three rows', channelsOf(4, 3, 3)],
    ['rows', rowsOf(4, 3)],
  ])('normalisation of %s', (_name, groups) => {
    const given: Given = { x: random(12, 1), w: random(3, 2), b: random(3, 3), dy: random(12, 4), eps: 0.1 };
    const { dx, dw, db } = normalise(given, groups, 1, 1);
    const loss = (changed: Partial<Given>) => dot(given.dy, normalise({ ...given, ...changed }, groups, 1, 1).y.values);
    check(dx.values, (x) => loss({ x }), random(12, 1));
    check(dw.values, (w) => loss({ w }), random(3, 2));
    check(db.values, (b) => loss({ b }), random(3, 3));
  });

  test.each([1, 2, 3, 4, 9])('local response normalisation, size %i', (size) => {
    const [x, dy] = [random(12, 1), random(12, 2)];
    const of = { size, alpha: 0.7, beta: 0.6, k: 0.9 };
    const { dx } = localResponseNorm(x, 4, dy, of);
    check(dx.values, (v) => dot(dy, localResponseNorm(v, 4, dy, of).y.values), x);
  });

  test.each<[keyof typeof ref.activations, Record<string, Float64Array>]>([
    ['identity', {}],
    ['relu', {}],
    ['leaky_relu', { a: Float64Array.of(0.01) }],
    ['prelu', { a: Float64Array.of(0.25, -0.5, 1.5) }],
    ['elu', { alpha: Float64Array.of(1, 0.3) }],
    ['frelu', { b: Float64Array.of(-1) }],
    [
      'dprelu',
      {
        alpha: Float64Array.of(0.5, -0.2),
        beta: Float64Array.of(0.9),
        t: Float64Array.of(0.1, -0.3, 0),
        b: Float64Array.of(-0.2, 1),
      },
    ],
    ['pelu', { a: Float64Array.of(1.5, 0.7), c: Float64Array.of(0.8, 2, 1) }],
    ['selu', {}],
    ['gelu', {}],
    ['gelu_tanh', {}],
    ['swish', { beta: Float64Array.of(1, 1.702, -0.5) }],
    ['mish', {}],
    ['rrelu', { lower: Float64Array.of(0.1), upper: Float64Array.of(0.3, 0.2) }],
    ['softplus', { beta: Float64Array.of(1, 2.5), threshold: Float64Array.of(1.5) }],
    ['threshold_relu', { theta: Float64Array.of(1, 0.3) }],
    [
      'srelu',
      {
        tl: Float64Array.of(-0.4, 0.1),
        al: Float64Array.of(0.2),
        d: Float64Array.of(1.1, 0.3, -0.5),
        ar: Float64Array.of(0.5, 1.2),
      },
    ],
    ['shifted_relu', { b: Float64Array.of(-1, 0.2) }],
    ['sqrt_relu', {}],
    ['sigmoid', {}],
    ['tanh', {}],
  ])('%s, with shared parameters', (name, params) => {
    const x = random(60, 1).map((v) => 2 * v);
    const dy = random(60, 2);
    const { dx, dparams } = ref.rectifierBackward(ref.activations[name], x, dy, params);
    check(dx, (v) => dot(dy, ref.rectifier(ref.activations[name], v, params)), x);
    expect(Object.keys(dparams)).toEqual(Object.keys(params));
    for (const [key, values] of Object.entries(params))
      check(dparams[key]!, (v) => dot(dy, ref.rectifier(ref.activations[name], x, { ...params, [key]: v })), values);
  });
});

describe('values', () => {
  test('matmul', () => {
    expect([...ref.matmul([1, 2, 3, 4, 5, 6], [2, 3], [1, 0, 0, 1, 1, 1], [3, 2])]).toEqual([4, 5, 10, 11]);
    expect([...ref.matmul([1, 4, 2, 5, 3, 6], [3, 2], [1, 0, 1, 0, 1, 1], [2, 3], true, true)]).toEqual([4, 5, 10, 11]);
    expect(() => ref.matmul([1, 2], [1, 2], [1], [1, 1])).toThrow(RangeError);
  });

  test('broadcasting', () => {
    expect([...ref.mul([1, 2, 3], [3, 1], [10, 20], [2])]).toEqual([10, 20, 20, 40, 30, 60]);
    expect([...ref.sum([1, 2, 3, 4, 5, 6], [2, 3], [0])]).toEqual([5, 7, 9]);
    expect(() => ref.add([1, 2], [2], [1, 2, 3], [3])).toThrow(RangeError);
  });

  test('cross-entropy: uniform logits, huge logits, first maximum, rows left out', () => {
    const even = ref.softmaxCrossEntropy([5, 5, 5, 5, 5, 5], [2, 3], [0, 1]);
    expect(even.loss).toBeCloseTo(Math.log(3), 14);
    expect(even.correct).toBe(1);
    const huge = ref.softmaxCrossEntropy([1e30, -1e30, 9, 9], [2, 2], [0, 0], 1);
    expect(huge).toEqual({ loss: 0, correct: 1, dlogits: new Float64Array(4) });
  });

  test('cross-entropy with smoothed labels: of two even classes, whatever the smoothing', () => {
    expect(ref.softmaxCrossEntropy([5, 5], [1, 2], [0], 1, 0.2).loss).toBeCloseTo(Math.log(2), 14);
    // softmax = (0.9, 0.1), targets (0.9, 0.1).
    const { loss, dlogits } = ref.softmaxCrossEntropy([Math.log(9), 0], [1, 2], [0], 1, 0.2);
    expect(loss).toBeCloseTo(-0.9 * Math.log(0.9) - 0.1 * Math.log(0.1), 14);
    expect(Math.max(...dlogits.map(Math.abs))).toBeLessThan(1e-15);
  });

  test('binary cross-entropy', () => {
    const { loss, dlogits } = ref.bceWithLogits([Math.log(3), -1e30, 1e30, 7], [1, 0, 1, 0], 3, 1);
    expect(loss).toBeCloseTo(-Math.log(0.75) / 3, 14);
    expect(dlogits[0]).toBeCloseTo(-0.25 / 3, 14);
    expect([...dlogits].slice(1).map(Math.abs)).toEqual([0, 0, 0]);
  });

  test('mean squared error', () => {
    expect(ref.mse([1, 2, 9], [0, 0, 0], 2, 1)).toEqual({ loss: 2.5, dpred: Float64Array.of(1, 2, 0) });
  });
});

describe('optimizers', () => {
  test('sgd: plain, momentum, Nesterov, decay', () => {
    const run = (options: Parameters<typeof ref.sgd>[3]) => {
      const [p, buffer] = [Float64Array.of(1), new Float64Array(1)];
      for (const g of [0.5, 1]) ref.sgd(p, [g], buffer, options);
      return p[0];
    };
    expect(run({ lr: 0.1 })).toBeCloseTo(1 - 0.05 - 0.1, 14);
    expect(run({ lr: 0.1, momentum: 0.9 })).toBeCloseTo(1 - 0.1 * 0.5 - 0.1 * 1.45, 14);
    expect(run({ lr: 0.1, momentum: 0.9, nesterov: true })).toBeCloseTo(1 - 0.1 * 0.95 - 0.1 * (1 + 0.9 * 1.45), 14);
    expect(run({ lr: 0.1, weightDecay: 0.2 })).toBeCloseTo(0.93 - 0.1 * (1 + 0.2 * 0.93), 14);
  });

  test('adam and adamw: two steps by hand', () => {
    const run = (step: typeof ref.adam, options: ref.AdamOptions) => {
      const [p, moments] = [Float64Array.of(1), { m: new Float64Array(1), v: new Float64Array(1) }];
      [0.5, -1].forEach((g, i) => {
        step(p, [g], moments, i + 1, options);
      });
      return p[0]!;
    };
    // Corrected moments: step 1: 0.5, 0.25; step 2: (0.9 * 0.05 - 0.1) / 0.19, (0.999 * 0.00025 + 0.001) / 0.001999.
    const second = -0.055 / 0.19 / (Math.sqrt(0.00124975 / 0.001999) + 1e-8);
    expect(run(ref.adam, { lr: 0.1 })).toBeCloseTo(1 - (0.1 * 0.5) / (0.5 + 1e-8) - 0.1 * second, 12);
    // The decay changes the parameter alone: the same moments.
    const first = 1 * 0.98 - (0.1 * 0.5) / (0.5 + 1e-8);
    expect(run(ref.adamw, { lr: 0.1, weightDecay: 0.2 })).toBeCloseTo(first * 0.98 - 0.1 * second, 12);
    // In adam the decay is part of the gradient, and a first step goes by lr whatever its size.
    const p = Float64Array.of(1);
    const moments = { m: new Float64Array(1), v: new Float64Array(1) };
    ref.adam(p, [0], moments, 1, { lr: 0.1, weightDecay: 0.2, eps: 0.1 });
    expect(p[0]).toBeCloseTo(1 - (0.1 * 0.2) / (0.2 + 0.1), 12);
    expect(moments.m[0]).toBeCloseTo(0.02, 14);
  });
});

describe('closeness', () => {
  test('reports the worst element, relative to what it is allowed', () => {
    ref.expectClose([1, 2], [1, 2.5], [0, 0.5]);
    expect(() => ref.expectClose([1, 2, 4], [1.5, 2.5, 4], [0.1, 0.01, 0])).toThrow(
      'expectClose: 2 of 3 values differ; worst at 1: got 2, expected 2.5, error 5.000e-1, allowed 1.000e-2',
    );
    expect(() => ref.expectClose([0, Number.NaN], [9, 0], () => 1)).toThrow('worst at 1: got NaN');
    expect(() => ref.expectClose([1], [1, 2], () => 1)).toThrow('1 values, expected 2');
    expect(() => ref.expectClose([1], [Number.NaN], () => 1)).toThrow('differ');
    expect(() => ref.expectClose([1], [1], () => Number.NaN)).toThrow('differ');
  });

  test('the bound of an inner product holds in f32, and is not idle', () => {
    const n = 1000;
    const [a, b] = [Float32Array.from(random(n, 1)), Float32Array.from(random(n, 2))];
    let sum = 0;
    for (let i = 0; i < n; i += 1) sum = Math.fround(sum + Math.fround(a[i]! * b[i]!));
    const exact = ref.matmul(a, [1, n], b, [n, 1]);
    const bound = ref.matmulTolerance(a, [1, n], b, [n, 1]);
    ref.expectClose([sum], exact, bound);
    expect(bound[0]).toBeLessThan(1e-4 * n);
    expect(ref.sumTolerance([1, -1, 2, 2], [2, 2], [2])).toEqual(
      Float64Array.of(ref.dotTolerance(1, 3), ref.dotTolerance(1, 3)),
    );
  });
});
