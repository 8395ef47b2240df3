// Normalisations against their definitions: sizes, large means, constant channels, both modes; whole networks by finite
// differences.
import { afterAll, describe, expect, test } from 'vitest';
import {
  ArgumentError,
  batchNorm,
  conv2d,
  grad,
  layerNorm,
  linear,
  localResponseNorm,
  rectifiers,
  ShapeError,
  type Tensor,
} from '../../src/index.ts';
import { rectify, slotsOf } from '../../src/ops/rectify.ts';
import { checkGradients, checkOperator, compute, type Given, near, openEngine, random } from '../support/check.ts';
import { type Numbers, type Shape, size } from '../support/reference.ts';
import {
  channelsOf,
  normalise,
  localResponseNorm as responseReference,
  rowsOf,
  type Window,
} from '../support/reference-norm.ts';

const engine = await openEngine();
afterAll(() => engine.destroy());

const scaled = (name: string, shape: Shape, factor: number, mean: number): Given => ({
  shape,
  values: random(name, shape).map((value) => mean + factor * value),
});
/** Channel 1 is constant. */
const constant = (shape: Shape, value: number): Given => {
  const width = shape.at(-1)!;
  return { shape, values: random('x', shape).map((x, i) => (i % width === 1 ? value : x)) };
};

const INPUTS: readonly (readonly [string, Given])[] = [
  ...[
    [1, 1],
    [1, 5],
    [3, 1],
    [7, 3],
    [33, 17],
    [64, 130],
    [2, 3, 5, 4],
    [40, 9, 9, 3],
    [70001, 1],
    [1037, 70],
  ].map((shape) => [shape.join(' x '), shape] as const),
  ['mean 1e4, deviation 0.05', scaled('x', [300, 3], 0.05, 1e4)],
  ['mean -1e4, deviation 1, images', scaled('x', [5, 7, 9, 2], 1, -1e4)],
  ['deviation 1e-6', scaled('x', [65, 3], 1e-6, 0)],
  ['deviation 1e4', scaled('x', [65, 3], 1e4, 0)],
  ['a constant channel', constant([67, 3], 0.1)],
  ['a large constant channel', constant([67, 3], 1e4 + 1 / 3)],
];
const shapeOf = (given: Given) => ('shape' in given ? given.shape : given);
type Data = Readonly<Record<'x' | 'w' | 'b', Numbers>>;

describe.each(INPUTS)('%s', (_name, x) => {
  const shape = shapeOf(x);
  const width = shape.at(-1)!;
  const rows = size(shape) / width;
  /** Roundings of a sum over all rows: of a chunk, and over the chunks. */
  const chunk = Math.max(32, Math.ceil(rows / 1024));
  const terms = Math.min(rows, chunk) + Math.ceil(rows / chunk) + 10;
  const inputs = { x, w: [width], b: [width] };

  test('batchNorm', () =>
    checkOperator(
      engine,
      inputs,
      (t) => batchNorm(t.x, t.w, t.b),
      (data: Data, dy) => {
        const { y, dx, dw, db } = normalise({ ...data, dy, eps: 1e-5 }, channelsOf(rows, width), terms, terms);
        return { y, x: dx, w: dw, b: db };
      },
    ));

  test('layerNorm', () =>
    checkOperator(
      engine,
      inputs,
      (t) => layerNorm(t.x, t.w, t.b, { eps: 1e-3 }),
      (data: Data, dy) => {
        const { y, dx, dw, db } = normalise({ ...data, dy, eps: 1e-3 }, rowsOf(rows, width), width + 10, terms);
        return { y, x: dx, w: dw, b: db };
      },
    ));
});

test.each([
  ['batchNorm', batchNorm, channelsOf(9, 4), 20],
  ['layerNorm', layerNorm, rowsOf(9, 4), 14],
] as const)('%s without scale and shift', (_name, operator, groups, terms) =>
  checkOperator(
    engine,
    { x: [9, 4] },
    (t) => operator(t.x),
    ({ x }: { x: Numbers }, dy) => {
      const [w, b] = [new Float64Array(4).fill(1), new Float64Array(4)];
      const { y, dx } = normalise({ x, w, b, dy, eps: 1e-5 }, groups, terms, 20);
      return { y, x: dx };
    },
  ),
);

