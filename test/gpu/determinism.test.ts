// The same seed gives the same bits, however the steps are handed to the GPU.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { data, type Engine, nn, optim } from '../../src/index.ts';
import { gemmNames, openEngine as openWith } from '../support/open-engine.ts';
import { openEngine, smallTrainer, trace } from '../support/spiral-run.ts';

const EPOCHS = 40; // 200 steps
let engine: Engine;
let expected: Awaited<ReturnType<typeof trace>>;

beforeAll(async () => {
  engine = await openEngine();
  expected = await trace(await smallTrainer(engine), EPOCHS);
});
afterAll(() => engine.destroy());

it('learns', () => {
  expect(expected.losses).toHaveLength(EPOCHS);
  expect(expected.losses[EPOCHS - 1]).toBeLessThan(0.5 * expected.losses[0]!);
});

it('repeats 200 steps to the bit with the same seed', async () => {
  const again = await openEngine();
  expect(await trace(await smallTrainer(again), EPOCHS)).toEqual(expected);
  again.destroy();
});

it('goes another way with another seed', async () => {
  const other = await openEngine(1);
  const { losses, parameters } = await trace(await smallTrainer(other), 2);
  expect(losses[0]).not.toBe(expected.losses[0]);
  expect(parameters).not.toEqual(expected.parameters);
  other.destroy();
});

it.each([1, 7, 20])('gives the same bits with %i steps a submit', async (stepsPerSubmit) => {
  const again = await openEngine();
  expect(await trace(await smallTrainer(again, { stepsPerSubmit }), EPOCHS)).toEqual(expected);
  again.destroy();
});

it('stands still while its gate is shut, and gives the same bits', async () => {
  const again = await openEngine();
  const trainer = await smallTrainer(again);
  let open = () => {};
  const shut = new Promise<void>((resolve) => {
    open = resolve;
  });
  const losses: number[] = [];
  const running = (async () => {
    const gate = () => (trainer.step > 2 * trainer.stepsPerEpoch ? shut : undefined);
    for await (const { loss } of trainer.run({ epochs: EPOCHS, gate })) losses.push(loss);
  })();
  const patience = { timeout: 20_000, interval: 10 };
  await expect.poll(() => trainer.step, patience).toBeGreaterThan(2 * trainer.stepsPerEpoch);
  const { step, stepsPerEpoch } = trainer;
  await expect.poll(() => losses.length, patience).toBe(Math.floor(step / stepsPerEpoch));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect([trainer.step, losses.length]).toEqual([step, Math.floor(step / stepsPerEpoch)]);
  open();
  await running;
  expect(losses).toEqual(expected.losses);
  const failing = trainer.run({ gate: () => Promise.reject(new Error('of the gate')) });
  await expect(failing.next()).rejects.toThrow('of the gate');
  again.destroy();
});

it('gives the same bits when a run is stopped and taken up again', async () => {
  const again = await openEngine();
  const trainer = await smallTrainer(again, { stepsPerSubmit: 2 });
  for await (const report of trainer.run({ epochs: EPOCHS, every: 3 })) if (report.step >= 51) break;
  const steps = EPOCHS * trainer.stepsPerEpoch - trainer.step;
  let last = 0;
  for await (const report of trainer.run({ steps })) last = report.step;
  expect(last).toBe(EPOCHS * trainer.stepsPerEpoch);
  expect((await trace(trainer, 1)).losses).toHaveLength(1);
  const whole = await openEngine();
  const { parameters } = await trace(await smallTrainer(whole), EPOCHS + 1);
  expect(
    Object.fromEntries(
      Object.entries(await trainer.parameters()).map(([name, values]) => [name, [...new Uint32Array(values.buffer)]]),
    ),
  ).toEqual(parameters);
  for (const own of [again, whole]) own.destroy();
});

