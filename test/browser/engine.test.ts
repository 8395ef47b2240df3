// The engine in a real page: the digits load, and two engines train at once without touching each other.
import { afterEach, expect, it } from 'vitest';
import { createEngine, data, type Engine, nn, optim } from '../../src/index.ts';

const engines: Engine[] = [];
afterEach(() => {
  for (const engine of engines.splice(0)) engine.destroy();
});

async function train(seed: number): Promise<number[]> {
  const engine = await createEngine({ seed });
  engines.push(engine);
  const model = nn.sequential(nn.linear(64, 16), nn.prelu(), nn.linear(16, 10));
  const { train: digits } = await data.digits();
  const trainer = await engine.trainer(model, {
    data: data.split(digits, 300).train,
    batchSize: 64,
    loss: nn.crossEntropy,
    optimizer: optim.adam({ lr: 0.01 }),
  });
  const results: number[] = [];
  for await (const { loss, accuracy, rectifiers } of trainer.run({ epochs: 8 }))
    results.push(loss, accuracy ?? -1, ...(rectifiers[0]?.params.a ?? []));
  return results;
}

it('trains two engines at once as it trains each alone', async () => {
  const alone = await train(1);
  expect(alone[(7 * alone.length) / 8]).toBeLessThan(0.5 * alone[0]!);
  const [zero, one] = await Promise.all([train(0), train(1)]);
  expect(one).toEqual(alone);
  expect(zero).not.toEqual(alone);
});
