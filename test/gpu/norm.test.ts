// Normalisation layers in training: short batches, running statistics and who sees them, and what no optimizer touches.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { permute } from '../../src/data/permutation.ts';
import { ArgumentError, data, type Engine, nn, optim, ShapeError, type Trainer } from '../../src/index.ts';
import { near, random } from '../support/check.ts';
import { channelsOf, normalise, runningAfter } from '../support/reference-norm.ts';
import { openEngine, trace } from '../support/spiral-run.ts';

const SEED = 5;
const [COUNT, BATCH, WIDTH] = [50, 32, 6];
const x = random('samples', [COUNT, WIDTH]).map((value, i) => (i % WIDTH === 2 ? 1e3 : 3) + (1 + (i % WIDTH)) * value);
const labels = Uint32Array.from({ length: COUNT }, (_, i) => (i * 7) % 3);
const samples = data.dataset({ shape: [WIDTH], x, y: labels, classes: 3 });
let engine: Engine;
beforeAll(async () => {
  engine = await openEngine(SEED);
});
afterAll(() => engine.destroy());

const options = () => ({
  data: samples,
  batchSize: BATCH,
  loss: nn.crossEntropy,
  optimizer: optim.sgd({ lr: 0.05, momentum: 0.9, weightDecay: 0.01 }),
});
const train = async (trainer: Trainer, epochs: number) => {
  for await (const _ of trainer.run({ epochs }));
};

/** Which samples the batches of an epoch have. */
const batchesOf = (epoch: number) =>
  [0, BATCH].map((start) =>
    Array.from({ length: Math.min(BATCH, COUNT - start) }, (_, i) => permute(start + i, COUNT, SEED, epoch)),
  );
/** Their data. */
const rowsOf = (of: readonly number[]) =>
  Float32Array.from({ length: of.length * WIDTH }, (_, at) => x[of[Math.floor(at / WIDTH)]! * WIDTH + (at % WIDTH)]!);

/** Of the samples themselves, in float64. */
function runningOf(epochs: number, momentum: number) {
  let mean: Float64Array = new Float64Array(WIDTH);
  let variance: Float64Array = new Float64Array(WIDTH).fill(1);
  const ones = new Float64Array(WIDTH).fill(1);
  for (let epoch = 0; epoch < epochs; epoch++)
    for (const batch of batchesOf(epoch)) {
      const rows = rowsOf(batch);
      const n = batch.length;
      const given = { x: rows, w: ones, b: ones, dy: rows, eps: 1e-5 };
      const { means, variances } = normalise(given, channelsOf(n, WIDTH), 50, 50);
      mean = runningAfter(mean, means, momentum);
      variance = runningAfter(variance, variances, momentum, n / (n - 1));
    }
  return { mean, variance };
}

/** A few roundings a step. */
const close = (values: Float64Array) => ({
  values,
  tolerance: (i: number) => 60 * 2 ** -24 * Math.abs(values[i] as number),
});

it.each([0.1, 0.3, 1])('running statistics are those of the samples, momentum %f', async (momentum) => {
  const model = nn.sequential(nn.batchNorm1d(WIDTH, { momentum }), nn.linear(WIDTH, 3));
  const trainer = await engine.trainer(model, options());
  await train(trainer, 4);
  const parameters = await trainer.parameters();
  expect(Object.keys(parameters)).toEqual([
    '0.weight',
    '0.bias',
    '0.running_mean',
    '0.running_var',
    '1.weight',
    '1.bias',
  ]);
  const { mean, variance } = runningOf(4, momentum);
  near('mean', parameters['0.running_mean']!, close(mean));
  near('variance', parameters['0.running_var']!, close(variance));
  trainer.destroy();
});

it('evaluates with the running statistics, and a second trainer goes on from them', async () => {
  const model = nn.sequential(nn.batchNorm1d(WIDTH, { affine: false }), nn.linear(WIDTH, 3));
  const first = await engine.trainer(model, options());
  await train(first, 3);
  const { loss } = await first.evaluate(samples);
  const p = await first.parameters();
  const [w, b] = [p['1.weight']!, p['1.bias']!];
  let expected = 0;
  for (let row = 0; row < COUNT; row++) {
    const hat = Array.from(
      { length: WIDTH },
      (_, c) => (x[row * WIDTH + c]! - p['0.running_mean']![c]!) / Math.sqrt(p['0.running_var']![c]! + 1e-5),
    );
    const z = [0, 1, 2].map((o) => hat.reduce((sum, value, c) => sum + value * w[c * 3 + o]!, b[o]!));
    expected += (Math.log(z.reduce((sum, value) => sum + Math.exp(value), 0)) - z[labels[row]!]!) / COUNT;
  }
  expect(Math.abs(loss - expected)).toBeLessThan(1e-5);
  // Evaluation changes nothing.
  expect(await first.parameters()).toEqual(p);

  const second = await engine.trainer(model, options());
  expect(await second.parameters()).toEqual(p);
  expect((await second.evaluate(samples)).loss).toBe(loss);
  for await (const _ of second.run({ steps: 1 }));
  expect((await first.parameters())['0.running_mean']).not.toEqual(p['0.running_mean']);
  expect((await first.evaluate(samples)).loss).toBe((await second.evaluate(samples)).loss);
  for (const trainer of [first, second]) trainer.destroy();
});

