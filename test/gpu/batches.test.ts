// The batches that the GPU draws for itself: the samples that the shuffle's TypeScript twin names, the last batch short.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { permute } from '../../src/data/permutation.ts';
import { createContext } from '../../src/gpu/context.ts';
import { openDevice } from '../../src/gpu/device.ts';
import { data, type Engine, nn, optim } from '../../src/index.ts';
import { createStates } from '../../src/nn/states.ts';
import { gather, turn } from '../../src/ops/clock.ts';
import { batchesOf } from '../../src/train/batches.ts';
import { createSession } from '../../src/train/session.ts';
import { getAdapter } from '../support/node-gpu.ts';
import { openEngine, smallModel, smallTrainer } from '../support/spiral-run.ts';

const SEED = 5;
const { train: all } = data.spiral({ samples: 400 });
const { train: fifty } = data.split(all, 50);
let engine: Engine;
let twin: Engine;
beforeAll(async () => {
  engine = await openEngine(SEED);
  twin = await openEngine(SEED);
});
afterAll(() => {
  engine.destroy();
  twin.destroy();
});

it('trains on the same batches as a loop of one’s own, the short one included', async () => {
  const optimizer = () => optim.sgd({ lr: 0.1, momentum: 0.9 });
  const trainer = await smallTrainer(engine, { data: fifty, optimizer: optimizer() });
  expect(trainer.stepsPerEpoch).toBe(2);

  const model = smallModel();
  const own = optimizer();
  const compile = (rows: number) =>
    twin.compile({ x: [rows, 2], labels: { shape: [rows], dtype: 'u32' } }, ({ x, labels }) => {
      const logits = model(x);
      const loss = nn.crossEntropy(logits, labels);
      return { logits, loss, ...own.update(loss, model) };
    });
  const steps = new Map([
    [32, await compile(32)],
    [18, await compile(18)],
  ]);
  const epochs: number[] = [];
  for await (const { loss } of trainer.run({ epochs: 3 })) epochs.push(loss);
  for (let epoch = 0; epoch < 3; epoch++) {
    let total = 0;
    for (const [start, rows] of [
      [0, 32],
      [32, 18],
    ] as const) {
      const samples = Array.from({ length: rows }, (_, i) => permute(start + i, 50, SEED, epoch));
      const step = steps.get(rows)!;
      step.run({
        x: Float32Array.from(samples.flatMap((i) => [fifty.x[2 * i]!, fifty.x[2 * i + 1]!])),
        labels: Uint32Array.from(samples, (i) => fifty.y[i]!),
      });
      total += rows * (await step.read('loss'))[0]!;
    }
    // The sums have other trees for 18 rows than for 32, so bits may differ: 50 terms, three epochs.
    expect(Math.abs(epochs[epoch]! - total / 50)).toBeLessThan(1e-5);
  }
});

it('evaluates any number of samples', async () => {
  const model = smallModel();
  const trainer = await engine.trainer(model, {
    data: fifty,
    batchSize: 64,
    loss: nn.crossEntropy,
    optimizer: optim.sgd({ lr: 0.1 }),
  });
  for await (const _ of trainer.run({ epochs: 5 }));
  const step = await engine.compile(
    { x: [all.count, 2], labels: { shape: [all.count], dtype: 'u32' } },
    ({ x, labels }) => {
      const logits = model(x);
      return { logits, loss: nn.crossEntropy(logits, labels) };
    },
    { mode: 'eval' },
  );
  step.run({ x: all.x, labels: all.y as Uint32Array<ArrayBuffer> });
  const logits = await step.read('logits');
  const hits = Array.from({ length: all.count }, (_, i) => {
    const row = [...logits.subarray(3 * i, 3 * i + 3)];
    return Number(row.indexOf(Math.max(...row)) === all.y[i]);
  });
  expect(all.count).toBeGreaterThan(256); // more than one chunk, the last one short
  const { loss, accuracy, samples } = await trainer.evaluate(all);
  expect(samples).toBe(all.count);
  expect(accuracy).toBe(hits.reduce((sum, hit) => sum + hit, 0) / all.count);
  expect(Math.abs(loss - (await step.read('loss'))[0]!)).toBeLessThan(1e-6);
  // Twice, and at once, gives the same; one sample is a data set, too.
  expect(await Promise.all([trainer.evaluate(all), trainer.evaluate(all)])).toEqual(
    Array(2).fill({ loss, accuracy, samples }),
  );
  expect((await trainer.evaluate(data.split(all, 1).train)).samples).toBe(1);
});

