// Whatever goes on when the device is lost: training comes to what it would have come to, or says that it does not.
import { afterEach, expect, it } from 'vitest';
import {
  ArgumentError,
  createEngine,
  DeviceError,
  data,
  type Engine,
  nn,
  optim,
  type Report,
  type Trainer,
  type TrainerOptions,
} from '../../src/index.ts';
import { getAdapter } from '../support/node-gpu.ts';

const engines: Engine[] = [];
afterEach(() => {
  for (const engine of engines.splice(0)) engine.destroy();
});

/** An engine whose devices are noted, and can be lost; `opened` is called with each. */
async function open(opened: (devices: readonly GPUDevice[]) => void = () => undefined) {
  const devices: GPUDevice[] = [];
  const requestAdapter = async () => {
    const adapter = await getAdapter();
    const request = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => {
      devices.push(await request(descriptor));
      opened(devices);
      return devices.at(-1) as GPUDevice;
    };
    return adapter;
  };
  const engine = await createEngine({ gpu: { requestAdapter } as unknown as GPU, seed: 5 });
  engines.push(engine);
  const lose = async () => {
    devices.at(-1)?.destroy();
    await devices.at(-1)?.lost;
  };
  return { engine, devices, lose };
}

const { train } = data.spiral({ samples: 200 });
const model = () => nn.sequential(nn.linear(2, 16), nn.prelu(), nn.linear(16, 3));
const options = (): TrainerOptions => ({
  data: train,
  batchSize: 48,
  loss: nn.crossEntropy,
  optimizer: optim.adam({ lr: 0.02 }),
});

async function trained(trainer: Trainer, steps: number, each: (report: Report) => void = () => undefined) {
  const reports: Report[] = [];
  for await (const report of trainer.run({ steps, every: 1 })) {
    reports.push(report);
    each(report);
  }
  return reports;
}
const bits = async (trainer: Trainer) =>
  Object.fromEntries(
    Object.entries(await trainer.parameters()).map(([name, values]) => [name, [...new Uint32Array(values.buffer)]]),
  );

it('an engine that is destroyed after the loss says so', async () => {
  const { engine, lose } = await open();
  await lose();
  engine.destroy();
  expect(await engine.lost).toBeInstanceOf(DeviceError);
});

it('several things asked at once after the loss', async () => {
  const { engine, devices, lose } = await open();
  const trainer = await engine.trainer(model(), options());
  await trained(trainer, 20);
  const [expected, { loss }] = [await bits(trainer), await trainer.evaluate(train)];
  await lose();
  const [first, evaluation, file, second] = await Promise.all([
    bits(trainer),
    trainer.evaluate(train),
    trainer.save(),
    bits(trainer),
  ]);
  expect([first, second, evaluation.loss]).toEqual([expected, expected, loss]);
  expect(await bits(await engine.load(file, model(), options()))).toEqual(expected);
  expect([trainer.step, devices.length]).toEqual([20, 2]);
});

it.each([1, 4])('what is asked between two reports, %i steps a submit', async (stepsPerSubmit) => {
  const run = async (at: number | null) => {
    const { engine, lose } = await open();
    const trainer = await engine.trainer(model(), { ...options(), stepsPerSubmit });
    const reports: Report[] = [];
    for await (const report of trainer.run({ steps: 24, every: 4 })) {
      if (report.step === at) await lose();
      reports.push(report);
      // What they see is the state now: of the report, or of what was submitted beyond it.
      expect((await trainer.evaluate(train)).loss).toBeLessThan(2);
      expect(Object.keys(await trainer.parameters())).toContain('0.weight');
    }
    return [reports, await trainer.parameters()];
  };
  expect(await run(12)).toEqual(await run(null));
});

it('two runs at once are refused, before and after the loss', async () => {
  const { engine, lose } = await open();
  const trainer = await engine.trainer(model(), options());
  const both = async () => {
    const runs = [trainer.run({ steps: 4 }), trainer.run({ steps: 4 })];
    const [first, second] = await Promise.allSettled(runs.map((run) => run.next()));
    expect(first).toMatchObject({ status: 'fulfilled' });
    expect(second).toMatchObject({ status: 'rejected', reason: expect.any(ArgumentError) });
    for (const run of runs) await run.return();
  };
  await both();
  await lose();
  await both();
});

it('a trainer that was destroyed does not come back', async () => {
  const { engine, devices, lose } = await open();
  const trainer = await engine.trainer(model(), options());
  await trained(trainer, 5);
  trainer.destroy();
  await lose();
  await expect(trained(trainer, 5)).rejects.toThrow(DeviceError);
  expect(devices).toHaveLength(1);
});

it('nor one that is destroyed while it recovers', async () => {
  const trainers: Trainer[] = [];
  const { engine, devices } = await open(({ length }) => {
    if (length === 2) trainers[0]?.destroy();
  });
  const trainer = await engine.trainer(model(), options());
  trainers.push(trainer);
  const lost = trained(trainer, 30, ({ step }) => {
    if (step === 7) devices[0]?.destroy();
  });
  await expect(lost).rejects.toThrow(DeviceError);
});

