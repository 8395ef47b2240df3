// Runs a plan: its pipelines, bind groups and buffers, made once; then steps that make nothing. The only holder of GPU
// objects, so that it can be built again on another device.
import { DeviceError, LimitError } from '../errors.ts';
import type { Place } from '../graph/tensor.ts';
import { type Plan, planOf } from '../plan/plan.ts';
import type { Buffers } from './buffers.ts';
import type { Choose } from './choose.ts';
import type { Device } from './device.ts';
import type { Kernels } from './kernels.ts';
import { profile } from './profile.ts';
import { createStaging } from './staging.ts';

export interface Range extends Place {
  readonly bytes: number;
}

export interface Runtime {
  /** The plan as it is run: with the cores that were chosen. */
  readonly plan: Plan;
  /** Whether its device was lost, so that it must be built again. */
  readonly isLost: () => boolean;
  /** The same; after a failure, the news of it may take a moment. */
  readonly wasLost: (failed: boolean) => Promise<boolean>;
  /** Runs the plan `steps` times, in one submit. */
  readonly run: (steps: number) => void;
  /**
   * The same, and reads ranges back as they are after the last step, which makes the optional calls, too, if `asked`.
   * Does not hold up later runs.
   */
  readonly runAndRead: (
    steps: number,
    ranges: readonly Range[],
    asked?: boolean,
  ) => Promise<readonly Uint32Array<ArrayBuffer>[]>;
  /** Reads ranges back as they are after what was submitted; through memory of its own, as much as they are. */
  readonly read: (ranges: readonly Range[]) => Promise<readonly Uint32Array<ArrayBuffer>[]>;
  /**
   * Runs the plan once, each call in a pass of its own, and says how many microseconds each took; null where the device
   * cannot tell. Optional calls are among them.
   */
  readonly profile: () => Promise<readonly number[] | null>;
  /** Frees what no other plan binds; the model keeps its parameters. Running it then throws DeviceError. */
  readonly destroy: () => void;
}

/** What belongs to one device. */
export interface Side {
  readonly device: Device;
  readonly kernels: Kernels;
  readonly buffers: Buffers;
  readonly choose: Choose;
}

/** Throws LimitError if the plan needs more than the device offers; before anything is made. */
export function checkLimits({ gpu }: Device, plan: Plan): void {
  const { maxBufferSize, maxStorageBufferBindingSize } = gpu.limits;
  const { maxComputeWorkgroupsPerDimension, maxStorageBuffersPerShaderStage } = gpu.limits;
  const huge = plan.buffers.find(({ bytes }) => bytes > maxBufferSize);
  if (huge)
    throw new LimitError(
      `compile: '${huge.name}' needs ${huge.bytes} bytes, and a buffer of this device holds at most ${maxBufferSize}; use a smaller batch, layer or data set`,
    );
  for (const { kernel, ranges, workgroups } of plan.calls) {
    const large = ranges.find(
      ({ bytes, binding }) => binding.kind !== 'uniform' && bytes > maxStorageBufferBindingSize,
    );
    if (large)
      throw new LimitError(
        `compile: ${kernel.name} binds ${large.bytes} bytes as ${large.binding.name}, and this device binds at most ${maxStorageBufferBindingSize}; use a smaller batch, layer or data set`,
      );
    if (Math.max(...workgroups) > maxComputeWorkgroupsPerDimension)
      throw new LimitError(
        `compile: ${kernel.name} needs ${workgroups.join(' × ')} workgroups, and this device runs at most ${maxComputeWorkgroupsPerDimension} along one dimension; use a smaller batch or layer`,
      );
    const storage = ranges.filter(({ binding }) => binding.kind !== 'uniform').length;
    if (storage > maxStorageBuffersPerShaderStage)
      throw new LimitError(
        `compile: ${kernel.name} binds ${storage} storage buffers, and this device has ${maxStorageBuffersPerShaderStage}`,
      );
  }
}

