// What an engine asks its device to make and to write.

/** Replaces methods of the device and its queue by ones that count; the device has no others for making things. */
export function countCalls(device: GPUDevice): Record<string, number> {
  const counts: Record<string, number> = {};
  const wrap = <T extends object>(owner: T, names: readonly (keyof T & string)[]) => {
    for (const name of names) {
      const original = (owner[name] as (...args: unknown[]) => unknown).bind(owner);
      counts[name] = 0;
      Object.defineProperty(owner, name, {
        value: (...args: unknown[]) => {
          counts[name]! += 1;
          return original(...args);
        },
      });
    }
  };
  wrap(device, [
    'createBuffer',
    'createBindGroup',
    'createBindGroupLayout',
    'createComputePipeline',
    'createComputePipelineAsync',
    'createPipelineLayout',
    'createShaderModule',
    'createTexture',
    'createQuerySet',
  ]);
  wrap(device.queue, ['writeBuffer', 'submit']);
  return counts;
}
