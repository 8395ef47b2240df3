// What models and optimizers keep, when several plans, parts of models and traces that fail have to do with it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ArgumentError, DataError, data, type Engine, grad, mul, nn, optim, sum } from '../../src/index.ts';
import { openEngine, smallModel, smallTrainer, trace } from '../support/spiral-run.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.destroy());

const x = Float32Array.of(1, -2, 0.5, 3);
const run = async (model: nn.Module) => {
  const step = await engine.compile({ x: [2, 2] }, (t) => ({ y: model(t.x) }));
  step.run({ x });
  return step.read('y');
};

it('trains a part of a model and leaves the rest as it is', async () => {
  const body = nn.sequential(nn.linear(2, 4), nn.prelu());
  const head = nn.sequential(nn.linear(4, 3));
  const model = nn.sequential(body, head);
  await run(model);
  const headOn = async () => {
    const step = await engine.compile({ x: [1, 4] }, (t) => ({ y: head(t.x) }));
    step.run({ x: Float32Array.of(1, 1, 1, 1) });
    return step.read('y');
  };
  const [before, whole] = [await headOn(), await run(model)];
  const optimizer = optim.sgd({ lr: 0.1, weightDecay: 0.5 });
  const step = await engine.compile({ x: [2, 2] }, (t) => ({ ...optimizer.update(head(body(t.x)).mean(), body) }));
  step.run({ x });
  expect(await headOn()).toEqual(before);
  expect(await run(model)).not.toEqual(whole);
});

it('sees the state from before the step everywhere in a traced function, whatever comes first', async () => {
  const results = [];
  for (const first of ['update', 'gradient']) {
    const own = await openEngine();
    const model = smallModel();
    const optimizer = optim.sgd({ lr: 1 });
    const step = await own.compile({ x: [2, 2] }, (t) => {
      const loss = mul(model(t.x), model(t.x)).mean();
      if (first === 'update') optimizer.update(loss, model);
      const result = { dx: grad(loss, t.x), y: model(t.x) };
      if (first === 'gradient') optimizer.update(loss, model);
      return result;
    });
    step.run({ x });
    results.push([await step.read('dx'), await step.read('y')]);
    own.destroy();
  }
  expect(results[0]).toEqual(results[1]);
});

it('gives an optimizer to one trainer of a model, or to steps of one’s own', async () => {
  const { train } = data.spiral({ samples: 200 });
  const model = smallModel();
  const optimizer = optim.sgd({ lr: 0.1 });
  const options = { data: train, batchSize: 32, loss: nn.crossEntropy, optimizer };
  const step = () => engine.compile({ x: [4, 2] }, (t) => ({ ...optimizer.update(model(t.x).mean(), model) }));
  // What fails claims nothing.
  await expect(engine.trainer(model, { ...options, loss: nn.mse })).rejects.toThrow();
  const trainer = await engine.trainer(model, options);
  await expect(engine.trainer(model, options)).rejects.toThrow(/already trains this model in a trainer/);
  await expect(step()).rejects.toThrow(ArgumentError);
  const { losses } = await trace(trainer, 3);
  expect(losses.every(Number.isFinite)).toBe(true);
  // With an optimizer of its own, another trainer goes on from the same parameters.
  const second = await engine.trainer(model, { ...options, optimizer: optim.sgd({ lr: 0.1 }) });
  const more = await trace(second, 1);
  expect(more.losses[0]).toBeLessThan(losses[0]!);

  const own = smallModel();
  const shared = optim.sgd({ lr: 0.1 });
  for (const rows of [4, 3])
    await engine.compile({ x: [rows, 2] }, (t) => ({ ...shared.update(own(t.x).mean(), own) }));
  await expect(engine.trainer(own, { ...options, optimizer: shared })).rejects.toThrow(/in a compiled step/);
});

it('reports the learning rate that a step had', async () => {
  const trainer = await smallTrainer(engine, { optimizer: optim.sgd({ lr: 0.1 }), stepsPerSubmit: 1 });
  const rates: number[] = [];
  let at = 0;
  for await (const { step, lr } of trainer.run({ steps: 8, every: 1 })) {
    rates.push(Math.fround(lr));
    if (step === 2) at = trainer.set({ lr: 0.5 });
  }
  expect(rates).toEqual(Array.from({ length: 8 }, (_, index) => Math.fround(index < at ? 0.1 : 0.5)));
});

it('checks labels that come through a reshape', async () => {
  const step = await engine.compile({ z: [2, 3], l: { shape: [1, 2], dtype: 'u32' } }, ({ z, l }) => ({
    loss: nn.crossEntropy(z, l.reshape([2])),
  }));
  expect(() => step.run({ z: new Float32Array(6), l: Uint32Array.of(0, 7) })).toThrow(DataError);
});

