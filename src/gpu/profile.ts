// How long each call of a plan takes, by the device's own clock.
import type { Device } from './device.ts';
import { createStaging } from './staging.ts';

/** What a plan is on a device. */
export interface Made {
  readonly calls: readonly {
    readonly pipeline: GPUComputePipeline;
    readonly group: GPUBindGroup;
    readonly x: number;
    readonly y: number;
  }[];
  /** Group 1. */
  readonly step: GPUBindGroup;
}

/** Two stamps each, and WebGPU's query sets hold 4,096 at most. */
const MOST = 2048;

export async function profile(device: Device, { calls, step }: Made): Promise<readonly number[]> {
  if (calls.length > MOST) {
    const first = await profile(device, { calls: calls.slice(0, MOST), step });
    return [...first, ...(await profile(device, { calls: calls.slice(MOST), step }))];
  }
  const { gpu } = device;
  const querySet = gpu.createQuerySet({ type: 'timestamp', count: 2 * calls.length });
  const stamps = gpu.createBuffer({
    size: 16 * calls.length,
    usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
  });
  const staging = createStaging(device);
  try {
    const encoder = gpu.createCommandEncoder();
    for (const [index, { pipeline, group, x, y }] of calls.entries()) {
      const timestampWrites = { querySet, beginningOfPassWriteIndex: 2 * index, endOfPassWriteIndex: 2 * index + 1 };
      const pass = encoder.beginComputePass({ timestampWrites });
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.setBindGroup(1, step);
      pass.dispatchWorkgroups(x, y);
      pass.end();
    }
    encoder.resolveQuerySet(querySet, 0, 2 * calls.length, stamps, 0);
    const [words] = await staging.read(encoder, [{ buffer: stamps, offset: 0, bytes: stamps.size }]);
    const nanoseconds = new BigUint64Array(words?.buffer ?? new ArrayBuffer(0));
    // Some devices give a later beginning than end, now and then.
    return calls.map((_, index) =>
      Math.max(0, Number((nanoseconds[2 * index + 1] ?? 0n) - (nanoseconds[2 * index] ?? 0n)) / 1000),
    );
  } finally {
    staging.destroy();
    stamps.destroy();
    querySet.destroy();
  }
}
