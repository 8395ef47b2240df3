// What a step draws for itself: the same forwards and backwards, wherever the step's turn lies; anew in the next step.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { data, type Engine, grad, nn, optim, type Tensor } from '../../src/index.ts';
import { draw, normal } from '../../src/random.ts';
import { checkGradients } from '../support/check.ts';
import { draws } from '../support/draws.ts';
import { expectClose } from '../support/reference.ts';
import { openEngine } from '../support/spiral-run.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.destroy());

const [ROWS, INPUTS, HIDDEN, OUTPUTS] = [6, 3, 5, 2];
const [LOWER, UPPER] = [0.125, 0.75];
const slopes = (stream: number, step: number) =>
  draws(stream, step, ROWS * HIDDEN).map((u) => LOWER + u * (UPPER - LOWER));
const inputs = { x: [ROWS, INPUTS], target: [ROWS, OUTPUTS] } as const;
const values = {
  x: Float32Array.from({ length: ROWS * INPUTS }, (_, i) => draw(1, 0, 0, i) - 0.5),
  target: Float32Array.from({ length: ROWS * OUTPUTS }, (_, i) => draw(1, 0, 1, i)),
};

/** A hidden layer with RReLU; `seen` holds what the last trace had before and after it. */
function network() {
  const [first, last] = [nn.linear(INPUTS, HIDDEN), nn.linear(HIDDEN, OUTPUTS)];
  const rrelu = nn.rectifier('rrelu', { values: { lower: LOWER, upper: UPPER } });
  const seen: { z?: Tensor; y?: Tensor; stream?: number } = {};
  const model = nn.module((x) => {
    const z = nn.within(x, 'first', first);
    const stream = z.graph.tape.length;
    const y = rrelu(z);
    Object.assign(seen, { z, y, stream });
    return nn.within(y, 'last', last);
  });
  return { model, seen: seen as Required<typeof seen> };
}

const LOSSES = {
  'within the loss': (y: Tensor, target: Tensor) => nn.mse(y, target),
  'in a call of its own': (y: Tensor, target: Tensor) => nn.mse(y, target).mul(0.5),
};

it.each<[keyof typeof LOSSES, 'before' | 'after']>([
  ['within the loss', 'before'],
  ['within the loss', 'after'],
  ['in a call of its own', 'before'],
  ['in a call of its own', 'after'],
])('RReLU: the turn %s, gradients traced %s it', async (turn, order) => {
  const compile = async (fused: boolean) => {
    const { model, seen } = network();
    const optimizer = optim.sgd({ lr: 0.1 });
    const step = await engine.compile(inputs, ({ x, target }) => {
      const loss = LOSSES[turn](model(x), target);
      if (order === 'after') optimizer.update(loss, model);
      const [dy, dz] = grad(loss, [seen.y, seen.z]) as [Tensor, Tensor];
      if (order === 'before') optimizer.update(loss, model);
      // As an output, dy must exist.
      return { z: seen.z, y: seen.y, dz, ...(!fused && { dy }) };
    });
    return { step, seen };
  };
  const [{ step, seen }, { step: fused }] = [await compile(false), await compile(true)];
  expect(String(step.plan)).toMatch(/gemm\w*\+dense\+bias_act\+prelu\+drawn /);
  expect(String(step.plan)).toContain('activation_dx+prelu+drawn ');
  expect(String(fused.plan)).toMatch(/gemm\w*\+dense\+act_dx\+prelu\+drawn /);
  for (const t of [1, 2, 3]) {
    step.run(values);
    fused.run(values);
    const [z, dy] = [await step.read('z'), await step.read('dy' as 'y')];
    const r = slopes(seen.stream, t).map((slope, i) => (z[i]! > 0 ? 1 : slope));
    const [y, dz] = [z, dy].map((factors) => Float64Array.from(factors, (factor, i) => factor * r[i]!));
    // The slope has two roundings, and the product one.
    expectClose(await step.read('y'), y!, (i) => 3 * 2 ** -24 * Math.abs(y![i]!));
    expectClose(await step.read('dz'), dz!, (i) => 3 * 2 ** -24 * Math.abs(dz![i]!));
    for (const name of ['z', 'y', 'dz'] as const) expect(await fused.read(name)).toEqual(await step.read(name));
  }
});

it('draws the same again where no step is counted, and another layer draws otherwise', async () => {
  const layer = nn.rectifier('rrelu');
  const ones = { x: new Float32Array(40).fill(-1) };
  const step = await engine.compile({ x: [8, 5] }, ({ x }) => ({ y: layer(x), other: layer(x) }));
  const read = async () => {
    step.run(ones);
    return [[...(await step.read('y'))], [...(await step.read('other'))]];
  };
  const [first, again] = [await read(), await read()];
  expect(again).toEqual(first);
  expect(first[0]).not.toEqual(first[1]);
  const other = await openEngine(1);
  const seeded = await other.compile({ x: [8, 5] }, ({ x }) => ({ y: layer(x) }));
  seeded.run(ones);
  expect([...(await seeded.read('y'))]).not.toEqual(first[0]);
  other.destroy();
});

const { train } = data.spiral({ samples: 40 }); // 32 of them
const small = () => nn.sequential(nn.linear(2, 16), nn.rectifier('rrelu'), nn.linear(16, 3));