it('trains on one sample, and with a batch larger than the data', async () => {
  for (const count of [1, 3]) {
    const trainer = await smallTrainer(engine, { data: data.split(all, count).train, batchSize: 8 });
    const losses: number[] = [];
    for await (const { loss } of trainer.run({ epochs: 30 })) losses.push(loss);
    expect(losses.at(-1)!).toBeLessThan(0.5 * losses[0]!);
  }
});

it('trains a regression with a short last batch', async () => {
  const target = Float32Array.from({ length: 50 }, (_, i) => fifty.x[2 * i]! - fifty.x[2 * i + 1]!);
  const set = data.dataset({ shape: [2], x: fifty.x, y: target, targetShape: [1] });
  const trainer = await engine.trainer(nn.sequential(nn.linear(2, 1)), {
    data: set,
    batchSize: 32,
    loss: nn.mse,
    optimizer: optim.sgd({ lr: 0.1 }),
  });
  const reports = [];
  for await (const report of trainer.run({ epochs: 60 })) reports.push(report);
  expect(reports.at(-1)!.accuracy).toBeUndefined();
  expect(reports.at(-1)!.loss).toBeLessThan(1e-6);
  const { '0.weight': w, '0.bias': b } = await trainer.parameters();
  expect([...w!, ...b!].map((value) => Math.round(value * 1000) / 1000 + 0)).toEqual([1, -1, 0]);
  const evaluation = await trainer.evaluate(set);
  expect(evaluation.loss).toBeLessThan(1e-6);
});

/** Sees a batch of n points as 2 n rows of one coordinate. */
const byCoordinate = () => {
  const [each, both] = [nn.linear(1, 3), nn.linear(6, 3)];
  const split = nn.module((x) => nn.within(x, 'each', (t) => each(t.reshape([-1, 1])).reshape([-1, 6])));
  return nn.sequential(split, nn.prelu(), both);
};

it.each([
  ['a plain model', smallModel, false],
  ['one that reshapes the batch to other rows', byCoordinate, true],
] as const)('takes rows from where they lie to the same bits as from a gathered batch: %s', async (_, make, must) => {
  const results = [];
  for (const gathered of [false, true]) {
    const context = createContext(await openDevice({ adapter: await getAdapter() }));
    const session = createSession(context, createStates(SEED));
    const model = make();
    const optimizer = optim.adam({ lr: 0.01 });
    const source = session.source(fifty);
    const { plan, runtime } = await session.build('train', (graph) => {
      const { step, rates } = optimizer.clock(graph, model, 'trainer');
      const batches = batchesOf(50, 32, true, SEED);
      const { x, y } = gather(graph, batches, source);
      const loss = nn.crossEntropy(model(x), y);
      turn(loss, step, { rates, batches });
      optimizer.update(loss, model);
      // As an output, the batch must exist.
      return { outputs: { ...(gathered && { x }) } };
    });
    expect(String(plan).includes('gather')).toBe(gathered || must);
    runtime.run(20);
    const { parameters: buffer } = session.host.state(model)!;
    results.push(await runtime.runAndRead(0, [{ buffer, offset: 0, bytes: buffer.bytes }]));
    context.destroy();
  }
  expect(results[0]).toEqual(results[1]);
});
