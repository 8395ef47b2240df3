// What reports say of the inside of a network, against the same numbers worked out in float64 from what a step of one's own
// computes; and what it costs.
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  avgPool2d,
  concat,
  data,
  type Engine,
  grad,
  maxPool2d,
  nn,
  optim,
  type Report,
  type Tensor,
} from '../../src/index.ts';
import { random } from '../support/check.ts';
import { openEngine, smallModel, smallTrainer, trace } from '../support/spiral-run.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.destroy());

const fine = async (
  trainer: { run: (options: { steps: number; every: number }) => AsyncGenerator<Report> },
  steps: number,
) => {
  const reports: Report[] = [];
  for await (const report of trainer.run({ steps, every: 1 })) reports.push(report);
  return reports;
};

const { train: fifty } = data.split(data.spiral({ samples: 400 }).train, 50);
const images = data.dataset({
  shape: [6, 5, 2],
  x: random('images', [50, 60]),
  y: Uint32Array.from({ length: 50 }, (_, i) => i % 3),
  classes: 3,
});
/** Its step has no z of the pixels: it is computed for reports alone. */
const pooling = () =>
  nn.sequential(nn.conv2d(2, 5, 3, { padding: 1 }), nn.prelu(), nn.maxPool2d(2), nn.flatten(), nn.linear(30, 3));
/** Of one map: what `first` makes of it, and the largest of each window. */
const besides = (first: (map: Tensor) => Tensor) => () => {
  const before = nn.sequential(nn.conv2d(2, 5, 3, { padding: 1 }), nn.prelu());
  const after = nn.sequential(nn.flatten(), nn.linear(60, 3));
  return nn.module((x) => {
    const map = nn.within(x, 'before', () => before.trace(x));
    const pooled = concat([first(map), maxPool2d(map, 2)], 3);
    return nn.within(pooled, 'after', () => after.trace(pooled));
  });
};

it.each([
  ['an MLP', fifty, smallModel],
  ['convolution and pooling in one call', images, pooling],
  ['a map that is averaged, and then pooled', images, besides((map) => avgPool2d(map, 2))],
  ['a map that is pooled twice', images, besides((map) => maxPool2d(map, 2).mul(0.5))],
] as const)('tells the statistics of the last batch, a short one: %s', async (_name, set, make) => {
  const own = await openEngine(3);
  const trainer = await own.trainer(make(), {
    data: set,
    batchSize: 32,
    loss: nn.crossEntropy,
    shuffle: false,
    optimizer: optim.sgd({ lr: 0 }),
    telemetry: { gradNorm: true, histogram: [-1.5, 2] },
  });
  const [, last] = await fine(trainer, 2);

  // The same weights, on rows 32 to 49, by themselves.
  const twin = await openEngine(3);
  const model = make();
  const step = await twin.compile({ x: [18, ...set.shape], labels: { shape: [18], dtype: 'u32' } }, ({ x, labels }) => {
    const loss = nn.crossEntropy(model(x), labels);
    const zs = x.graph.rectifiers.map(({ z }) => z);
    const slopes = x.graph.rectifiers.flatMap(({ slopes: each }) => each ?? []);
    const entries = x.graph.host.state(model)!.entries;
    const parameters = entries.map(({ spec, shape }) => x.graph.parameter(spec, shape, () => new Float32Array()));
    const outputs: Record<string, Tensor> = {};
    for (const [index, z] of zs.entries()) {
      outputs[`z${index}`] = z;
      outputs[`dz${index}`] = grad(loss, z);
    }
    for (const [index, tensor] of slopes.entries()) {
      outputs[`a${index}`] = tensor;
      outputs[`da${index}`] = grad(loss, tensor);
    }
    for (const [index, tensor] of parameters.entries()) outputs[`g${index}`] = grad(loss, tensor);
    return outputs;
  });
  const size = set.x.length / 50;
  step.run({ x: set.x.slice(32 * size), labels: (set.y as Uint32Array<ArrayBuffer>).slice(32) });
  const close = (a: number, b: number, scale = Math.abs(b)) =>
    expect(Math.abs(a - b)).toBeLessThan(1e-4 * scale + 1e-12);
  for (const [index, { statistics, gradients, histogram }] of last!.rectifiers.entries()) {
    const [z, dz] = [await step.read(`z${index}`), await step.read(`dz${index}`)];
    const a = await step.read(`a${index}`);
    const y = z.map((value, i) => (value > 0 ? value : value * a[i % a.length]!));
    const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const std = (values: Float32Array) =>
      Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / values.length);
    close(statistics!.mean, mean(z), std(z));
    close(statistics!.std, std(z));
    close(statistics!.outputMean, mean(y), std(y));
    close(statistics!.gradientMean, mean(dz), std(dz));
    close(statistics!.gradientStd, std(dz));
    close(statistics!.gradientMax, Math.max(...dz.map(Math.abs)));
    const counts = new Uint32Array(48);
    for (const value of z) {
      const at = Math.fround(Math.fround(value + 1.5) * Math.fround(48 / 3.5));
      counts[Math.max(0, Math.min(47, Math.floor(at)))]! += 1;
    }
    expect(histogram).toEqual({ counts, low: -1.5, high: 2 });
    const da = await step.read(`da${index}`);
    expect(Object.keys(gradients!)).toEqual(['a']);
    for (const [i, value] of gradients!.a!.entries()) close(value, da[i]!, 1);
  }
  let squares = 0;
  for (const name of step.plan.outputs.keys())
    if (name.startsWith('g')) for (const value of await step.read(name)) squares += value ** 2;
  close(last!.gradNorm!, Math.sqrt(squares));
  for (const each of [own, twin]) each.destroy();
});