it.each([1, 7])('a trainer draws as a loop of one’s own does, %i steps a submit', async (stepsPerSubmit) => {
  const trainer = await engine.trainer(small(), {
    data: train,
    batchSize: 32,
    shuffle: false,
    loss: nn.crossEntropy,
    optimizer: optim.adam({ lr: 0.05 }),
    stepsPerSubmit,
  });
  const losses: number[] = [];
  for await (const { loss } of trainer.run({ steps: 18, every: 6 })) losses.push(loss);

  const [model, optimizer] = [small(), optim.adam({ lr: 0.05 })];
  const step = await engine.compile({ x: [32, 2], labels: { shape: [32], dtype: 'u32' } }, ({ x, labels }) => {
    const loss = nn.crossEntropy(model(x), labels);
    return { loss, ...optimizer.update(loss, model) };
  });
  for (const loss of losses) {
    let sum = 0;
    for (let i = 0; i < 6; i++) {
      step.run({ x: train.x, labels: train.y as Uint32Array<ArrayBuffer> });
      sum += (await step.read('loss'))[0]!;
    }
    // The same bits, averaged in another order.
    expect(Math.abs(loss - sum / 6)).toBeLessThan(1e-7);
  }
});

it('outside of training, RReLU takes the mean', async () => {
  const layer = nn.rectifier('rrelu');
  const step = await engine.compile({ x: [1, 3] }, ({ x }) => ({ y: layer(x), dx: grad(layer(x).sum(), x) }), {
    mode: 'eval',
  });
  step.run({ x: Float32Array.of(-2, 0, 3) });
  const mean = Math.fround(11 / 48);
  expect([...(await step.read('y'))]).toEqual([-2 * mean, 0, 3]);
  expect([...(await step.read('dx'))]).toEqual([mean, mean, 1]);
});

const FLOOR = -1.0507009873554805 * 1.6732632423543772;

describe.each([
  ['dropout', (p: number) => ({ a: 1 / (1 - p), b: 0, dropped: 0 })],
  [
    'alphaDropout',
    (p: number) => {
      const a = (1 - p + FLOOR ** 2 * p * (1 - p)) ** -0.5;
      const b = -a * p * FLOOR;
      return { a, b, dropped: a * FLOOR + b };
    },
  ],
] as const)('%s', (name, constants) => {
  it('keeps what the reference keeps, in both directions and in every step', async () => {
    const p = 0.3;
    const { a, b, dropped } = constants(p);
    const [first, drop, last] = [nn.linear(INPUTS, HIDDEN), nn[name](p), nn.linear(HIDDEN, OUTPUTS)];
    let [z, y, stream]: [Tensor?, Tensor?, number?] = [];
    const model = nn.module((x) => {
      z = nn.within(x, 'first', first);
      stream = z.graph.tape.length;
      y = drop(z);
      return nn.within(y, 'last', last);
    });
    const optimizer = optim.sgd({ lr: 0.1 });
    const step = await engine.compile(inputs, ({ x, target }) => {
      const loss = nn.mse(model(x), target);
      optimizer.update(loss, model);
      const [dy, dz] = grad(loss, [y!, z!]) as [Tensor, Tensor];
      return { z: z!, y: y!, dy, dz };
    });
    for (const t of [1, 2, 3]) {
      step.run(values);
      const [before, after] = [await step.read('z'), await step.read('dy')];
      const kept = [...draws(stream!, t, ROWS * HIDDEN)].map((u) => u < Math.fround(1 - p));
      expect(new Set(kept).size).toBe(2);
      const expected = Float64Array.from(before, (value, i) => (kept[i] ? a * value + b : dropped));
      const gradient = Float64Array.from(after, (value, i) => (kept[i] ? a * value : 0));
      // Each constant is rounded, and so are the product and the sum.
      const near = (i: number) => 2 ** -23 * (Math.abs(a * before[i]!) + Math.abs(b) + Math.abs(expected[i]!));
      expectClose(await step.read('y'), expected, near);
      expectClose(await step.read('dz'), gradient, (i) => 2 ** -23 * Math.abs(gradient[i]!));
    }
  });

  it('keeps the mean, and drops as many as it says', async () => {
    const n = 1 << 16;
    const [p, drop] = [0.2, nn[name](0.2)];
    const x = Float32Array.from({ length: n }, (_, i) => normal(3, 0, i));
    const step = await engine.compile({ x: [64, n / 64] }, (t) => ({ y: drop(t.x) }));
    step.run({ x });
    const y = await step.read('y');
    const mean = (values: Float32Array) => values.reduce((sum, v) => sum + v, 0) / n;
    const lost = Math.fround(constants(p).dropped);
    expect(Math.abs(y.filter((v) => v === lost).length / n - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / n));
    // The variance of y is that of x, or 1 / (1 - p) of it.
    const variance = name === 'dropout' ? 1 / (1 - p) : 1;
    expect(Math.abs(mean(y))).toBeLessThan(5 * Math.sqrt(variance / n));
    expect(Math.abs(mean(y.map((v) => v * v)) - variance)).toBeLessThan(10 * variance * Math.sqrt(3 / n));
  });

  it('does nothing outside of training, or where nothing is to be dropped', async () => {
    const [half, none] = [nn[name](), nn[name](0)];
    const read = async (module: nn.Module, mode: 'train' | 'eval') => {
      const step = await engine.compile({ x: [1, 3] }, ({ x }) => ({ y: module(x.mul(1)) }), { mode });
      step.run({ x: Float32Array.of(-2, 0, 3) });
      expect(String(step.plan)).not.toContain('dropout');
      return [...(await step.read('y'))];
    };
    expect(await read(half, 'eval')).toEqual([-2, 0, 3]);
    expect(await read(none, 'train')).toEqual([-2, 0, 3]);
  });

  it('passes the gradient check, and refuses shares that are none', async () => {
    const drop = nn[name](0.4);
    await checkGradients(engine, { x: [4, 3], w: [3, 5] }, (t) => drop(t.x.matmul(t.w)));
    for (const p of [1, -0.1, Number.NaN])
      expect(() => nn[name](p)).toThrow(`nn.${name}: p, the share that is dropped, must be in [0, 1), got ${p}`);
  });
});
