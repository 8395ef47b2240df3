// What is destroyed, fails or goes away leaves nothing behind and takes nothing with it.
import { afterEach, expect, it, vi } from 'vitest';
import { createEngine, type Dataset, DeviceError, data, type Engine, nn, optim } from '../../src/index.ts';
import { getAdapter } from '../support/node-gpu.ts';
import { openEngine, smallModel, smallTrainer } from '../support/spiral-run.ts';

const engines: Engine[] = [];
afterEach(() => {
  for (const engine of engines.splice(0)) engine.destroy();
});
const open = async () => {
  const engine = await openEngine();
  engines.push(engine);
  return engine;
};

const x = Float32Array.of(1, 2);
const double = (engine: Engine) => engine.compile({ x: [2] }, (t) => ({ y: t.x.mul(2) }));

it('refuses a destroyed step, and no other', async () => {
  const engine = await open();
  const [gone, stays] = [await double(engine), await double(engine)];
  gone.destroy();
  gone.destroy();
  expect(() => gone.run({ x })).toThrow(DeviceError);
  await expect(gone.read('y')).rejects.toThrow(/destroyed/);
  stays.run({ x });
  expect([...(await stays.read('y'))]).toEqual([2, 4]);
});

it('ends a run whose trainer is destroyed with an error, and no other', async () => {
  const engine = await open();
  const [gone, stays] = [await smallTrainer(engine), await smallTrainer(engine)];
  const { test } = data.spiral({ samples: 200 });
  const evaluation = gone.evaluate(test);
  const running = async () => {
    for await (const { step } of gone.run({ epochs: 50, every: 1 })) if (step === 3) gone.destroy();
  };
  await expect(running()).rejects.toThrow(/destroyed/);
  await evaluation.catch((error: unknown) => expect(error).toBeInstanceOf(DeviceError));
  for await (const { loss } of stays.run({ epochs: 2 })) expect(loss).toBeGreaterThan(0);
  expect((await stays.evaluate(test)).samples).toBe(test.count);
});

