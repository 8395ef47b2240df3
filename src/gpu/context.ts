// The GPU side of an engine: what its plans share on one device, and on the next one if that is lost.
import type { DeviceError } from '../errors.ts';
import type { BufferSpec } from '../graph/tensor.ts';
import type { Plan } from '../plan/plan.ts';
import { createBuffers } from './buffers.ts';
import { createChoice } from './choose.ts';
import type { Device } from './device.ts';
import { createKernels } from './kernels.ts';
import { build, checkLimits, type Runtime, type Side } from './runtime.ts';

/** The GPU side of an engine: one device, the pipelines and buffers that its plans share. */
export interface Context {
  readonly name: string;
  /** The most bytes of one buffer that a call can bind. */
  readonly bindable: number;
  /** Resolves when the device is lost and there is no other, or destroyed. */
  readonly lost: Promise<DeviceError>;
  /** Whether a device that is lost can be followed by another. */
  readonly renewable: boolean;
  /** Goes on with another device if this one was lost: all plans must be built again. Throws UnsupportedError where there is none. */
  readonly renew: () => Promise<void>;
  /** Whether the device was lost, and not destroyed here; to be asked after a failure. */
  readonly wasLost: () => Promise<boolean>;
  readonly check: () => void;
  readonly write: (
    buffer: BufferSpec,
    data: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>,
    offset?: number,
  ) => void;
  /** Throws LimitError if the plan needs more than the device offers at once; makes nothing. */
  readonly checkLimits: (plan: Plan) => void;
  /** Compiles and allocates; throws DeviceError if the device is lost meanwhile. `onProgress` hears of every pipeline that is ready; `cores` names each call's, where there is a choice. */
  readonly build: (
    plan: Plan,
    onProgress?: (ready: number, total: number) => void,
    cores?: readonly string[],
  ) => Promise<Runtime>;
  readonly destroy: () => void;
}

/** `core`: the one to take wherever there is a choice; without it the fastest. */
export function createContext(first: Device, core?: string): Context {
  const sideOf = (device: Device): Side => {
    const buffers = createBuffers(device);
    const kernels = createKernels(device);
    return { device, buffers, kernels, choose: createChoice(device, kernels, buffers, core) };
  };
  let side = sideOf(first);
  let renewal: Promise<void> | null = null;
  let destroyed = false;
  let end: (reason: DeviceError) => void = () => undefined;
  const lost = new Promise<DeviceError>((resolve) => {
    end = resolve;
  });
  const watch = (device: Device) =>
    device.lost.then((reason) => {
      if (!device.reopen || !device.isLost()) end(reason);
    });
  void watch(first);

  async function reopen({ device }: Side): Promise<void> {
    try {
      const next = await device.reopen?.();
      if (!next) return;
      if (destroyed) next.destroy();
      else side = sideOf(next);
      void watch(next);
    } catch (error) {
      end(await device.lost);
      throw error;
    }
  }
  const { limits } = first.gpu;
  return {
    name: first.name,
    bindable: Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize),
    lost,
    renewable: first.reopen !== undefined,
    async renew() {
      if (!side.device.isLost()) return;
      renewal ??= reopen(side).finally(() => {
        renewal = null;
      });
      await renewal;
    },
    wasLost: () => side.device.wasLost(true),
    check: () => side.device.check(),
    write(buffer, data, offset = 0) {
      side.device.check();
      side.device.gpu.queue.writeBuffer(side.buffers.get(buffer), offset, data);
    },
    checkLimits: (plan) => checkLimits(side.device, plan),
    async build(plan, onProgress, cores) {
      const { device } = side;
      try {
        return await build(side, plan, onProgress, cores);
      } catch (error) {
        // Whatever it says: a lost device refuses shaders and pipelines, too.
        if (device.reopen && (await device.wasLost(true))) device.check();
        throw error;
      }
    },
    destroy() {
      destroyed = true;
      side.buffers.destroy();
      side.device.destroy();
      // Of a device that was lost before, nobody may have asked for another.
      void side.device.lost.then(end);
    },
  };
}
