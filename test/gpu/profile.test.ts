// What a plan tells of its calls, and how long each takes.
import { afterAll, expect, it } from 'vitest';
import { ArgumentError } from '../../src/index.ts';
import { getAdapter } from '../support/node-gpu.ts';
import { openEngine, smallTrainer, trace } from '../support/spiral-run.ts';

const engine = await openEngine();
afterAll(() => engine.destroy());

it('times each call, where the device can, and leaves the run as it was', async () => {
  const [trainer, undisturbed] = [
    await smallTrainer(engine, { telemetry: true }),
    await smallTrainer(engine, { telemetry: true }),
  ];
  await trace(trainer, 1);
  const times = await trainer.profile();
  const kernels = trainer.plan.kernels();
  if ((await getAdapter()).features.has('timestamp-query')) {
    expect(times).toHaveLength(kernels.length);
    expect(times!.every((time) => time >= 0 && time < 1e6)).toBe(true);
    expect(Math.max(...times!)).toBeGreaterThan(0);
  } else expect(times).toBeNull();
  await trace(undisturbed, 1);
  expect(await trace(trainer, 2)).toEqual(await trace(undisturbed, 2));
  const busy = trainer.run({ epochs: 1, every: 1 });
  await busy.next();
  await expect(trainer.profile()).rejects.toThrow(ArgumentError);
  await busy.return();
});

it('lets nothing be trained or set that it would undo', async () => {
  const trainer = await smallTrainer(engine);
  const { step } = trainer;
  const profiled = trainer.profile();
  await expect(trace(trainer, 1)).rejects.toThrow(ArgumentError);
  await expect(trainer.profile()).rejects.toThrow(ArgumentError);
  expect(() => trainer.set({ lr: 1 })).toThrow(ArgumentError);
  await profiled;
  await trace(trainer, 1);
  expect(trainer.step).toBeGreaterThan(step);
});

it('names each call’s layer and operator, and has its WGSL', async () => {
  const kernels = (await smallTrainer(engine)).plan.kernels();
  const [first] = kernels;
  expect(first).toMatchObject({ layer: '0', operator: 'linear', gradient: false, optional: false });
  expect(first!.name).toMatch(/\+bias_act\+prelu/);
  expect(first!.wgsl).toContain('fn forward(x: f32, p: vec4f)');
  expect(kernels.some(({ gradient, layer }) => gradient && layer === '2')).toBe(true);
});
