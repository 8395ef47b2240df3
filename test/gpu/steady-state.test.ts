// Training at full speed makes nothing: counted by wrapping the device, and by watching memory.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { createEngine, data, nn, optim } from '../../src/index.ts';
import { countCalls } from '../support/count-calls.ts';
import { getAdapter } from '../support/node-gpu.ts';
import { smallTrainer } from '../support/spiral-run.ts';

it('makes and writes nothing while it trains, and submits once in 20 steps', async () => {
  const device = await (await getAdapter()).requestDevice();
  const counts = countCalls(device);
  const engine = await createEngine({ device });
  const trainer = await smallTrainer(engine, { stepsPerSubmit: 20 });
  for await (const _ of trainer.run({ steps: 100, every: 20 })); // until all staging buffers are there
  expect(counts.createBuffer).toBeGreaterThan(0); // the wrapping works
  for (const name of Object.keys(counts)) counts[name] = 0;
  for await (const _ of trainer.run({ steps: 400, every: 100 }));
  const { submit, ...made } = counts;
  expect(made).toEqual(Object.fromEntries(Object.keys(made).map((name) => [name, 0])));
  expect(submit! / 400).toBeLessThanOrEqual(0.1);
  engine.destroy();
  device.destroy();
});

it('keeps memory flat over 15,000 steps', async () => {
  const engine = await createEngine({ adapter: await getAdapter() });
  const { x } = data.spiral({ samples: 200 }).train;
  const set = data.dataset({
    shape: [2],
    x,
    y: Float32Array.from({ length: x.length / 2 }, (_, i) => x[2 * i]! * x[2 * i + 1]!),
    targetShape: [1],
  });
  const model = nn.sequential(nn.linear(2, 16), nn.relu(), nn.linear(16, 16), nn.relu(), nn.linear(16, 1));
  const trainer = await engine.trainer(model, {
    data: set,
    batchSize: 32,
    loss: nn.mse,
    optimizer: optim.sgd({ lr: 0.01, momentum: 0.9 }),
    stepsPerSubmit: 64,
  });
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const [heap, resident]: [number[], number[]] = [[], []];
  for await (const { step } of trainer.run({ steps: 15_000, every: 500 })) {
    if (step <= 1000) continue; // everything is warm by then
    collect();
    const { heapUsed, external, rss } = process.memoryUsage();
    heap.push(heapUsed + external);
    resident.push(rss);
  }
  // A leak of 128 bytes a step would show in the heap: 14,000 steps, 1.8 MB.
  expect(heap.at(-1)! - heap[0]!).toBeLessThan(2 ** 20);
  // The driver's memory moves up and down by some 50 MB, so its floor is compared, half with half. A leak of one small
  // buffer a step, each at least a page of 4 KiB, would raise it by 28 MB.
  const half = resident.length / 2;
  expect(Math.min(...resident.slice(half)) - Math.min(...resident.slice(0, half))).toBeLessThan(14 * 2 ** 20);
  engine.destroy();
}, 180_000);