it.each([
  ['before the loss', 1],
  ['after the loss', 2],
  ['after the loss, and another trainer has recovered', 3],
])('what was set between two runs holds: %s', async (_, when) => {
  const set = (trainer: Trainer) => trainer.set({ lr: 0.001, groups: { bias: { lr: 3 } } });
  const whole = await (await open()).engine.trainer(model(), options());
  const { engine, lose } = await open();
  const [trainer, other] = [await engine.trainer(model(), options()), await engine.trainer(model(), options())];
  await trained(other, 1);
  for (const each of [whole, trainer]) await trained(each, 5);
  expect(set(whole)).toBe(5);
  if (when === 1) expect(set(trainer)).toBe(5);
  await lose();
  if (when === 3) await trained(other, 1);
  if (when > 1) expect(set(trainer)).toBe(5);
  expect(await trained(trainer, 5)).toEqual(await trained(whole, 5));
  expect(await bits(trainer)).toEqual(await bits(whole));
});

it.each([1, 2])('what was set in mid-run holds from the same step on, %i steps a submit', async (stepsPerSubmit) => {
  const slow = () => ({ ...options(), stepsPerSubmit });
  const whole = await (await open()).engine.trainer(model(), slow());
  const { engine, devices } = await open();
  const trainer = await engine.trainer(model(), slow());
  const change = (each: Trainer, step: number) => {
    if (step === 4 || step === 7) each.set({ lr: 0.1 / step, groups: { bias: { lr: step } } });
    if (step === 5) each.set({ groups: { weight: { decay: 0 } } });
  };
  const expected = await trained(whole, 14, ({ step }) => change(whole, step));
  const reports = await trained(trainer, 14, ({ step }) => {
    change(trainer, step);
    if (step === 8) devices[0]?.destroy();
  });
  expect(reports).toEqual(expected);
  expect(await bits(trainer)).toEqual(await bits(whole));
  expect(devices).toHaveLength(2);
});

it('a loss at the very start of a run leaves its reports as they are', async () => {
  const runs = [];
  for (const loses of [false, true]) {
    const { engine, devices, lose } = await open();
    const trainer = await engine.trainer(model(), options());
    await trained(trainer, 3); // an epoch has 4 steps
    const run = trainer.run({ epochs: 2 });
    const next = run.next();
    if (loses) await lose();
    const reports = [(await next).value];
    for await (const report of run) reports.push(report);
    runs.push(reports);
    expect(devices).toHaveLength(loses ? 2 : 1);
  }
  expect(runs[1]).toEqual(runs[0]);
});

it('a trainer that has not run yet, fresh or loaded', async () => {
  const whole = await (await open()).engine.trainer(model(), options());
  const { engine, lose } = await open();
  const fresh = await engine.trainer(model(), options());
  await bits(fresh); // its state has been read by then
  await lose();
  expect(await trained(fresh, 3)).toEqual(await trained(whole, 3));
  const loaded = await engine.load(await whole.save(), model(), options());
  await bits(loaded);
  await lose();
  expect(await bits(loaded)).toEqual(await bits(whole));
  expect(await trained(loaded, 3)).toEqual(await trained(whole, 3));
});

it('what was pre-trained is kept', async () => {
  const runs = [];
  for (const loses of [false, true]) {
    const { engine, lose } = await open();
    const trainer = await engine.trainer(model(), options());
    await trained(trainer, 3);
    for await (const _ of trainer.pretrain({ steps: 5 }));
    const pretrained = await bits(trainer);
    if (loses) await lose();
    expect(await bits(trainer)).toEqual(pretrained);
    runs.push([await trained(trainer, 3), await bits(trainer)]);
  }
  expect(runs[1]).toEqual(runs[0]);
});

it('of two trainers of one model, the last to train recovers, and the other says that it cannot', async () => {
  const runs = [];
  for (const loses of [false, true]) {
    const { engine, lose } = await open();
    const shared = model();
    const [first, second] = [await engine.trainer(shared, options()), await engine.trainer(shared, options())];
    await trained(first, 3);
    await trained(second, 3);
    if (loses) {
      await lose();
      await expect(trained(first, 3)).rejects.toThrow(DeviceError);
      await expect(first.parameters()).rejects.toThrow(/another trainer had trained this model/);
    }
    runs.push([await trained(second, 3), await bits(second)]);
  }
  expect(runs[1]).toEqual(runs[0]);
});

it('whatever is compiled after the loss sees the model as it was trained', async () => {
  const { engine, lose } = await open();
  const own = model();
  const trainer = await engine.trainer(own, options());
  await trained(trainer, 5);
  const predict = async () => {
    const step = await engine.compile({ x: [2, 2] }, ({ x }) => ({ y: own(x) }), { mode: 'eval' });
    step.run({ x: Float32Array.of(1, -1, 0.5, 2) });
    const y = await step.read('y');
    step.destroy();
    return y;
  };
  const expected = await predict();
  await lose();
  expect(await predict()).toEqual(expected);
});

it('a step says what to do', async () => {
  const { engine, lose } = await open();
  const compile = () => engine.compile({ x: [2] }, ({ x }) => ({ y: x.mul(2) }));
  const step = await compile();
  await lose();
  const again = await compile();
  expect(() => step.run({ x: Float32Array.of(1, 2) })).toThrow(DeviceError);
  expect(() => step.run({ x: Float32Array.of(1, 2) })).toThrow(/was lost; compile the step again/);
  again.run({ x: Float32Array.of(1, 2) });
  expect(await again.read('y')).toEqual(Float32Array.of(2, 4));
});