it('leaves no rejection unhandled when an engine goes while it trains', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  const engine = await open();
  const trainer = await smallTrainer(engine, { stepsPerSubmit: 1 });
  const { train } = data.spiral({ samples: 200 });
  await expect(trainer.evaluate({ ...train, y: train.y.subarray(1) })).rejects.toThrow();
  const running = async () => {
    for await (const { step } of trainer.run({ epochs: 50, every: 1 })) {
      if (step !== 3) continue;
      engine.destroy();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await expect(running()).rejects.toThrow(DeviceError);
  trainer.destroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

it('frees what trainers used, and makes nothing for a plan whose initial values fail', async () => {
  const device = await (await getAdapter()).requestDevice();
  const live = new Set<string>();
  let count = 0;
  const original = device.createBuffer.bind(device);
  Object.defineProperty(device, 'createBuffer', {
    value: (descriptor: GPUBufferDescriptor) => {
      const buffer = original(descriptor);
      count += 1;
      const key = `${descriptor.label} ${count}`;
      live.add(key);
      const destroy = buffer.destroy.bind(buffer);
      Object.defineProperty(buffer, 'destroy', {
        value: () => {
          live.delete(key);
          destroy();
        },
      });
      return buffer;
    },
  });
  const engine = await createEngine({ device });
  for (let round = 0; round < 2; round++) {
    const trainer = await smallTrainer(engine);
    for await (const _ of trainer.run({ epochs: 1 }));
    await trainer.evaluate(data.spiral({ samples: 200 }).test);
    trainer.destroy();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // The parameters, moments, step and rates of both models: they last as long as the models.
  expect([...live].map((key) => key.replace(/ .*/, '')).toSorted((a, b) => a.localeCompare(b))).toEqual(
    ['lr_table', 'moments', 'parameters', 'rates', 'step'].flatMap((name) => [name, name]),
  );

  const before = live.size;
  const broken = nn.rectifier({
    wgsl: `fn forward(x: f32, p: vec4f) -> f32 { return 0.0; }
fn dx(x: f32, p: vec4f) -> f32 { return 0.0; }
fn dp(x: f32, p: vec4f) -> vec4f { return vec4f(); }`,
    formula: () => 0,
    parameters: {},
  });
  const model = nn.sequential(nn.linear(2, 2), broken);
  await expect(engine.compile({ x: [1, 2] }, (t) => ({ y: model(t.x) }))).rejects.toThrow(/gain/);
  expect(live.size).toBe(before);
  // And no error scope is left that would swallow what comes next.
  device.createBuffer({ size: 4, usage: 0xffffffff });
  await device.queue.onSubmittedWorkDone();
  const step = await double(engine).catch((error: unknown) => error);
  expect(step).toBeInstanceOf(DeviceError);
  engine.destroy();
  device.destroy();
});

it.each(['parameters', 'moments', 'lr_table'])(
  'builds a model again when its %s could not be had at first',
  async (name) => {
    const device = await (await getAdapter()).requestDevice();
    const original = device.createBuffer.bind(device);
    let failing = true;
    Object.defineProperty(device, 'createBuffer', {
      value: (descriptor: GPUBufferDescriptor) =>
        original(failing && descriptor.label === name ? { ...descriptor, usage: 0 } : descriptor),
    });
    const engine = await createEngine({ device });
    const model = smallModel();
    const options = {
      data: data.spiral({ samples: 200 }).train,
      batchSize: 32,
      loss: nn.crossEntropy,
      optimizer: optim.adam({ lr: 0.01 }),
    };
    await expect(engine.trainer(model, options)).rejects.toThrow(DeviceError);
    failing = false;
    const trainer = await engine.trainer(model, options);
    for await (const { loss } of trainer.run({ epochs: 1 })) expect(loss).toBeGreaterThan(0);
    engine.destroy();
    device.destroy();
  },
);

it('keeps the last data sets that were evaluated, however many there are, and none once it is destroyed', async () => {
  const adapter = await getAdapter();
  const device = await adapter.requestDevice();
  let live = 0;
  const original = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = original(descriptor);
    const destroy = buffer.destroy.bind(buffer);
    live += 1;
    return Object.defineProperty(buffer, 'destroy', {
      value: () => {
        live -= 1;
        destroy();
      },
    });
  };
  const engine = await createEngine({ device });
  const trainer = await smallTrainer(engine);
  const sets = Array.from({ length: 4 }, () => data.spiral({ samples: 200 }).test);
  const losses = await Promise.all(sets.map((set) => trainer.evaluate(set)));
  const most = live;
  for (let round = 0; round < 6; round++) await trainer.evaluate(data.spiral({ samples: 200 }).test);
  await Promise.all(sets.map((set) => trainer.evaluate(set)));
  expect(await Promise.all(sets.map((set) => trainer.evaluate(set)))).toEqual(losses);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(live).toBe(most);
  trainer.destroy();
  await expect(trainer.evaluate(sets[0] as Dataset)).rejects.toThrow(/destroyed/);
  engine.destroy();
  device.destroy();
});

it('leaves a caller’s own device alone', async () => {
  const device = await (await getAdapter()).requestDevice();
  const engine = await createEngine({ device });
  const trainer = await engine.trainer(smallModel(), {
    data: data.spiral({ samples: 200 }).train,
    batchSize: 32,
    loss: nn.crossEntropy,
    optimizer: optim.sgd({ lr: 0.1 }),
  });
  engine.destroy();
  await expect(engine.lost).resolves.toBeInstanceOf(DeviceError);
  await expect(trainer.run().next()).rejects.toThrow(/the engine was destroyed/);
  const again = await createEngine({ device });
  const step = await double(again);
  step.run({ x });
  expect([...(await step.read('y'))]).toEqual([2, 4]);
  again.destroy();
  device.destroy();
});