it('changes the learning rate in mid-run as a schedule would have', async () => {
  const [changed, scheduled] = [await openEngine(), await openEngine()];
  const trainer = await smallTrainer(changed, { stepsPerSubmit: 7 });
  let at = -1;
  const first = await trace(trainer, EPOCHS, ({ epoch }) => {
    if (epoch === 17) at = trainer.set({ lr: 0.002 });
  });
  expect(at).toBeGreaterThanOrEqual(17 * trainer.stepsPerEpoch);
  const optimizer = optim.adam({
    lr: optim.piecewise([
      [0, 0.01],
      [at, 0.002],
    ]),
  });
  const second = await trace(await smallTrainer(scheduled, { optimizer, stepsPerSubmit: 20 }), EPOCHS);
  expect(first).toEqual(second);
  expect(first.losses).not.toEqual(expected.losses);
  changed.destroy();
  scheduled.destroy();
});

it('changes the learning rate within a schedule', async () => {
  const [changed, scheduled] = [await openEngine(), await openEngine()];
  const optimizer = () => optim.sgd({ lr: optim.cosine({ lr: 0.1, steps: 150 }), momentum: 0.9 });
  const trainer = await smallTrainer(changed, { optimizer: optimizer() });
  let at = -1;
  const first = await trace(trainer, 20, ({ epoch }) => {
    if (epoch === 10) at = trainer.set({ lr: 0.02 });
  });
  const { at: rate } = optim.cosine({ lr: 0.1, steps: 150 });
  const joined = { at: (index: number) => (index < at ? rate(index) : 0.02), steps: at + 1 };
  const second = await trace(
    await smallTrainer(scheduled, { optimizer: optim.sgd({ lr: joined, momentum: 0.9 }) }),
    20,
  );
  expect(first).toEqual(second);
  changed.destroy();
  scheduled.destroy();
});

it('trains two engines at once as it trains each alone', async () => {
  const engines = [await openEngine(0), await openEngine(1)];
  const alone = await openEngine(1);
  const results = await Promise.all(engines.map(async (own) => trace(await smallTrainer(own), EPOCHS)));
  expect(results[0]).toEqual(expected);
  expect(results[1]).toEqual(await trace(await smallTrainer(alone), EPOCHS));
  for (const own of [...engines, alone]) own.destroy();
});

it('changes how groups learn in mid-run as a fresh plan would have learned', async () => {
  const sgd = (groups: optim.Groups) => optim.sgd({ lr: 0.05, groups });
  const [changed, fresh] = [await openEngine(), await openEngine()];
  const still = { rectifier: { lr: 0 } };
  const trainer = await smallTrainer(changed, { optimizer: sgd(still), stepsPerSubmit: 1 });
  let at = -1;
  const first = await trace(trainer, EPOCHS, ({ epoch }) => {
    if (epoch === 10) at = trainer.set({ groups: { rectifier: { lr: 1, clamp: [0, 0.26] }, '1.a': { decay: 1 } } });
  });
  // Without momentum, resting and a rate of 0 come to the same.
  const groups = { rectifier: { freeze: at, clamp: [0, 0.26] }, '1.a': { decay: 1 } } as const;
  const second = await trace(await smallTrainer(fresh, { optimizer: sgd(groups) }), EPOCHS);
  expect(first).toEqual(second);
  expect(() => trainer.set({ groups: { '7.a': {} } })).toThrow(/no group '7.a'/);
  expect(() => trainer.set({ lr: 1, groups: { weight: { lr: -1 } } })).toThrow(/at least 0/);
  changed.destroy();
  fresh.destroy();
});

it('gives the same bits with every kernel for matrix products', async () => {
  const { train } = data.spiral({ samples: 231 });
  const runs = [];
  for (const gemm of await gemmNames()) {
    const own = await openWith({ gemm });
    const model = nn.sequential(
      nn.linear(2, 37),
      nn.prelu(),
      nn.linear(37, 65),
      nn.prelu({ share: 'layer' }),
      nn.linear(65, 3),
    );
    const trainer = await own.trainer(model, {
      data: train,
      batchSize: 47,
      loss: nn.crossEntropy,
      optimizer: optim.adam({ lr: 0.01 }),
    });
    expect(String(trainer.plan).match(/^gemm\w*/gm)).toEqual(Array(8).fill(gemm));
    runs.push(await trace(trainer, Math.ceil(200 / trainer.stepsPerEpoch)));
    own.destroy();
  }
  expect(runs.length).toBeGreaterThan(1);
  for (const run of runs) expect(run).toEqual(runs[0]);
});
