// What training takes of a device's memory: as the plan says before anything is made; and a batch that is too large is
// refused with the largest that fits. On Dawn's null backend with WebGPU's default limits.
import { expect, test } from 'vitest';
import { createEngine, data, LimitError, type Module, nn, optim } from '../src/index.ts';
import { nullAdapter } from './support/node-gpu.ts';

async function openDevice() {
  const device = await (await nullAdapter()).requestDevice();
  const made = { bytes: 0 };
  const create = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    made.bytes += descriptor.size;
    return create(descriptor);
  };
  // A kernel is chosen, since the race between them has buffers of its own for a moment.
  return { engine: await createEngine({ device, gemm: 'gemm' }), made };
}

const samples = (count: number, shape: readonly number[], bytes = false) => {
  const size = count * shape.reduce((product, length) => product * length, 1);
  const y = new Uint32Array(count);
  return bytes
    ? data.dataset({ shape, x: new Uint8Array(size), scale: 1, y, classes: 10 })
    : data.dataset({ shape, x: new Float32Array(size), y, classes: 10 });
};
const options = () => ({ loss: nn.crossEntropy, optimizer: optim.adam({ lr: 1e-3 }) });

test.each<[string, Module, readonly number[]]>([
  ['MLP', nn.sequential(nn.linear(784, 256), nn.prelu(), nn.linear(256, 10)), [784]],
  ['LeNet-5', nn.lenet5({ shape: [28, 28, 1], classes: 10 }), [28, 28, 1]],
  ['residual network', nn.resnet({ shape: [8, 8, 3], classes: 10 }), [8, 8, 3]],
])('of a %s it takes what its plan says, within 2 %', async (_name, model, shape) => {
  for (const bytes of [false, true]) {
    const { engine, made } = await openDevice();
    const before = made.bytes;
    const { plan } = await engine.trainer(model, { ...options(), data: samples(640, shape, bytes), batchSize: 64 });
    const { totalMemory } = plan.cost();
    expect(Math.abs(made.bytes - before - totalMemory)).toBeLessThan(0.02 * totalMemory);
    engine.destroy();
  }
});

test('a data set larger than one binding lies in shards, at the cost that its plan says', async () => {
  const { engine, made } = await openDevice();
  const model = nn.sequential(nn.conv2d(3, 4, 3), nn.flatten(), nn.linear(30 * 30 * 4, 10));
  const set = samples(50_000, [32, 32, 3], true); // CIFAR-10's 153.6 MB, where a binding has 134.2
  const before = made.bytes;
  const { plan } = await engine.trainer(model, { ...options(), data: set, batchSize: 64 });
  const { totalMemory, memory } = plan.cost();
  const whole = Math.floor(2 ** 27 / 3072) * 3072;
  expect([memory['data x'], memory['data x 2']]).toEqual([whole, 153_600_000 - whole]);
  expect(Math.abs(made.bytes - before - totalMemory)).toBeLessThan(0.02 * totalMemory);
  expect(String(plan).match(/^gather_bytes /gm)).toHaveLength(2);
  engine.destroy();
}, 60_000);

test('a sample larger than one binding is refused', async () => {
  const { engine, made } = await openDevice();
  const model = nn.sequential(nn.linear(2 ** 27 + 1, 1, { bias: false }));
  const set = samples(1, [2 ** 27 + 1], true);
  const before = made.bytes;
  await expect(engine.trainer(model, { ...options(), data: set, batchSize: 1 })).rejects.toThrow(LimitError);
  expect(made.bytes).toBe(before);
  engine.destroy();
}, 60_000);

test('a batch that is too large is refused with the largest that fits', async () => {
  const { engine, made } = await openDevice();
  const model = nn.sequential(nn.linear(1, 1024), nn.relu(), nn.linear(1024, 10));
  const set = samples(60_000, [1]);
  const before = made.bytes;
  const refused = engine.trainer(model, { ...options(), data: set, batchSize: 60_000 });
  await expect(refused).rejects.toThrow(LimitError);
  const [, largest] = /batchSize (\d+) is the largest that fits/.exec(await refused.then(() => '', String)) ?? [];
  expect(made.bytes).toBe(before);
  const next = engine.trainer(model, { ...options(), data: set, batchSize: Number(largest) + 1 });
  await expect(next).rejects.toThrow(`batchSize ${largest} is the largest that fits`);
  (await engine.trainer(model, { ...options(), data: set, batchSize: Number(largest) })).destroy();
  const wide = nn.sequential(nn.linear(1, 2 ** 26), nn.relu());
  const none = engine.trainer(wide, { ...options(), data: set, batchSize: 2 });
  await expect(none).rejects.toThrow('no batch is small enough');
  engine.destroy();
});

test('what can be trained can be evaluated, in smaller batches where the device has no room', async () => {
  const { engine } = await openDevice();
  const model = nn.sequential(nn.conv2d(1, 32, 3, { padding: 1 }), nn.relu(), nn.flatten(), nn.linear(2 ** 19, 10));
  const set = samples(256, [128, 128, 1], true);
  const trainer = await engine.trainer(model, { ...options(), data: set, batchSize: 8 });
  await trainer.evaluate(set);
  engine.destroy();
}, 60_000);
