// The demo's run in its worker, through the service that the page talks to.
import { afterEach, describe, expect, it } from 'vitest';
import { entriesOf } from '../../demo/check.ts';
import { loadSets } from '../../demo/datasets.ts';
import { networkOf, optimizerOf } from '../../demo/factories.ts';
import { type Moment, telemetry } from '../../demo/run.ts';
import type { Service } from '../../demo/service.ts';
import { initialState, type State } from '../../demo/state.ts';
import { ArgumentError, createEngine, DeviceError, nn, readCheckpoint, ShapeError } from '../../src/index.ts';
import { connect, move, WorkerError } from '../../src/worker/index.ts';

const state: State = { ...initialState, hidden: [16, 8], epochs: 3 };

const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

const open = (worker = new Worker(new URL('../../demo/worker.ts', import.meta.url), { type: 'module' })): Service => {
  const { service, close } = connect<Service>(worker);
  opened.push(close);
  return service;
};

async function all(moments: AsyncGenerator<Moment, void, void>): Promise<readonly Moment[]> {
  const found: Moment[] = [];
  for await (const moment of moments) found.push(moment);
  return found;
}

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

it('tells the slopes that the engine has at the same step', async () => {
  const service = open();
  const progress: (readonly number[])[] = [];
  const { adapter, step } = await service.open(state, { onProgress: (...numbers) => progress.push(numbers) });
  expect([adapter, step]).toEqual([await service.probe(), 0]);
  expect(progress.length).toBeGreaterThan(0);
  expect(progress.at(-1)?.[0]).toBe(progress.at(-1)?.[1]);
  const moments = await all(service.moments());
  expect([moments[0]?.step, moments.at(-1)?.epoch]).toEqual([0, state.epochs]);

  const engine = await createEngine({ seed: state.seed });
  const { train, test } = await loadSets('digits');
  const trainer = await engine.trainer(networkOf(state, train, await entriesOf(engine, state)), {
    data: train,
    batchSize: state.batch,
    loss: nn.crossEntropy,
    optimizer: optimizerOf(state),
    telemetry,
  });
  const slopes = [await trainer.rectifiers()];
  for await (const { rectifiers } of trainer.run({ epochs: state.epochs, every: 1 })) slopes.push(rectifiers);
  for (const { step, rectifiers } of moments) expect(rectifiers).toEqual(slopes[step]);
  expect(moments.at(-1)?.test).toEqual(await trainer.evaluate(test));
  const { text, cost } = await service.plan();
  expect([text, cost]).toEqual([String(trainer.plan), trainer.plan.cost()]);
  engine.destroy();
});

it('stands still while it is paused, and goes on', async () => {
  const service = open();
  await service.open({ ...state, epochs: 1000 });
  const seen: number[] = [];
  const running = (async () => {
    for await (const { step } of service.moments()) seen.push(step);
  })();
  await expect.poll(() => seen.length, { timeout: 20_000 }).toBeGreaterThan(3);
  const asked = performance.now();
  const paused = await service.pause();
  const answered = performance.now() - asked;
  console.info(`Pause was acknowledged after ${answered.toFixed(1)} ms`);
  expect(answered).toBeLessThan(100);
  await wait(300);
  expect(await service.pause()).toBe(paused);
  expect(seen.at(-1)).toBeLessThanOrEqual(paused);
  expect(await service.set({ lr: 0.01 })).toBe(paused);
  await service.resume();
  await expect.poll(() => seen.at(-1), { timeout: 20_000 }).toBeGreaterThan(paused);
  await service.pause();
  await service.close();
  await expect(running).rejects.toThrow(DeviceError);
  await expect(service.pause()).rejects.toThrow(/pause: no run is open; call open first/);
});

it('predicts as it is evaluated, in the middle of a run and at its end', async () => {
  const service = open();
  await service.open({ ...state, lr: 0.01 });
  const { test } = await loadSets('digits');
  const samples = (from: number, to: number) => Float32Array.from(test.x.subarray(64 * from, 64 * to));
  const check = async () => {
    const logits = await service.predict(move(samples(0, test.count)), test.count);
    expect(logits.length).toBe(10 * test.count);
    const right = test.y.filter((label, sample) => {
      const row = logits.subarray(10 * sample, 10 * sample + 10);
      return row.indexOf(Math.max(...row)) === label;
    });
    const { accuracy = 0 } = await service.evaluate();
    expect(right.length / test.count).toBeCloseTo(accuracy, 10);
    const some = [0, 1, 300];
    const alone = await Promise.all(some.map((at) => service.predict(samples(at, at + 1), 1)));
    expect(alone).toEqual(some.map((at) => logits.slice(10 * at, 10 * at + 10)));
    return accuracy;
  };
  let first = 0;
  for await (const { step } of service.moments()) {
    if (step === 0 || first > 0) continue;
    await service.pause();
    first = await check();
    await service.resume();
  }
  expect(await check()).toBeGreaterThan(Math.max(first, 0.5));
  expect(await service.predict(new Float32Array(0), 0)).toEqual(new Float32Array(0));
  const wrong = service.predict(new Float32Array(65), 1);
  await expect(wrong).rejects.toThrow(ShapeError);
  await expect(wrong).rejects.toThrow('predict: got 65 numbers for 1 samples of shape [64], which have 64');
});

it('goes on from a file as if it had not been interrupted', async () => {
  const service = open();
  await service.open(state);
  const whole = await all(service.moments());
  await service.open(state);
  let file: Uint8Array<ArrayBuffer> | undefined;
  for await (const { epoch } of service.moments()) {
    if (epoch < 1) continue;
    await service.pause();
    file = await service.save('half way');
    break;
  }
  const { step: saved, note } = readCheckpoint(file ?? new Uint8Array());
  expect(note).toBe('half way');
  const other = open();
  expect((await other.open(state, { file })).step).toBe(saved);
  const rest = await all(other.moments());
  expect(rest[0]?.step).toBe(saved);
  expect(rest.at(-1)?.step).toBe(whole.at(-1)?.step);
  expect(rest.at(-1)?.rectifiers).toEqual(whole.at(-1)?.rectifiers);
  expect(rest.at(-1)?.test).toEqual(whole.at(-1)?.test);
});

describe('errors', () => {
  it('are those of the engine', async () => {
    const service = open();
    await expect(service.open({ ...state, data: 'moons', model: 'lenet5' })).rejects.toThrow(ArgumentError);
    await expect(service.moments().next()).rejects.toThrow('moments: no run is open; call open first');
    const overtaken = service.open(state);
    const [, result] = await Promise.all([expect(overtaken).rejects.toThrow(/another opened/), service.open(state)]);
    expect(result.step).toBe(0);
  });

  it.each([
    ['does not exist', './nowhere.ts', /the worker did not load/],
    ['throws', 'data:text/javascript,throw new Error("of the worker")', /did not load \(.*of the worker\)/],
  ])('tell of a worker that %s', async (_, address, message) => {
    const service = open(new Worker(new URL(address, location.href), { type: 'module' }));
    const probed = service.probe();
    await expect(probed).rejects.toThrow(WorkerError);
    await expect(probed).rejects.toThrow(message);
  });
});
