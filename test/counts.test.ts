// What a step costs, whatever the rectifier: the bench's W3 with any of them in PReLU's place, all that can be learned
// learned. Counts are of plans, so no GPU is needed.
import { expect, test } from 'vitest';
import { createEngine, type nn, type RectifierName, rectifiers } from '../src/index.ts';
import { train } from './bench/train.ts';
import { named } from './bench/workloads.ts';
import { nullAdapter } from './support/node-gpu.ts';

const SHARES: readonly nn.Share[] = ['layer', 'channel', 'element'];
const w3 = named('W3');

test.each(SHARES)('parameters shared by the %s: at most 10 dispatches and 1.1 times the ideal bytes', async (share) => {
  const engine = await createEngine({ device: await (await nullAdapter()).requestDevice() });
  const over: string[] = [];
  for (const [name, { parameters }] of Object.entries(rectifiers)) {
    const learn = Object.keys(parameters).filter((key) =>
      ['learned', 'fixed'].includes((parameters as Record<string, { kind: string }>)[key]?.kind ?? ''),
    );
    const trainer = await train.open(engine, { ...w3, rectifier: name as RectifierName, options: { share, learn } });
    const { dispatches, bytes } = trainer.plan.cost();
    if (dispatches > 10 || bytes > 1.1 * w3.idealBytes)
      over.push(`${name}: ${dispatches} dispatches, ${(bytes / w3.idealBytes).toFixed(3)} x ideal bytes`);
    trainer.destroy();
  }
  expect(over).toEqual([]);
  engine.destroy();
});