const MODELS = {
  rows: () => nn.sequential(nn.linear(WIDTH, 8), nn.batchNorm1d(8), nn.prelu(), nn.linear(8, 3)),
  images: () =>
    nn.sequential(
      nn.unflatten([2, 3, 1]),
      nn.conv2d(1, 4, 2, { padding: 1, bias: false }),
      nn.batchNorm2d(4),
      nn.relu(),
      nn.localResponseNorm(3),
      nn.conv2d(4, 3, 2),
      nn.layerNorm(3),
      nn.batchNorm2d(3),
      nn.flatten(),
      nn.linear(18, 3),
    ),
};

it.each(['rows', 'images'] as const)('the empty rows of a short batch count for nothing: %s', async (name) => {
  const trainer = await engine.trainer(MODELS[name](), options());
  const losses: number[] = [];
  for await (const { loss } of trainer.run({ epochs: 3, every: 1 })) losses.push(loss);

  const model = MODELS[name]();
  const own = options().optimizer;
  const compile = (rows: number) =>
    engine.compile({ x: [rows, WIDTH], labels: { shape: [rows], dtype: 'u32' } }, (t) => {
      const loss = nn.crossEntropy(model(t.x), t.labels);
      return { loss, ...own.update(loss, model) };
    });
  const steps = new Map([
    [BATCH, await compile(BATCH)],
    [COUNT - BATCH, await compile(COUNT - BATCH)],
  ]);
  const expected: number[] = [];
  for (let epoch = 0; epoch < 3; epoch++)
    for (const batch of batchesOf(epoch)) {
      const step = steps.get(batch.length)!;
      step.run({ x: rowsOf(batch), labels: Uint32Array.from(batch, (i) => labels[i]!) });
      expected.push((await step.read('loss'))[0]!);
    }
  losses.forEach((loss, i) => {
    expect(Math.abs(loss - expected[i]!)).toBeLessThan(1e-5);
  });
  const reader = await engine.trainer(model, options());
  const [found, wanted] = [await trainer.parameters(), await reader.parameters()];
  expect(Object.keys(found)).toEqual(Object.keys(wanted));
  for (const [key, values] of Object.entries(wanted)) {
    const largest = Math.max(...values.map(Math.abs));
    near(key, found[key]!, { values, tolerance: () => 1e-5 * largest + 1e-6 });
  }
  for (const step of [...steps.values(), reader]) step.destroy();
  trainer.destroy();
});

it('gives the same bits, however many steps a submit has', async () => {
  const results = [];
  for (const stepsPerSubmit of [1, 7]) {
    const trainer = await engine.trainer(MODELS.images(), { ...options(), stepsPerSubmit });
    results.push(await trace(trainer, 10));
    trainer.destroy();
  }
  expect(results[1]).toEqual(results[0]);
  expect(results[0]!.losses.at(-1)).toBeLessThan(results[0]!.losses[0]!);
});

it('learns with clipping, telemetry and anomaly detection, too', async () => {
  const clipped = () => ({ ...options(), optimizer: optim.adam({ lr: 0.01, clipNorm: 1e6 }) });
  const first = await trace(await engine.trainer(MODELS.rows(), clipped()), 3);
  const second = await trace(
    await engine.trainer(MODELS.rows(), { ...clipped(), telemetry: true, detectAnomaly: true }),
    3,
  );
  expect(second).toEqual(first);
});