export async function build(
  { device, kernels, buffers, choose }: Side,
  traced: Plan,
  onProgress: (ready: number, total: number) => void = () => undefined,
  cores: readonly string[] = [],
): Promise<Runtime> {
  const { gpu } = device;
  device.check();
  checkLimits(device, traced);
  const plan = planOf({ ...traced, calls: await choose(traced.calls, cores) });
  let ready = 0;
  const pipelines = await Promise.all(
    plan.calls.map(async ({ kernel, constants }) => {
      const pipeline = await kernels.pipeline(kernel, constants);
      ready += 1;
      onProgress(ready, plan.calls.length);
      return pipeline;
    }),
  );
  device.check();

  const { made, free } = await guarded(device, plan, buffers, () => {
    const calls = plan.calls.map(({ kernel, ranges, workgroups: [x, y], optional }, index) => {
      const { pipeline, layout } = pipelines[index] as (typeof pipelines)[number];
      const entries = ranges.map(({ binding, buffer, offset, bytes }) => ({
        binding: binding.binding,
        resource: { buffer: buffers.get(buffer), offset, size: bytes },
      }));
      return { pipeline, group: gpu.createBindGroup({ label: kernel.name, layout, entries }), x, y, optional };
    });
    const step = gpu.createBindGroup({
      label: 'step',
      layout: kernels.stepLayout,
      entries: [{ binding: 0, resource: { buffer: buffers.get(plan.step) } }],
    });
    return { calls, step };
  });
  const [staging, apart] = [createStaging(device), createStaging(device)];
  let destroyed = false;

  function check(): void {
    device.check();
    if (destroyed) throw new DeviceError('run: this trainer or step was destroyed; make a new one');
  }

  const found = (ranges: readonly Range[]) =>
    ranges.map(({ buffer, offset, bytes }) => ({ buffer: buffers.get(buffer), offset, bytes }));

  function encode(steps: number, asked = false): GPUCommandEncoder {
    const encoder = gpu.createCommandEncoder();
    if (steps === 0) return encoder;
    const pass = encoder.beginComputePass();
    pass.setBindGroup(1, made.step);
    for (let index = 0; index < steps; index++)
      for (const { pipeline, group, x, y, optional } of made.calls) {
        if (optional && !(asked && index === steps - 1)) continue;
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        pass.dispatchWorkgroups(x, y);
      }
    pass.end();
    return encoder;
  }

  return {
    plan,
    isLost: device.isLost,
    wasLost: device.wasLost,
    run(steps) {
      check();
      gpu.queue.submit([encode(steps).finish()]);
    },
    async runAndRead(steps, ranges, asked) {
      check();
      return staging.read(encode(steps, asked), found(ranges));
    },
    async read(ranges) {
      check();
      // All at once, as they are now; but no buffer holds more than the device allows.
      const parts = portions(ranges, gpu.limits.maxBufferSize);
      return (await Promise.all(parts.map((part) => apart.read(encode(0), found(part))))).flat();
    },
    async profile() {
      check();
      return gpu.features.has('timestamp-query') ? profile(device, made) : null;
    },
    destroy() {
      if (destroyed) return;
      destroyed = true;
      staging.destroy();
      apart.destroy();
      free();
    },
  };
}

/** In their order, as many together as have at most `most` bytes. */
function portions(ranges: readonly Range[], most: number): readonly (readonly Range[])[] {
  const parts: Range[][] = [[]];
  let sum = 0;
  for (const range of ranges) {
    sum += range.bytes;
    if (sum > most) {
      parts.push([]);
      sum = range.bytes;
    }
    parts.at(-1)?.push(range);
  }
  return parts;
}

/** Makes the plan's buffers, and with them `made`, so that all is either good, or freed and the error thrown. */
async function guarded<T>(
  { gpu }: Device,
  plan: Plan,
  buffers: Buffers,
  make: () => T,
): Promise<{ readonly made: T; readonly free: () => void }> {
  gpu.pushErrorScope('out-of-memory');
  gpu.pushErrorScope('validation');
  let used: ReturnType<Buffers['use']> | undefined;
  let made: T | undefined;
  let failure: unknown;
  try {
    used = buffers.use(plan.buffers);
    made = make();
  } catch (error) {
    failure = error;
  }
  const [invalid, exhausted] = await Promise.all([gpu.popErrorScope(), gpu.popErrorScope()]);
  if (used && made && !invalid && !exhausted) return { made, free: used.free };
  used?.undo();
  if (exhausted)
    throw new LimitError(
      `compile: the device has no memory left for ${plan.cost().totalMemory} bytes; use a smaller batch, layer or data set`,
    );
  throw failure ?? new DeviceError(`compile: the device refused the plan: ${invalid?.message}`);
}
