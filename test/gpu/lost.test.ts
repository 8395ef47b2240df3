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
  readCheckpoint,
  type Trainer,
  type TrainerOptions,
} from '../../src/index.ts';
import { getAdapter } from '../support/node-gpu.ts';

const engines: Engine[] = [];
afterEach(() => {
  for (const engine of engines.splice(0)) engine.destroy();
});

/** An engine whose devices are noted, and can be lost; `opened` is called with each. Loss is told `late` ms after it. */
async function open(opened: (devices: readonly GPUDevice[]) => void = () => undefined, late = 0) {
  const devices: GPUDevice[] = [];
  const requestAdapter = async () => {
    const adapter = await getAdapter();
    const request = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => {
      const device = await request(descriptor);
      const news = device.lost.then((info) => new Promise((tell) => setTimeout(tell, late, info)));
      if (late > 0) Object.defineProperty(device, 'lost', { value: news });
      devices.push(device);
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

it('and what is being pre-trained goes on', async () => {
  const runs = [];
  for (const at of [null, 1, 3]) {
    const { engine, lose } = await open();
    const trainer = await engine.trainer(model(), options());
    await trained(trainer, 3);
    const reports = [];
    for await (const report of trainer.pretrain({ steps: 5, every: 1 })) {
      reports.push(report);
      if (reports.length === at) await lose();
    }
    runs.push([reports, await trained(trainer, 3), await bits(trainer)]);
  }
  expect(runs[1]).toEqual(runs[0]);
  expect(runs[2]).toEqual(runs[0]);
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

it('what is asked while the news of the loss is on its way', async () => {
  const run = async (at: number | null) => {
    const { engine, devices } = await open(undefined, 30);
    const trainer = await engine.trainer(model(), options());
    const results: unknown[] = [];
    for await (const report of trainer.run({ steps: 12, every: 4 })) {
      const asked = [trainer.evaluate(train), trainer.rectifiers(), trainer.parameters(), trainer.save()];
      if (report.step === at) devices.at(-1)?.destroy();
      // Another one, once the first have failed.
      const more = asked[0]?.then(() => trainer.evaluate(train));
      await Promise.all([...asked, more]);
      results.push(report);
    }
    await trainer.evaluate(train);
    const last = trainer.evaluate(train);
    if (at !== null) devices.at(-1)?.destroy();
    results.push(await last, await trainer.parameters());
    return results;
  };
  expect(await run(8)).toEqual(await run(null));
});

it('what is saved, and set, while steps are trained again', async () => {
  const run = async (lossAt: number | null, sets: ReadonlyMap<number, number>) => {
    const { engine, devices } = await open();
    const held: number[] = [];
    const trainer: Trainer = await engine.trainer(model(), {
      ...options(),
      stepsPerSubmit: 1,
      onRecovery: () => held.push(trainer.set({ lr: 0.005 })),
    });
    let file: Promise<Uint8Array<ArrayBuffer>> | null = null;
    const gate = () => {
      const lr = sets.get(trainer.step);
      if (lr) trainer.set({ lr });
      if (trainer.step === lossAt && !file) {
        devices.at(-1)?.destroy();
        file = trainer.save();
      }
      return undefined;
    };
    for await (const _ of trainer.run({ steps: 300, every: 300, gate }));
    return { held, parameters: await bits(trainer), file: file as Promise<Uint8Array<ArrayBuffer>> | null };
  };
  const { held, parameters, file } = await run(120, new Map([[100, 0.001]]));
  const [again = 0] = held;
  expect(again).toBeGreaterThanOrEqual(120);
  const sets = [
    [100, 0.001],
    [again, 0.005],
  ] as const;
  expect(parameters).toEqual((await run(null, new Map(sets))).parameters);
  const saved = (await file) ?? new Uint8Array();
  const { step } = readCheckpoint(saved);
  expect(step).toBeGreaterThanOrEqual(120);
  const loaded = await (await open()).engine.load(saved, model(), options());
  for await (const _ of loaded.run({ steps: 300 - step }));
  expect(await bits(loaded)).toEqual(parameters);
});

it('what is asked while a run stands still at its gate', async () => {
  const { engine, lose } = await open();
  const trainer = await engine.trainer(model(), options());
  let resume = () => {};
  let arrive = () => {};
  const [pass, stands] = [
    new Promise<void>((resolve) => {
      resume = resolve;
    }),
    new Promise<void>((resolve) => {
      arrive = resolve;
    }),
  ];
  const gate = () => {
    if (trainer.step < 7) return undefined;
    arrive();
    return pass;
  };
  const run = (async () => {
    const reports: Report[] = [];
    for await (const report of trainer.run({ steps: 12, every: 4, gate })) reports.push(report);
    return reports;
  })();
  await stands;
  const before = await trainer.evaluate(train);
  await lose();
  expect(await trainer.evaluate(train)).toEqual(before);
  resume();
  const whole = await (await open()).engine.trainer(model(), options());
  const reports: Report[] = [];
  for await (const report of whole.run({ steps: 12, every: 4 })) reports.push(report);
  expect(await run).toEqual(reports);
  expect(await bits(trainer)).toEqual(await bits(whole));
});

it.each([0, 30])('a device that is lost while it is built on, told %i ms later', async (late) => {
  const { engine, devices } = await open(({ length }) => {
    if (length === 2) setTimeout(() => devices[1]?.destroy(), 1);
    if (length === 3) void Promise.resolve().then(() => devices[2]?.destroy());
  }, late);
  const trainer = await engine.trainer(model(), options());
  const whole = await (await open()).engine.trainer(model(), options());
  const reports = await trained(trainer, 20, ({ step }) => {
    if (step === 7) devices[0]?.destroy();
  });
  expect(reports).toEqual(await trained(whole, 20));
  expect(devices.length).toBeGreaterThanOrEqual(4);
});

it('a device that is always lost at once is given up', async () => {
  const { engine, devices } = await open(({ length }) => {
    if (length > 1) devices.at(-1)?.destroy();
  });
  const trainer = await engine.trainer(model(), options());
  const run = trained(trainer, 20, ({ step }) => {
    if (step === 7) devices[0]?.destroy();
  });
  await expect(run).rejects.toThrow(DeviceError);
  expect(devices.length).toBeLessThan(10);
});

it('what a step of one’s own has trained is lost, and that is said', async () => {
  const { engine, lose } = await open();
  const own = model();
  const optimizer = optim.sgd({ lr: 0.1 });
  const compile = () =>
    engine.compile({ x: [2, 2], y: { shape: [2], dtype: 'u32' } }, ({ x, y }) => {
      const loss = nn.crossEntropy(own(x), y);
      optimizer.update(loss, own);
      return { loss };
    });
  const step = await compile();
  step.run({ x: Float32Array.of(1, -1, 0.5, 2), y: Uint32Array.of(0, 1) });
  await step.read('loss');
  await lose();
  await expect(engine.compile({ x: [2, 2] }, ({ x }) => ({ y: own(x) }))).rejects.toThrow(
    /lost after a compiled step had trained this model/,
  );
});

it('what a trainer made of a model, when it was destroyed before the loss', async () => {
  const { engine, lose } = await open();
  const own = model();
  const trainer = await engine.trainer(own, options());
  await trained(trainer, 5);
  const expected = await bits(trainer);
  trainer.destroy();
  for (const _ of [1, 2]) {
    const next = await engine.trainer(own, options());
    expect(await bits(next)).toEqual(expected);
    next.destroy();
    await lose();
  }
  expect(await bits(await engine.trainer(own, options()))).toEqual(expected);
});

it('a run that goes on at once while all is brought back', async () => {
  const run = async (at: number | null) => {
    const { engine, lose } = await open();
    const trainer = await engine.trainer(model(), { ...options(), stepsPerSubmit: 3 });
    const reports: Report[] = [];
    const asked: Promise<unknown>[] = [];
    for await (const report of trainer.run({ steps: 32, every: 8 })) {
      if (report.step === at) {
        await lose();
        asked.push(trainer.evaluate(train));
      }
      reports.push(report);
    }
    await Promise.all(asked);
    return [reports, await bits(trainer)];
  };
  expect(await run(16)).toEqual(await run(null));
});

it('a file goes into a model whose own state is lost', async () => {
  const whole = await (await open()).engine.trainer(model(), options());
  await trained(whole, 3);
  const [file, expected] = [await whole.save(), await bits(whole)];
  for (const train of [
    async (engine: Engine, own: ReturnType<typeof model>, lose: () => Promise<void>) => {
      const trainer = await engine.trainer(own, options());
      await trained(trainer, 1);
      await lose();
      trainer.destroy();
    },
    async (engine: Engine, own: ReturnType<typeof model>, lose: () => Promise<void>) => {
      const optimizer = optim.sgd({ lr: 0.1 });
      const step = await engine.compile({ x: [1, 2], y: { shape: [1], dtype: 'u32' } }, ({ x, y }) => {
        const loss = nn.crossEntropy(own(x), y);
        optimizer.update(loss, own);
        return { loss };
      });
      step.run({ x: Float32Array.of(1, 2), y: Uint32Array.of(1) });
      await lose();
    },
  ]) {
    const { engine, lose } = await open();
    const own = model();
    await train(engine, own, lose);
    await expect(engine.trainer(own, options())).rejects.toThrow(/load what/);
    const loaded = await engine.load(file, own, options());
    expect(await bits(loaded)).toEqual(expected);
    await lose();
    expect(await bits(loaded)).toEqual(expected);
    expect(await bits(await engine.trainer(own, options()))).toEqual(expected);
  }
});
