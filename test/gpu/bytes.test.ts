// Samples that are bytes: training and evaluating on them gives the bits that their floats give.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Dataset, data, type Engine, nn, optim } from '../../src/index.ts';
import { openEngine } from '../support/open-engine.ts';

let engines: Engine[];
beforeAll(async () => {
  engines = [await openEngine({ seed: 3 }), await openEngine({ seed: 3 })];
});
afterAll(() => {
  for (const engine of engines) engine.destroy();
});

it('trains on bytes as on their floats', async () => {
  const { train, test } = await data.digits();
  const bytes = (set: Dataset) =>
    data.dataset({ ...fieldsOf(set), x: Uint8Array.from(set.x, (value) => 16 * value), scale: 1 / 16 });
  const results = [];
  for (const [index, as] of [bytes, (set: Dataset) => data.toFloats(bytes(set))].entries()) {
    const model = nn.sequential(nn.linear(64, 16), nn.prelu(), nn.linear(16, 10));
    const options = { batchSize: 64, loss: nn.crossEntropy, optimizer: optim.adam({ lr: 0.01 }) };
    const trainer = await engines[index]!.trainer(model, { ...options, data: as(train) });
    const losses: number[] = [];
    for await (const { loss } of trainer.run({ epochs: 3 })) losses.push(loss);
    results.push({ losses, evaluation: await trainer.evaluate(as(test)), parameters: await trainer.parameters() });
  }
  const [first, second] = results;
  expect(first).toEqual(second);
  expect(first!.losses[2]).toBeLessThan(0.5 * first!.losses[0]!);
  // Sixteenths are exact.
  expect(data.toFloats(bytes(test)).x).toEqual(test.x);
});

const fieldsOf = ({ name, shape, y }: Dataset) => ({ name, shape, y, classes: 10 });

it('keeps them as bytes on the GPU', async () => {
  const set = data.dataset({ shape: [3], x: new Uint8Array(3 * 1000), scale: 1, y: new Uint8Array(1000), classes: 2 });
  const model = nn.sequential(nn.linear(3, 2));
  const options = { data: set, batchSize: 10, loss: nn.crossEntropy, optimizer: optim.sgd({ lr: 0.1 }) };
  const { plan } = await engines[0]!.trainer(model, options);
  expect(String(plan)).toMatch(/^gather_bytes /);
  expect(String(plan)).toMatch(/ x: 3000 bytes/);
});
