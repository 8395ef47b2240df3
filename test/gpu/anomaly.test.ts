// The first number that is not finite is named: step, layer and operator.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { data, type Engine, NonFiniteError, nn, optim, type TrainerOptions } from '../../src/index.ts';
import { openEngine, smallModel, smallTrainer, trace } from '../support/spiral-run.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.destroy());

const one = data.dataset({ shape: [2], x: Float32Array.of(1, 1e25), y: Float32Array.of(0), targetShape: [1] });

async function failure(model: nn.Module, options: Partial<TrainerOptions>): Promise<NonFiniteError> {
  const trainer = await engine.trainer(model, {
    data: one,
    batchSize: 1,
    loss: nn.mse,
    optimizer: optim.sgd({ lr: 0.1 }),
    detectAnomaly: true,
    ...options,
  });
  const error: unknown = await (async () => {
    for await (const _ of trainer.run({ steps: 50 }));
  })().catch((thrown: unknown) => thrown);
  trainer.destroy();
  if (!(error instanceof NonFiniteError)) throw error ?? new Error('no failure');
  return error;
}

it.each([1, 7, 20])('names what diverges, with %i steps a submit', async (stepsPerSubmit) => {
  // w grows by a factor of -19 a step, in f32 for some 30 steps.
  const set = data.dataset({ shape: [1], x: Float32Array.of(10), y: Float32Array.of(1), targetShape: [1] });
  const model = nn.sequential(nn.linear(1, 1, { bias: false, init: { std: 1 } }));
  const error = await failure(model, { data: set, stepsPerSubmit });
  // (1 - 0.1 * 2 * 100)^t: 1e19, whose square overflows, after 15 to 16 steps.
  expect([error.step, error.layer, error.operator]).toEqual([expect.any(Number), '', 'mse']);
  expect(Math.abs(error.step - 16)).toBeLessThanOrEqual(2);
  expect(error.message).toMatch(/^run: step \d+: mse gave a number that is not finite; lower the learning rate/);
});

it('names the layer of a product that overflows, and the first of several', async () => {
  const big = { init: { std: 1e19 } } as const;
  const model = nn.sequential(
    nn.linear(2, 8),
    nn.relu(),
    nn.linear(8, 3, big),
    nn.rectifier('gelu'),
    nn.linear(3, 1, big),
  );
  const { step, layer, operator } = await failure(model, {});
  expect([step, layer, operator]).toEqual([1, '2', 'linear']);
});

it('names a gradient, and an update', async () => {
  const loss = (scale: number) => (y: Parameters<typeof nn.mse>[0]) => y.mul(scale).sum();
  const set = data.dataset({ shape: [1], x: Float32Array.of(1e20), y: Float32Array.of(0), targetShape: [1] });
  const flat = { init: 'zeros' } as const;
  const gradient = await failure(
    nn.sequential(nn.linear(1, 4, { init: { std: 1e-3 } }), nn.prelu(), nn.linear(4, 1, flat)),
    {
      data: set,
      loss: loss(1e25),
    },
  );
  expect([gradient.step, gradient.operator]).toEqual([1, 'update']);
  expect(gradient.layer).toBe('2.weight');
  // y = 1e10 * 1e-10; its gradient, 1e30, times the weights of 1e10.
  const small = data.dataset({ shape: [1], x: Float32Array.of(1e-10), y: Float32Array.of(0), targetShape: [1] });
  const model = nn.sequential(nn.linear(1, 4), nn.prelu(), nn.linear(4, 1, { init: { std: 1e10 } }));
  const slopes = await failure(model, { data: small, loss: loss(1e30) });
  expect([slopes.step, slopes.operator, slopes.layer]).toEqual([1, 'the gradient of rectify', '1']);
});

it('changes no bit of the training, and nothing is there without it', async () => {
  const [plain, watched] = [await openEngine(), await openEngine()];
  const [without, with_] = [await smallTrainer(plain), await smallTrainer(watched, { detectAnomaly: true })];
  expect(without.plan.detector).toBeNull();
  expect(String(with_.plan)).toContain('detect [');
  expect(await trace(with_, 5)).toEqual(await trace(without, 5));
  expect(smallModel()).toBeDefined();
  for (const each of [plain, watched]) each.destroy();
});
