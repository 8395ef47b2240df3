// Whole networks by finite differences, for inputs and every parameter; and that a wrong gradient does not pass.
import { afterAll, expect, test } from 'vitest';
import {
  avgPool2d,
  conv2d,
  linear,
  matmul,
  maxPool2d,
  mean,
  mul,
  nn,
  type Rectifier,
  type RectifierName,
  rectifiers,
  type Tensor,
} from '../../src/index.ts';
import { operator } from '../../src/ops/operator.ts';
import { rectify, slotsOf } from '../../src/ops/rectify.ts';
import { findRectifier, type Share } from '../../src/rectifiers.ts';
import { checkGradients, type Given, openEngine, random } from '../support/check.ts';

const engine = await openEngine();
afterAll(engine.destroy);

const [ROWS, INPUTS, HIDDEN, OUTPUTS] = [4, 3, 5, 3];
const LOSSES = {
  crossEntropy: (z, target) => nn.crossEntropy(z, target),
  mse: (z, target) => nn.mse(z, target),
  none: (z) => z,
} satisfies Record<string, (z: Tensor, target: Tensor) => Tensor>;

/** Two hidden layers, everything an input; learned parameters where the rectifier has any. */
function network(entry: Rectifier, share: Share, loss: keyof typeof LOSSES) {
  const learn = Object.entries(entry.parameters).flatMap(([key, { kind }]) =>
    kind === 'learned' || kind === 'fixed' ? [key] : [],
  );
  const slots = slotsOf('rectifier', entry, { share, learn }, [ROWS, HIDDEN]);
  const scaled = (name: string, shape: readonly number[], factor: number): Given => ({
    shape,
    values: random(name, shape).map((value) => value * factor),
  });
  // Near the registered values.
  const slopes = (name: string): Given => {
    const values = random(name, [slots.size]).map((value) => 0.2 * value);
    slots.offset.forEach((offset, j) => {
      for (let i = offset; i < offset + slots.count[j]!; i++) values[i]! += slots.value[j]!;
    });
    return { shape: [slots.size], values };
  };
  const inputs: Record<string, Given> = {
    x: [ROWS, INPUTS],
    w1: scaled('w1', [INPUTS, HIDDEN], 0.5),
    b1: scaled('b1', [HIDDEN], 0.5),
    w2: scaled('w2', [HIDDEN, HIDDEN], 0.5),
    b2: scaled('b2', [HIDDEN], 0.5),
    w3: scaled('w3', [HIDDEN, OUTPUTS], 0.5),
    b3: scaled('b3', [OUTPUTS], 0.5),
    ...(slots.size > 0 && { p1: slopes('p1'), p2: slopes('p2') }),
    ...(loss === 'mse' && { target: [ROWS, OUTPUTS] }),
    ...(loss === 'crossEntropy' && { target: { shape: [ROWS], values: Uint32Array.of(0, 1, 2, 1) } }),
  };
  const fn = (t: Readonly<Record<string, Tensor>>) => {
    const first = rectify(linear(t.x!, t.w1!, t.b1!), t.p1 ?? null, entry, slots);
    const second = rectify(linear(first, t.w2!, t.b2!), t.p2 ?? null, entry, slots);
    return LOSSES[loss](linear(second, t.w3!, t.b3!), t.target!);
  };
  return { inputs, fn };
}

const CASES: readonly (readonly [keyof typeof LOSSES, Share])[] = [
  ['crossEntropy', 'channel'],
  ['mse', 'layer'],
  ['none', 'element'],
];
// All of them for one rectifier, and one of them, in turn, for each.
const names = Object.keys(rectifiers) as RectifierName[];
const cases = names.flatMap((name, index) =>
  CASES.filter((_, at) => name === 'prelu' || at === index % CASES.length).map((which) => [name, ...which] as const),
);

test.each(cases)('a network of %s, loss %s, sharing by %s', (name, loss, share) => {
  const { inputs, fn } = network(rectifiers[name], share, loss);
  return checkGradients(engine, inputs, fn);
});

test('broadcasting, sums, reuse', () =>
  checkGradients(engine, { a: [3, 4], b: [4], c: [3, 1] }, ({ a, b, c }) => {
    const product = a.mul(b).add(c).matmul(a, { transposeB: true });
    return product.sub(mean(product, { axes: [1], keepDims: true })).mul(product.sum({ axes: [0] }).mul(0.1));
  }));

test.each(['relu', 'prelu', 'dprelu', 'gelu'] as const)('a convolutional network of %s', (name) => {
  const entry: Rectifier = rectifiers[name];
  const slots = slotsOf(name, entry, {}, [2, 6, 6, 2]);
  const gelu = slotsOf('gelu', rectifiers.gelu, {}, [2, 4, 4, 3]);
  const slopes = Float32Array.from({ length: slots.size }, (_, i) => {
    const j = slots.offset.findIndex((offset, k) => i >= offset && i < offset + slots.count[k]!);
    return j < 0 ? 0 : slots.value[j]! + 0.1 * (i % 3);
  });
  const inputs: Record<string, Given> = {
    x: [2, 6, 6, 1],
    w: [3, 3, 1, 2],
    b: [2],
    v: [2, 2, 2, 3],
    c: [3],
    u: [3, 2],
    labels: { shape: [2], values: Uint32Array.of(0, 1) },
    ...(slots.size > 0 && { p: { shape: [slots.size], values: slopes } }),
  };
  return checkGradients(engine, inputs, (t) => {
    const one = rectify(conv2d(t.x!, t.w!, t.b!, { padding: 1 }), t.p ?? null, entry, slots);
    const two = rectify(conv2d(avgPool2d(one, 2), t.v!, t.c!, { padding: 1 }), null, rectifiers.gelu, gelu);
    return nn.crossEntropy(matmul(maxPool2d(two, 4).reshape([2, 3]), t.u!), t.labels!);
  });
});

