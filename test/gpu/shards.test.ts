// Data sets in several buffers: batches, training and evaluation have the bits that they have with one.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { permute } from '../../src/data/permutation.ts';
import { type Context, createContext } from '../../src/gpu/context.ts';
import { openDevice } from '../../src/gpu/device.ts';
import { type Dataset, data, nn, optim } from '../../src/index.ts';
import { createStates } from '../../src/nn/states.ts';
import { gather, turn } from '../../src/ops/clock.ts';
import { hash } from '../../src/random.ts';
import { batchesOf } from '../../src/train/batches.ts';
import { createTrainer } from '../../src/train/createtrainer.ts';
import { createSession } from '../../src/train/session.ts';
import { countCalls } from '../support/count-calls.ts';
import { getAdapter } from '../support/node-gpu.ts';

const SEED = 11;
let context: Context;
beforeAll(async () => {
  context = createContext(await openDevice({ adapter: await getAdapter() }));
});
afterAll(() => context.destroy());

const level = (i: number) => hash(1, 0, i) & 255;
const WHOLE = 2 ** 27;
const bytes = (count: number, shape: readonly number[]) => {
  const size = shape.reduce((product, n) => product * n, 1);
  const x = Uint8Array.from({ length: count * size }, (_, i) => level(i));
  return data.dataset({ shape, x, y: Array.from({ length: count }, (_, i) => level(i) % 3), classes: 3, scale: 1 / 8 });
};

describe('the rows of a batch, where shards hold', () => {
  it.each([
    ['all samples', 1, 7, 5, 4, WHOLE, 1],
    ['1 byte of 1 sample', 1, 3, 1, 2, 1, 3],
    ['2 samples of 5 bytes', 1, 7, 5, 4, 10, 4],
    ['2 samples of 5 bytes, and a part of one', 1, 7, 5, 7, 14, 4],
    ['3 samples of 13 floats', 4, 10, 13, 3, 3 * 52, 4],
    ['1 sample of 1 float', 4, 2, 1, 1, 4, 2],
    ['less than a sample of 3 floats', 4, 5, 3, 2, 4, 5],
  ])('%s', async (_, element, count, width, batch, shardBytes, shards) => {
    const stored = bytes(count, [width]);
    const target = Float32Array.from({ length: 3 * count }, (_, i) => level(i) / 7);
    const { x } = data.toFloats(stored);
    const fields = { shape: [width], y: target, targetShape: [3] };
    const set: Dataset =
      element === 1 ? data.dataset({ ...fields, x: stored.x, scale: 1 / 8 }) : data.dataset({ ...fields, x });
    const session = createSession(context, createStates(SEED), shardBytes);
    const source = session.source(set);
    expect(source.x).toHaveLength(shards);
    const batches = batchesOf(count, batch, true, SEED);
    const optimizer = optim.sgd({ lr: 0 });
    const model = nn.linear(width, 3);
    const { plan, runtime } = await session.build('train', (graph) => {
      const { step, rates } = optimizer.clock(graph, model, 'trainer');
      const got = gather(graph, batches, source);
      const loss = nn.mse(model(got.x), got.y);
      turn(loss, step, { rates, batches });
      optimizer.update(loss, model);
      return { outputs: got };
    });
    const steps = Math.ceil(count / batch);
    for (let index = 0; index < 2 * steps; index += 1) {
      const [epoch, first] = [Math.floor(index / steps), (index % steps) * batch];
      const samples = Array.from({ length: batch }, (_, row) =>
        first + row < count ? permute(first + row, count, SEED, epoch) : undefined,
      );
      const rowsOf = (values: Float32Array, n: number) =>
        samples.flatMap((sample) =>
          Array.from({ length: n }, (_, i) => (sample === undefined ? 0 : values[n * sample + i]!)),
        );
      const [gotX, gotY] = await runtime.runAndRead(1, [plan.outputs.get('x')!, plan.outputs.get('y')!]);
      expect([...new Float32Array(gotX!.buffer)]).toEqual(rowsOf(x, width));
      expect([...new Float32Array(gotY!.buffer)]).toEqual(rowsOf(target, 3));
    }
    runtime.destroy();
  });
});

it.each([
  ['bytes', (set: Dataset) => set, 64],
  ['floats', data.toFloats, 256],
])('training and evaluation on %s', async (_, as, size) => {
  const [train, test] = [as(bytes(100, [8, 8, 1])), as(bytes(530, [8, 8, 1]))];
  const results = [];
  // 30 samples a shard, the last one with 10 (20 in the test set).
  for (const shardBytes of [WHOLE, 30 * size]) {
    const session = createSession(context, createStates(SEED), shardBytes);
    const model = nn.sequential(nn.conv2d(1, 4, 3), nn.batchNorm2d(4), nn.relu(), nn.flatten(), nn.linear(144, 3));
    const options = { loss: nn.crossEntropy, optimizer: optim.adam({ lr: 0.01 }) };
    const trainer = await createTrainer(session, model, { ...options, data: train, batchSize: 32 });
    const losses: number[] = [];
    for await (const { loss } of trainer.run({ epochs: 3 })) losses.push(loss);
    expect(session.source(train).x).toHaveLength(shardBytes === WHOLE ? 1 : 4);
    expect(session.source(test).x).toHaveLength(shardBytes === WHOLE ? 1 : 18);
    results.push({ losses, evaluation: await trainer.evaluate(test), parameters: await trainer.parameters() });
    trainer.destroy();
  }
  const [whole, sharded] = results;
  expect(sharded).toEqual(whole);
  expect(whole!.losses[2]).toBeLessThan(whole!.losses[0]!);
  expect(whole!.evaluation.samples).toBe(530);
});

it('makes and writes nothing while it trains', async () => {
  const device = await (await getAdapter()).requestDevice();
  const counts = countCalls(device);
  const own = createContext(await openDevice({ device }));
  const session = createSession(own, createStates(SEED), 1000);
  const model = nn.sequential(nn.linear(64, 3));
  const trainer = await createTrainer(session, model, {
    data: bytes(100, [64]),
    batchSize: 32,
    loss: nn.crossEntropy,
    optimizer: optim.sgd({ lr: 0.01 }),
    stepsPerSubmit: 20,
  });
  expect(String(trainer.plan).match(/^gather_bytes /gm)).toHaveLength(7);
  for await (const _ of trainer.run({ steps: 100, every: 20 })); // until all staging buffers are there
  for (const name of Object.keys(counts)) counts[name] = 0;
  for await (const _ of trainer.run({ steps: 100, every: 20 }));
  const { submit, ...made } = counts;
  expect(made).toEqual(Object.fromEntries(Object.keys(made).map((name) => [name, 0])));
  expect(submit).toBe(5);
  own.destroy();
  device.destroy();
});