it('decays neither scale nor shift unless told to, and running statistics never', async () => {
  const results = [];
  for (const groups of [{}, { norm: { decay: 1 } }]) {
    const model = nn.sequential(nn.batchNorm1d(2), nn.layerNorm(2));
    const optimizer = optim.sgd({ lr: 0.5, weightDecay: 0.5, groups });
    const step = await engine.compile({ x: [4, 2] }, (t) => ({ ...optimizer.update(model(t.x).mul(0).mean(), model) }));
    step.run({ x: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 10) });
    const trainer = await engine.trainer(model, {
      ...options(),
      data: data.dataset({ shape: [2], x: [0, 0], y: [0, 0], targetShape: [2] }),
      loss: nn.mse,
    });
    const p = await trainer.parameters();
    results.push(Object.fromEntries(Object.entries(p).map(([name, values]) => [name, [...values]])));
    trainer.destroy();
    step.destroy();
  }
  for (const [index, scale] of [1, 0.75].entries())
    expect(results[index]).toMatchObject({
      '0.weight': [scale, scale],
      '0.bias': [0, 0],
      '1.weight': [scale, scale],
      '1.bias': [0, 0],
    });
  expect(results[0]!['0.running_mean']).toEqual(results[1]!['0.running_mean']);
  expect(results[0]!['0.running_mean']![0]).toBeCloseTo(0.4, 6);
  expect(results[0]!['0.running_var']![0]).toBeCloseTo(0.9 + 0.1 * (20 / 3), 6);
});

it('keeps the running variance where a batch has one row', async () => {
  const model = nn.sequential(nn.batchNorm1d(2), nn.linear(2, 3));
  const one = data.dataset({ shape: [2], x: [1, 2, 3, 4, 5, 60], y: [0, 1, 2], classes: 3 });
  const trainer = await engine.trainer(model, { ...options(), data: one, batchSize: 2, shuffle: false });
  await train(trainer, 1);
  const p = await trainer.parameters();
  expect([...p['0.running_var']!].map((value) => value.toFixed(4))).toEqual(['1.1000', '1.1000']);
  expect([...p['0.running_mean']!].map((value) => value.toFixed(4))).toEqual(['0.6800', '6.2700']);
  expect(Object.values(p).every((values) => values.every(Number.isFinite))).toBe(true);
  trainer.destroy();
});

it('is traced along where layers are pre-trained', async () => {
  const model = nn.sequential(
    nn.linear(WIDTH, 8),
    nn.prelu(),
    nn.batchNorm1d(8),
    nn.linear(8, 8),
    nn.relu(),
    nn.linear(8, 3),
  );
  const trainer = await engine.trainer(model, options());
  const before = await trainer.parameters();
  const weights: string[] = [];
  for await (const { weight, loss } of trainer.pretrain({ steps: 3 })) {
    weights.push(weight);
    expect(loss).toBeGreaterThan(0);
  }
  expect(weights.filter((weight, i) => weights.indexOf(weight) === i)).toEqual(['0.weight', '3.weight']);
  const after = await trainer.parameters();
  expect(after['2.weight']).toEqual(before['2.weight']);
  expect(after['2.running_mean']).not.toEqual(before['2.running_mean']);
  trainer.destroy();
});

it('refuses what does not fit', async () => {
  expect(() => nn.batchNorm1d(0)).toThrow(ArgumentError);
  expect(() => nn.batchNorm2d(3, { momentum: 1.5 })).toThrow(/nn.batchNorm2d: momentum must be in \[0, 1\], got 1.5/);
  expect(() => nn.layerNorm(3, { eps: -1 })).toThrow(/nn.layerNorm: eps must be finite and above 0, got -1/);
  const on = (model: nn.Module, shape: readonly number[]) => engine.compile({ x: shape }, (t) => ({ y: model(t.x) }));
  await expect(on(nn.batchNorm1d(3), [2, 4])).rejects.toThrow(ShapeError);
  await expect(on(nn.batchNorm1d(3), [2, 2, 2, 3])).rejects.toThrow(/expected an input of shape \[rows, 3\]/);
  await expect(on(nn.batchNorm2d(3), [2, 3])).rejects.toThrow(/of shape \[images, height, width, 3\], got \[2, 3\]/);
  await expect(on(nn.layerNorm(3), [2, 4])).rejects.toThrow(/of shape \[rows, …, 3\], got \[2, 4\]/);
  await expect(on(nn.localResponseNorm(0), [2, 4])).rejects.toThrow(/size must be/);
  const model = nn.sequential(nn.batchNorm1d(WIDTH), nn.linear(WIDTH, 3));
  for (const group of ['buffer', '0.running_mean'])
    await expect(
      engine.trainer(model, { ...options(), optimizer: optim.sgd({ lr: 1, groups: { [group]: { lr: 0 } } }) }),
    ).rejects.toThrow(new RegExp(`there is no group '${group}'`));
});
