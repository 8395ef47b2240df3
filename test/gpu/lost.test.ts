// Whatever goes on when the device is lost: training comes to what it would have come to, or says that it does not.
import { afterEach, expect, it } from 'vitest';
import { createEngine, DeviceError, type Engine } from '../../src/index.ts';
import { getAdapter } from '../support/node-gpu.ts';

const engines: Engine[] = [];
afterEach(() => {
  for (const engine of engines.splice(0)) engine.destroy();
});

/** An engine whose devices are noted, and can be lost; `opened` is called with each. */
async function open(opened: (devices: readonly GPUDevice[]) => void = () => undefined) {
  const devices: GPUDevice[] = [];
  const requestAdapter = async () => {
    const adapter = await getAdapter();
    const request = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => {
      devices.push(await request(descriptor));
      opened(devices);
      return devices.at(-1) as GPUDevice;
    };
    return adapter;
  };
  const engine = await createEngine({ gpu: { requestAdapter } as unknown as GPU, seed: 5 });
  engines.push(engine);
  const lose = async () => {
    devices.at(-1)?.destroy();
    await devices.at(-1)?.lost;
  };
  return { engine, devices, lose };
}

it('an engine that is destroyed after the loss says so', async () => {
  const { engine, lose } = await open();
  await lose();
  engine.destroy();
  expect(await engine.lost).toBeInstanceOf(DeviceError);
});