it('counts dead and saturated units', async () => {
  const set = data.dataset({ shape: [1], x: Float32Array.of(1, 2), y: Float32Array.of(1, 1, 1, 1), targetShape: [2] });
  // Weights of both signs on positive inputs: units below 0 are dead.
  const model = nn.sequential(nn.linear(1, 64), nn.relu(), nn.linear(64, 64), nn.rectifier('elu'), nn.linear(64, 2));
  const options = { data: set, batchSize: 2, loss: nn.mse, optimizer: optim.sgd({ lr: 0 }), telemetry: true };
  const trainer = await engine.trainer(model, options);
  const [report] = await fine(trainer, 1);
  const { '0.weight': w } = await trainer.parameters();
  const [relu, elu] = report!.rectifiers;
  expect(relu!.statistics!.dead).toBe(w!.filter((value) => value <= 0).length / 64);
  expect(relu!.statistics!.saturated).toBe(relu!.statistics!.dead);
  expect(elu!.statistics!.dead).toBe(0);
  expect(relu!.gradients).toBeUndefined();
});

it.each([
  ['learned', nn.prelu, 'fixed', () => nn.rectifier('sigmoid')],
  ['fixed', nn.relu, 'learned', () => nn.rectifier('swish')],
] as const)('keeps two rectifiers of one z apart: one %s, as it is alone', async (_a, one, _b, other) => {
  const reported = async (both: boolean) => {
    const own = await openEngine();
    const init = { std: 1 }; // as a rectifier would have it, it would be that of the last
    const [lower, upper, a, b] = [nn.linear(2, 8, { init }), nn.linear(8, 3, { init }), one(), other()];
    const model = nn.module((x) => {
      const z = nn.within(x, '0', () => lower(x));
      const h = nn.within(z, 'a', () => a(z));
      return nn.within(x, '1', () => upper(both ? h.add(nn.within(z, 'b', () => b(z)).mul(0)) : h));
    });
    const optimizer = optim.sgd({ lr: 0 });
    const options = { data: fifty, batchSize: 32, loss: nn.crossEntropy, shuffle: false, optimizer, telemetry: true };
    const [report] = await fine(await own.trainer(model, options), 1);
    own.destroy();
    return report!.rectifiers;
  };
  const [[alone], [first, second]] = [await reported(false), await reported(true)];
  expect(first).toEqual(alone);
  expect(second!.statistics!.mean).toBe(first!.statistics!.mean);
  expect(second!.statistics!.outputMean).not.toBe(first!.statistics!.outputMean);
  expect(second!.statistics!.gradientMax).toBe(0);
  expect([first, second].map((each) => Object.keys(each!.gradients ?? {}).length)).toEqual(
    one === nn.prelu ? [1, 0] : [0, 1],
  );
});

it('has the spread of gradients of any size', async () => {
  const set = data.dataset({ shape: [1], x: Float32Array.of(1), y: Float32Array.of(1), targetShape: [1] });
  for (const scale of [1e-28, 1, 1e20]) {
    const model = nn.sequential(
      nn.linear(1, 8, { init: { std: 1 } }),
      nn.prelu(),
      nn.linear(8, 1, { init: { std: 1 } }),
    );
    const loss = (y: Tensor, target: Tensor) => nn.mse(y, target).mul(scale);
    const options = { data: set, batchSize: 1, loss, optimizer: optim.sgd({ lr: 0 }), telemetry: true };
    const [report] = await fine(await engine.trainer(model, options), 1);
    const { gradientStd, gradientMax } = report!.rectifiers[0]!.statistics!;
    expect(gradientStd / gradientMax).toBeGreaterThan(0.05);
    expect(gradientMax / scale).toBeGreaterThan(0.01);
  }
});

it('of what is pooled within a call, all is computed for reports alone', async () => {
  const plans = [false, true].map(async (telemetry) => {
    const options = {
      data: images,
      batchSize: 32,
      loss: nn.crossEntropy,
      optimizer: optim.sgd({ lr: 0.1 }),
      telemetry,
    };
    return (await engine.trainer(pooling(), options)).plan;
  });
  const [without, with_] = await Promise.all(plans);
  expect(String(without)).toContain('+bias_act_pool+');
  expect(with_!.cost().dispatches).toBe(without!.cost().dispatches);
  expect(with_!.cost().bytes).toBe(without!.cost().bytes);
  // Convolution and rectifier, pooling for its places, the gradient spread by them; statistics, slopes' gradients.
  expect(with_!.cost().optionalDispatches).toBe(5);
});

it('changes no bit of the training, and adds its calls to the steps of reports alone', async () => {
  const [plain, told] = [await openEngine(), await openEngine()];
  const [without, with_] = [await smallTrainer(plain), await smallTrainer(told, { telemetry: true })];
  expect(without.plan.cost().optionalDispatches).toBe(0);
  // Statistics and slope gradients of two rectifiers.
  expect(with_.plan.cost().optionalDispatches).toBe(4);
  expect(with_.plan.cost().dispatches).toBe(without.plan.cost().dispatches);
  expect(with_.plan.cost().bytes).toBe(without.plan.cost().bytes);
  expect(await trace(with_, 10)).toEqual(await trace(without, 10));
  const [report] = await fine(without, 1);
  expect(report!.rectifiers[0]!.statistics).toBeUndefined();
  expect(report!.gradNorm).toBeUndefined();
  for (const each of [plain, told]) each.destroy();
});
