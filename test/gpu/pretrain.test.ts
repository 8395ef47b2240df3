// Greedy layer-wise pre-training: each layer comes to keep its input, and nothing else changes.
import { expect, test } from 'vitest';
import { ArgumentError, data, grad, nn, optim, type PretrainReport, type Trainer } from '../../src/index.ts';
import { openEngine } from '../support/open-engine.ts';

const { train } = await data.digits();
const options = () => ({ data: train, batchSize: 64, loss: nn.crossEntropy, optimizer: optim.adam({ lr: 1e-3 }) });
const model = () =>
  nn.sequential(nn.linear(64, 32), nn.prelu(), nn.linear(32, 16), nn.rectifier('elu'), nn.linear(16, 10));

async function reportsOf(trainer: Trainer, steps: number): Promise<readonly PretrainReport[]> {
  const reports: PretrainReport[] = [];
  for await (const report of trainer.pretrain({ steps, every: 20 })) reports.push(report);
  return reports;
}

test('each layer learns in turn to bring back its input; the last one and slopes rest', async () => {
  const engine = await openEngine({ seed: 0 });
  const trainer = await engine.trainer(model(), options());
  const before = await trainer.parameters();
  const reports = await reportsOf(trainer, 100);
  expect(reports.map(({ weight, step }) => `${weight} ${step}`)).toEqual(
    ['0.weight', '2.weight'].flatMap((weight) => [20, 40, 60, 80, 100].map((step) => `${weight} ${step}`)),
  );
  const losses = reports.map(({ loss }) => loss);
  expect(losses[4]).toBeLessThan(0.7 * (losses[0] ?? 0));
  expect(losses[9]).toBeLessThan(0.7 * (losses[5] ?? 0));
  const after = await trainer.parameters();
  const changed = Object.keys(after).filter((name) =>
    after[name]?.some((value, index) => value !== before[name]?.[index]),
  );
  expect(changed).toEqual(['0.weight', '0.bias', '2.weight', '2.bias']);
  expect(trainer.step).toBe(0);
  engine.destroy();
});

test('the same seed gives the same bits, and training goes on from what was learned', async () => {
  const run = async () => {
    const engine = await openEngine({ seed: 3 });
    const trainer = await engine.trainer(model(), options());
    await reportsOf(trainer, 20);
    let last = 0;
    for await (const { loss } of trainer.run({ epochs: 2 })) last = loss;
    const parameters = await trainer.parameters();
    engine.destroy();
    return { last, parameters };
  };
  expect(await run()).toEqual(await run());
});

test('it can be stopped, and refuses what it cannot do', async () => {
  const engine = await openEngine({ seed: 0 });
  const trainer = await engine.trainer(model(), options());
  for await (const { weight } of trainer.pretrain({ steps: 1000, every: 1 })) {
    expect(weight).toBe('0.weight');
    await expect(trainer.run().next()).rejects.toThrow('pre-training');
    break;
  }
  await expect(trainer.pretrain({ steps: 0 }).next()).rejects.toThrow(ArgumentError);
  await expect(trainer.pretrain({ steps: 10, lr: -1 }).next()).rejects.toThrow('at least 0, got -1');
  const flat = await engine.trainer(nn.sequential(nn.linear(64, 10)), options());
  await expect(flat.pretrain({ steps: 10 }).next()).rejects.toThrow('no nn.linear that feeds a rectifier');
  engine.destroy();
});

test('a gradient does not pass what is detached', async () => {
  const engine = await openEngine({ seed: 0 });
  const step = await engine.compile({ x: [3] }, ({ x }) => {
    const loss = x.mul(x.detach()).sum();
    return { dx: grad(loss, x), loss };
  });
  step.run({ x: Float32Array.of(1, 2, 3) });
  expect((await step.read('loss'))[0]).toBe(14);
  expect([...(await step.read('dx'))]).toEqual([1, 2, 3]);
  engine.destroy();
});
