// What a step costs: the bench's W3, whatever the rectifier, with one of each number of learned parameters in PReLU's
// place; and W4, a convolutional network. Counts are of plans, so no GPU is needed.
import { expect, test } from 'vitest';
import { createEngine, type nn, type Rectifier, type RectifierName, rectifiers } from '../src/index.ts';
import { train } from './bench/train.ts';
import { named } from './bench/workloads.ts';
import { nullAdapter } from './support/node-gpu.ts';

const SHARES: readonly nn.Share[] = ['layer', 'channel', 'element'];
const w3 = named('W3');

test.each(SHARES)('W3, parameters by the %s: at most 10 dispatches and 1.1 times the ideal bytes', async (share) => {
  const engine = await createEngine({ device: await (await nullAdapter()).requestDevice() });
  const over: string[] = [];
  const seen = new Set<number>();
  for (const [name, entry] of Object.entries(rectifiers) as [RectifierName, Rectifier][]) {
    const learn = Object.keys(entry.parameters).filter((key) =>
      ['learned', 'fixed'].includes(entry.parameters[key]?.kind ?? ''),
    );
    // A plan depends on how many are learned, not on the formula.
    if (seen.has(learn.length)) continue;
    seen.add(learn.length);
    const trainer = await train.open(engine, { ...w3, rectifier: name, options: { share, learn } });
    const { dispatches, bytes } = trainer.plan.cost();
    if (dispatches > 10 || bytes > 1.1 * w3.idealBytes)
      over.push(`${name}: ${dispatches} dispatches, ${(bytes / w3.idealBytes).toFixed(3)} x ideal bytes`);
    trainer.destroy();
  }
  expect(over).toEqual([]);
  engine.destroy();
});

test('W4: at most 14 dispatches and 1.5 times the ideal bytes', async () => {
  const w4 = named('W4');
  const engine = await createEngine({ device: await (await nullAdapter()).requestDevice() });
  const { dispatches, bytes } = (await train.open(engine, w4)).plan.cost();
  expect(dispatches).toBeLessThanOrEqual(14);
  expect(bytes / w4.idealBytes).toBeLessThanOrEqual(1.5);
  engine.destroy();
});
