// Every kernel that the fragments of shaders/ can form compiles, and becomes a pipeline within WebGPU's default limits.
import { beforeAll, describe, expect, it } from 'vitest';
import type { Kernel } from '../../src/wgsl/compose.ts';
import { complaints, fragments, kernels, nullDevice, ofRole } from './shaders.ts';

let device: GPUDevice;
beforeAll(async () => {
  device = await nullDevice();
});

/** The defaults, and each switch turned the other way. */
function variants({ code }: Kernel): Record<string, number>[] {
  const switches = [...code.matchAll(/\boverride\s+(\w+)\s*(?::\s*bool\s*)?=\s*(true|false)\s*;/g)];
  return [{}, ...switches.map(([, name, value]) => ({ [name!]: value === 'true' ? 0 : 1 }))];
}

it('the device has no more than WebGPU guarantees', () => {
  const { maxStorageBuffersPerShaderStage, maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupStorageSize } =
    device.limits;
  expect([maxStorageBuffersPerShaderStage, maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupStorageSize]).toEqual([
    8, 256, 16_384,
  ]);
});

it('there are cores, and every fragment is part of a kernel', () => {
  expect(ofRole('core').length).toBeGreaterThan(0);
  const all = ofRole('core').flatMap(kernels);
  const unused = fragments.filter(
    (fragment) =>
      !all.some(({ parts, kernel }) => Object.values(parts).includes(fragment) || kernel.code.includes(fragment.code)),
  );
  expect(unused.map(({ file }) => file)).toEqual([]);
});

describe.each(ofRole('core').map((core) => [core.file, core] as const))('%s', (_file, core) => {
  it('compiles with every partner', async () => {
    const all = kernels(core);
    expect(all.length).toBeGreaterThan(0);
    for (const { name, kernel } of all)
      for (const constants of variants(kernel))
        expect(await complaints(device, kernel, constants), `${name} ${JSON.stringify(constants)}`).toEqual([]);
  });
});

it('a kernel that does not compile is refused', async () => {
  const kernel = kernels(ofRole('core')[0]!)[0]!.kernel;
  expect(
    await complaints(device, { ...kernel, code: `${kernel.code}\nfn extra() -> f32 { return 1u; }` }),
  ).toHaveLength(1);
  expect(await complaints(device, { ...kernel, bindings: [] })).toHaveLength(1);
});