it('refuses two parameters of one name, and takes them with names of their own', async () => {
  const [one, two] = [nn.linear(2, 2), nn.linear(2, 2)];
  await expect(run(nn.module((t) => two(one(t))))).rejects.toThrow(/two parameters are named 'weight'.*nn\.within/);
  const named = nn.module((t) => nn.within(nn.within(t, 'one', one), 'two', two));
  expect((await run(named)).every(Number.isFinite)).toBe(true);
});

it('initialises a layer for the rectifier it feeds through a reshape', async () => {
  const weightsOf = async (between: (t: Parameters<nn.Module>[0]) => ReturnType<nn.Module>) => {
    const own = await openEngine();
    const model = nn.sequential(nn.linear(2, 3), nn.module(between), nn.relu());
    const step = await own.compile({ x: [2, 2] }, (t) => ({ y: model(t.x) }));
    step.run({ x });
    const y = await step.read('y');
    own.destroy();
    return y;
  };
  expect(await weightsOf((t) => t.reshape([3, 2]))).toEqual(await weightsOf((t) => t));
});

it('initialises a layer for the rectifier it feeds through a normalisation or pooling', async () => {
  const weightOf = async (...between: nn.Module[]) => {
    const own = await openEngine();
    const model = nn.sequential(nn.conv2d(1, 3, 3), ...between, nn.relu(), nn.flatten(), nn.linear(12, 2));
    const samples = { shape: [4, 4, 1], x: new Float32Array(32), y: [0, 1], classes: 2 };
    const trainer = await own.trainer(model, {
      data: data.dataset(samples),
      batchSize: 2,
      loss: nn.crossEntropy,
      optimizer: optim.sgd({ lr: 0 }),
    });
    const parameters = await trainer.parameters();
    own.destroy();
    return parameters['0.weight'];
  };
  const plain = await weightOf();
  expect(await weightOf(nn.batchNorm2d(3))).toEqual(plain);
  expect(await weightOf(nn.localResponseNorm(), nn.batchNorm2d(3))).toEqual(plain);
  expect(await weightOf(nn.maxPool2d(1))).toEqual(plain);
});

it('updates two parameters whose gradient is one tensor', async () => {
  const spec = (name: string) => ({ name, kind: 'bias' as const });
  const [a, b] = [spec('a'), spec('b')];
  const zeros = () => new Float32Array(4);
  const model = nn.module((t) => t.add(t.graph.parameter(a, [2, 2], zeros)).add(t.graph.parameter(b, [2, 2], zeros)));
  const optimizer = optim.sgd({ lr: 1 });
  const step = await engine.compile({ x: [2, 2] }, (t) => ({ ...optimizer.update(sum(model(t.x)), model) }));
  step.run({ x });
  expect([...(await run(model))]).toEqual([...x].map((value) => value - 2));
});

it('forgets what a failed trace laid out', async () => {
  const model = nn.sequential(nn.prelu());
  await expect(engine.compile({ x: [4, 6] }, (t) => ({ y: model(t.x).matmul(t.x) }))).rejects.toThrow(/inner lengths/);
  const step = await engine.compile({ x: [4, 5] }, (t) => ({ y: model(t.x) }));
  step.run({ x: new Float32Array(20).fill(-1) });
  expect((await step.read('y'))[0]).toBe(-0.25);
});

it('lays moments out anew for a model whose first trace failed', async () => {
  const model = nn.sequential(nn.prelu({ share: 'element' }));
  const optimizer = optim.adam({ lr: 0.1 });
  const build = (width: number, more: object) =>
    engine.compile({ x: [4, width] }, (t) => ({ ...optimizer.update(model(t.x).mean(), model), ...more }));
  await expect(build(4, { more: 5 })).rejects.toThrow(ArgumentError);
  const { buffers } = (await build(300, {})).plan;
  const bytes = (name: string) => buffers.find((buffer) => buffer.name === name)?.bytes;
  expect(bytes('moments')).toBe(2 * (bytes('parameters') as number));
});

it('evaluates losses of one’s own on any number of samples', async () => {
  const { train } = data.spiral({ samples: 400 }); // 320
  const doubled = (...args: Parameters<typeof nn.crossEntropy>) => nn.crossEntropy(...args).mul(2);
  const trainer = await smallTrainer(engine, { loss: doubled });
  const plain = await smallTrainer(engine, {});
  const { loss } = await plain.evaluate(train);
  expect(train.count).toBeGreaterThan(256);
  expect(Math.abs((await trainer.evaluate(train)).loss - 2 * loss)).toBeLessThan(2); // other weights, the same scale
  expect((await trainer.evaluate(data.split(train, 307).train)).samples).toBe(307); // a prime number
});

it('ends reports with epochs again after a run that was left within one', async () => {
  const trainer = await smallTrainer(engine, { stepsPerSubmit: 1 });
  for await (const { step } of trainer.run({ epochs: 3, every: 1 })) if (step === 7) break;
  expect(trainer.step % trainer.stepsPerEpoch).not.toBe(0);
  const epochs: number[] = [];
  for await (const { epoch } of trainer.run({ epochs: 2 })) epochs.push(epoch);
  expect(epochs).toEqual([2, 3]);
});