test.each([[[6, 3]], [[70001, 2]], [[3, 4, 5, 2]]] as const)('batchNorm with running values, %j', async (shape) => {
  const width = shape.at(-1)!;
  const variance: Given = { shape: [width], values: random('variance', [width]).map((v) => 0.5 + Math.abs(v)) };
  const inputs: Record<'x' | 'w' | 'b' | 'mean' | 'variance' | 'dy', Given> = {
    x: shape,
    w: [width],
    b: [width],
    mean: [width],
    variance,
    dy: shape,
  };
  const results = await compute(
    engine,
    inputs,
    (t) => {
      const y = batchNorm(t.x, t.w, t.b, { running: t });
      const [x, w, b] = grad(y.mul(t.dy).sum(), [t.x, t.w, t.b]);
      return { y, x: x!, w: w!, b: b! };
    },
    { mode: 'eval' },
  );
  const [x, w, b, mean, dy] = [shape, [width], [width], [width], shape].map((each, i) =>
    random(['x', 'w', 'b', 'mean', 'dy'][i]!, each),
  ) as unknown as [Numbers, Numbers, Numbers, Numbers, Numbers];
  const scale = variance.values;
  const rows = size(shape) / width;
  const s = (i: number) => 1 / Math.sqrt(Math.fround(scale[i % width]!) + 1e-5);
  const hat = (i: number) => (x[i]! - mean[i % width]!) * s(i);
  const U = 2 ** -24;
  const each = (f: (i: number) => number) => Float64Array.from({ length: rows * width }, (_, i) => f(i));
  const byChannel = (f: (i: number) => number) =>
    Float64Array.from({ length: width }, (_, c) => {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += f(row * width + c);
      return sum;
    });
  const bound = (values: Float64Array, roundings: number) => values.map((value) => roundings * U * value + 2 ** -126);
  const off = (i: number) => Math.abs(hat(i)) + Math.abs(x[i]! * s(i)) + Math.abs(mean[i % width]! * s(i));
  near('y', results.y, {
    values: each((i) => hat(i) * w[i % width]! + b[i % width]!),
    tolerance: bound(
      each((i) => Math.abs(w[i % width]!) * off(i) + Math.abs(b[i % width]!)),
      12,
    ),
  });
  const dx = each((i) => dy[i]! * w[i % width]! * s(i));
  near('dx', results.x, { values: dx, tolerance: bound(dx.map(Math.abs), 12) });
  const sum = (rows > 64 ? 69 + 1100 : rows) + 20;
  near('dw', results.w, {
    values: byChannel((i) => dy[i]! * hat(i)),
    tolerance: bound(
      byChannel((i) => Math.abs(dy[i]!) * off(i)),
      sum,
    ),
  });
  near('db', results.b, {
    values: byChannel((i) => dy[i]!),
    tolerance: bound(
      byChannel((i) => Math.abs(dy[i]!)),
      sum,
    ),
  });
});

const WINDOWS: readonly (readonly [Shape, Partial<Window>])[] = [
  [[1, 1], {}],
  [[3, 7], {}],
  [[5, 4], { size: 2, alpha: 1, k: 2 }],
  [[2, 3, 5, 9], { size: 4, alpha: 0.5, beta: 0.3 }],
  [[6, 3], { size: 9, alpha: 2, beta: 2 }],
  [[4, 5], { size: 1, alpha: 3, beta: 0.5, k: 0.1 }],
  [[7001, 11], { size: 3, alpha: 0.1, beta: 0 }],
];

test.each(WINDOWS)('localResponseNorm of %j, %j', (x, options) => {
  const of = { size: 5, alpha: 1e-4, beta: 0.75, k: 1, ...options };
  return checkOperator(
    engine,
    { x },
    (t) => localResponseNorm(t.x, of.size, options),
    (data: { x: Numbers }, dy) => {
      const { y, dx } = responseReference(data.x, x.at(-1)!, dy, of);
      return { y, x: dx };
    },
  );
});

const part = (name: string, shape: Shape) => scaled(name, shape, 0.5, 0);