/** The square of x, with a gradient that is off by `factor`. */
const square = (factor: number) =>
  operator<readonly [Tensor], null>({
    name: 'square',
    inputs: (x) => [x],
    forward: (_, x) => ({ output: mul(x, x), saved: null }),
    backward: (dy, _saved, _needed, x) => [mul(dy, x).mul(2 * factor)],
  });

const checkSquare = (factor: number) =>
  checkGradients(engine, { x: [5, 4], w: [4, 3], b: [3] }, (t) => square(factor)(linear(t.x, t.w, t.b)));

test.each([1.1, 0.9, 0, -1, 1.02])('a gradient that is %f times the right one is caught', (factor) =>
  expect(checkSquare(factor)).rejects.toThrow(/gradients are wrong: x\[\d+\]: gradient .*, differences /),
);

test('the right one passes', () => checkSquare(1));

test('a gradient that is wrong for one input alone is named', async () => {
  const off = operator<readonly [Tensor, Tensor], null>({
    name: 'off',
    inputs: (a, b) => [a, b],
    forward: (_, a, b) => ({ output: mul(a, b), saved: null }),
    backward: (dy, _saved, _needed, a, b) => [mul(dy, b), mul(dy, a).mul(1.1)],
  });
  await expect(checkGradients(engine, { a: [7], b: [7] }, (t) => off(t.a, t.b))).rejects.toThrow(
    /^\d of 14 gradients are wrong: b\[/,
  );
});

test('a function that is all kinks cannot be checked, and says so', async () => {
  const slots = slotsOf('relu', rectifiers.relu, {}, [20]);
  const inputs = { x: { shape: [20], values: new Float32Array(20) } };
  await expect(checkGradients(engine, inputs, (t) => rectify(t.x, null, rectifiers.relu, slots))).rejects.toThrow(
    /\d+ of 20 points say nothing/,
  );
});

/** A rectifier of the caller's own, p x^2 / 2, with the derivative given as text. */
const parabola = (dx: string) =>
  findRectifier({
    wgsl: `
      fn half(x: f32) -> f32 { return 0.5 * x; }
      fn forward(x: f32, p: vec4f) -> f32 { return p.x * half(x) * x; }
      fn dx(x: f32, p: vec4f) -> f32 { return ${dx}; }
      fn dp(x: f32, p: vec4f) -> vec4f { return vec4f(half(x) * x, 0.0, 0.0, 0.0); }`,
    formula: (x, { c = 0 }) => 0.5 * c * x * x,
    parameters: { c: { kind: 'learned', value: 1 } },
  }).entry;

test("a rectifier of the caller's own; and a wrong derivative of it is caught", async () => {
  const check = (entry: Rectifier) => {
    const slots = slotsOf('custom', entry, {}, [4, 5]);
    const inputs = { x: [4, 3], w: [3, 5], c: { shape: [5], values: [1, 0.5, -1, 2, 0.1] } };
    return checkGradients(engine, inputs, (t) => rectify(matmul(t.x, t.w), t.c, entry, slots));
  };
  await check(parabola('p.x * x'));
  await expect(check(parabola('1.1 * p.x * x'))).rejects.toThrow(/gradients are wrong: x\[0\]/);
});

test.each<[Share, string[]]>([
  ['channel', ['a', 'b', 'c', 'd']],
  ['element', ['b', 'd']],
])('four parameters, shared by %s, learned: %s', (share, learn) => {
  const { entry } = findRectifier({
    wgsl: `
      fn forward(x: f32, p: vec4f) -> f32 { return p.x + x * (p.y + x * (0.5 * p.z + 0.1 * p.w * x)); }
      fn dx(x: f32, p: vec4f) -> f32 { return p.y + x * (p.z + 0.3 * p.w * x); }
      fn dp(x: f32, p: vec4f) -> vec4f { return vec4f(1.0, x, 0.5 * x * x, 0.1 * x * x * x); }`,
    formula: (x, { a = 0, b = 0, c = 0, d = 0 }) => a + x * (b + x * (0.5 * c + 0.1 * d * x)),
    parameters: Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, { kind: 'fixed', value: 0.7 }])),
  });
  const slots = slotsOf('custom', entry, { share, learn }, [3, 2, 5]);
  // Parameters start at multiples of 64: what lies between them has gradient 0, in both ways of working it out.
  return checkGradients(engine, { x: [3, 2, 5], p: [slots.size] }, ({ x, p }) => rectify(x, p, entry, slots));
});
