// What a plan tells of its calls, and how long each takes.
import { afterAll, expect, it } from 'vitest';
import { openDevice } from '../../src/gpu/device.ts';
import { profile } from '../../src/gpu/profile.ts';
import { ArgumentError, createEngine, data } from '../../src/index.ts';
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

it('lets nobody see the step that it takes, nor what it does to a question under way', async () => {
  const trainer = await smallTrainer(engine);
  const { train } = data.spiral({ samples: 200 });
  const see = async () => [await trainer.parameters(), await trainer.evaluate(train), await trainer.rectifiers()];
  const seen = await see();
  const file = await trainer.save();
  const early = see();
  let isProfiled = false;
  const profiled = trainer.profile().finally(() => {
    isProfiled = true;
  });
  const late: Promise<unknown>[] = [];
  const files: Promise<unknown>[] = [];
  while (!isProfiled) {
    late.push(see());
    files.push(trainer.save());
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await profiled;
  expect(await early).toEqual(seen);
  for (const each of await Promise.all(late)) expect(each).toEqual(seen);
  for (const each of await Promise.all(files)) expect(each).toEqual(file);
});

it('puts the state back where times cannot be read', async () => {
  const adapter = await getAdapter();
  if (!adapter.features.has('timestamp-query')) return;
  const request = adapter.requestDevice.bind(adapter);
  adapter.requestDevice = async (descriptor) => {
    const device = await request(descriptor);
    const [createBuffer, createQuerySet] = [device.createBuffer.bind(device), device.createQuerySet.bind(device)];
    let fails = false;
    device.createQuerySet = (wanted) => {
      fails = true;
      return createQuerySet(wanted);
    };
    device.createBuffer = (wanted) => {
      const buffer = createBuffer(wanted);
      const unreadable = { value: () => Promise.reject(new Error('not today')) };
      return fails && wanted.usage & GPUBufferUsage.MAP_READ
        ? Object.defineProperty(buffer, 'mapAsync', unreadable)
        : buffer;
    };
    return device;
  };
  const own = await createEngine({ adapter });
  const trainer = await smallTrainer(own);
  const before = await trainer.parameters();
  await expect(trainer.profile()).rejects.toThrow('not today');
  expect(await trainer.parameters()).toEqual(before);
  own.destroy();
});

it('times more calls than a query set holds', async () => {
  const adapter = await getAdapter();
  if (!adapter.features.has('timestamp-query')) return;
  const device = await openDevice({ adapter });
  const { gpu } = device;
  const module = gpu.createShaderModule({ code: '@compute @workgroup_size(1) fn main() {}' });
  const layout = gpu.createBindGroupLayout({ entries: [] });
  const pipeline = gpu.createComputePipeline({
    layout: gpu.createPipelineLayout({ bindGroupLayouts: [layout, layout] }),
    compute: { module },
  });
  const group = gpu.createBindGroup({ layout, entries: [] });
  const calls = Array.from({ length: 2049 }, () => ({ pipeline, group, x: 1, y: 1 }));
  expect(await profile(device, { calls, step: group })).toHaveLength(calls.length);
  device.check();
  device.destroy();
});

it('names each call’s layer and operator, and has its WGSL', async () => {
  const kernels = (await smallTrainer(engine)).plan.kernels();
  const [first] = kernels;
  expect(first).toMatchObject({ layer: '0', operator: 'linear', gradient: false, optional: false });
  expect(first!.name).toMatch(/\+bias_act\+prelu/);
  expect(first!.wgsl).toContain('fn forward(x: f32, p: vec4f)');
  expect(kernels.some(({ gradient, layer }) => gradient && layer === '2')).toBe(true);
});
