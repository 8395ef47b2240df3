// The adapter that the other tests of this project use can compute.
import { expect, it } from 'vitest';
import { getAdapter } from '../support/node-gpu.ts';
import { doubled } from './doubled.ts';

it('doubles eight numbers', async () => {
  const device = await (await getAdapter()).requestDevice();
  expect(await doubled(device, [0, 1, 2, 3, 4, 5, 6, 7])).toEqual([0, 2, 4, 6, 8, 10, 12, 14]);
  device.destroy();
});
