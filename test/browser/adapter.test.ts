// The browser's own WebGPU can compute, and can show what it computed on a canvas.
import { expect, it } from 'vitest';
import { doubled } from '../gpu/doubled.ts';

async function open(): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter();
  return adapter!.requestDevice();
}

it('doubles eight numbers', async () => {
  const device = await open();
  expect(await doubled(device, [0, 1, 2, 3, 4, 5, 6, 7])).toEqual([0, 2, 4, 6, 8, 10, 12, 14]);
  device.destroy();
});

it('keeps its device when a page presents to a WebGPU canvas', async () => {
  const device = await open();
  const canvas = document.createElement('canvas');
  document.body.append(canvas);
  const context = canvas.getContext('webgpu')!;
  context.configure({ device, format: navigator.gpu.getPreferredCanvasFormat() });
  for (let frame = 0; frame < 3; frame++) {
    const encoder = device.createCommandEncoder();
    const view = context.getCurrentTexture().createView();
    const clearValue = { r: 1, g: 0, b: 0, a: 1 };
    encoder.beginRenderPass({ colorAttachments: [{ view, clearValue, loadOp: 'clear', storeOp: 'store' }] }).end();
    device.queue.submit([encoder.finish()]);
    await new Promise(requestAnimationFrame);
  }
  expect(await doubled(device, [21])).toEqual([42]);
  canvas.remove();
  device.destroy();
});
