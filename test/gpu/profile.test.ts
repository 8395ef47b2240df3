import { test } from 'vitest';
import { data, nn, optim } from '../../src/index.ts';
import { openDevice } from '../../src/gpu/device.ts';
import { createContext } from '../../src/gpu/runtime.ts';
import { createStates } from '../../src/nn/states.ts';
import { createSession } from '../../src/train/session.ts';
import { createTrainer } from '../../src/train/trainer.ts';
import { getAdapter } from '../support/node-gpu.ts';

test('profile', async () => {
  const context = createContext(await openDevice({ adapter: await getAdapter() }));
  const session = createSession(context, createStates(0));
  const model = nn.sequential(nn.linear(64, 128), nn.prelu(), nn.linear(128, 64), nn.prelu(), nn.linear(64, 10));
  const { train } = await data.digits();
  const trainer = await createTrainer(session, model, { data: train, batchSize: 64, loss: nn.crossEntropy, optimizer: optim.adam({ lr: 1e-3 }) });
  const out: string[] = [];
  for (const call of [...trainer.plan.calls]) {
    const runtime = await context.build({ ...trainer.plan, calls: [call] });
    runtime.run(5); await context.done();
    const t = performance.now();
    runtime.run(50); await context.done();
    out.push(`${((performance.now() - t) / 50).toFixed(3)} ms ${call.text}`);
  }
  const runtime = await context.build(trainer.plan);
  const t = performance.now();
  runtime.run(50); await context.done();
  out.push(`${((performance.now() - t) / 50).toFixed(3)} ms all`);
  console.log(out.join('\n'));
}, 120000);