test('a network of a convolution, batchNorm and a rectifier, by finite differences', () => {
  const slots = slotsOf('softplus', rectifiers.softplus, {}, [3, 3, 3, 4]);
  const inputs: Record<string, Given> = {
    x: [3, 4, 4, 2],
    w1: part('w1', [2, 2, 2, 4]),
    scale: scaled('scale', [4], 0.3, 1),
    shift: part('shift', [4]),
    w2: part('w2', [36, 2]),
    b2: [2],
  };
  return checkGradients(engine, inputs, (t: Readonly<Record<string, Tensor>>) => {
    const z = batchNorm(conv2d(t.x!, t.w1!), t.scale, t.shift);
    return linear(rectify(z, null, rectifiers.softplus, slots).reshape([3, 36]), t.w2!, t.b2!);
  });
});

test('a network with layerNorm, prelu and localResponseNorm, by finite differences', () => {
  const slots = slotsOf('prelu', rectifiers.prelu, {}, [5, 6]);
  const inputs: Record<string, Given> = {
    x: [5, 3],
    w: part('w', [3, 6]),
    b: part('b', [6]),
    scale: scaled('scale', [6], 0.3, 1),
    shift: part('shift', [6]),
    p: scaled('p', [slots.size], 0.1, 0.25),
  };
  return checkGradients(engine, inputs, (t: Readonly<Record<string, Tensor>>) => {
    const y = rectify(layerNorm(linear(t.x!, t.w!, t.b!), t.scale, t.shift), t.p!, rectifiers.prelu, slots);
    return localResponseNorm(y, 3, { alpha: 1, beta: 0.75 });
  });
});

test('the same bits each time', async () => {
  const run = () =>
    compute(engine, { x: [517, 19] as Shape, w: [19] as Shape, b: [19] as Shape, dy: [517, 19] as Shape }, (t) => {
      const y = layerNorm(batchNorm(t.x, t.w, t.b), t.w, t.b);
      const [x, w, b] = grad(y.mul(t.dy).sum(), [t.x, t.w, t.b]);
      return { y, x: x!, w: w!, b: b! };
    });
  expect(await run()).toEqual(await run());
});

describe('what does not fit', () => {
  const of = (fn: (x: Tensor, w: Tensor) => Tensor, x: Shape = [4, 3], w: Shape = [3]) =>
    compute(engine, { x, w }, (t) => ({ y: fn(t.x, t.w) }));
  test.each([
    [
      'a scale of another length',
      /batchNorm: got a weight of shape \[4\]; for \[4, 3\], expected \[3\]/,
      () => of((x, w) => batchNorm(x, w), [4, 3], [4]),
    ],
    [
      'a shift of two axes',
      /layerNorm: got a bias of shape \[1, 3\]/,
      () => of((x, w) => layerNorm(x, null, w), [4, 3], [1, 3]),
    ],
    [
      'one axis',
      /localResponseNorm: expected a tensor of shape \[rows, …, channels\], got \[3\]/,
      () => of((x) => localResponseNorm(x, 5), [3]),
    ],
    ['a size of 0', /size must be a whole number of at least 1, got 0/, () => of((x) => localResponseNorm(x, 0))],
  ] as const)('%s', async (_name, message, run) => {
    await expect(run()).rejects.toThrow(ShapeError);
    await expect(run()).rejects.toThrow(message);
  });
  test.each([
    [
      'eps 0',
      /batchNorm: eps must be finite and above 0, got 0/,
      () => of((x) => batchNorm(x, null, null, { eps: 0 })),
    ],
    ['momentum 2', /momentum must be in \[0, 1\], got 2/, () => of((x) => batchNorm(x, null, null, { momentum: 2 }))],
    ['k of 0', /localResponseNorm: k must be finite and above 0/, () => of((x) => localResponseNorm(x, 5, { k: 0 }))],
    ['alpha below 0', /alpha must be finite and at least 0/, () => of((x) => localResponseNorm(x, 5, { alpha: -1 }))],
    [
      'running values that are no state, in training',
      /must be state/,
      () => of((x, w) => batchNorm(x, null, null, { running: { mean: w, variance: w } })),
    ],
    [
      'a second derivative',
      /derivative of batchNorm is not available/,
      () => of((x) => grad(grad(batchNorm(x).mul(x).sum(), x).sum(), x)),
    ],
  ] as const)('%s', async (_name, message, run) => {
    await expect(run()).rejects.toThrow(ArgumentError);
    await expect(run()).rejects.toThrow(message);
  });
});
