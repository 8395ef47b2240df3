// Reads buffers back, through memory that the host can map and that is used again.
import { DeviceError } from '../errors.ts';
import type { Device } from './device.ts';

export interface Staging {
  /** Appends copies of the ranges to the encoder, submits it, and resolves with their contents. */
  readonly read: (
    encoder: GPUCommandEncoder,
    ranges: readonly { readonly buffer: GPUBuffer; readonly offset: number; readonly bytes: number }[],
  ) => Promise<readonly Uint32Array<ArrayBuffer>[]>;
  /** What is on its way still lands. */
  readonly destroy: () => void;
}

export function createStaging(device: Device): Staging {
  const { gpu } = device;
  const free: GPUBuffer[] = [];
  let largest = 0;
  let destroyed = false;
  function take(bytes: number): GPUBuffer {
    if (bytes > largest) {
      // All buffers are as large as the largest read so far, so that any of them will do.
      largest = bytes;
      for (const small of free.splice(0)) small.destroy();
    }
    const index = free.findIndex(({ size }) => size >= bytes);
    const [found] = index >= 0 ? free.splice(index, 1) : [];
    if (found) return found;
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    return gpu.createBuffer({ label: 'staging', size: largest, usage });
  }
  return {
    async read(encoder, ranges) {
      device.check();
      const total = Math.max(
        16,
        ranges.reduce((sum, { bytes }) => sum + bytes, 0),
      );
      const buffer = take(total);
      let offset = 0;
      for (const range of ranges) {
        encoder.copyBufferToBuffer(range.buffer, range.offset, buffer, offset, range.bytes);
        offset += range.bytes;
      }
      gpu.queue.submit([encoder.finish()]);
      try {
        await buffer.mapAsync(GPUMapMode.READ, 0, total);
      } catch (error) {
        buffer.destroy();
        device.check();
        throw new DeviceError(
          `read: the result could not be read back (${error instanceof Error ? error.message : String(error)}); the engine or trainer may have been destroyed meanwhile`,
        );
      }
      const words = new Uint32Array(buffer.getMappedRange(0, total).slice(0));
      buffer.unmap();
      if (buffer.size === largest && !destroyed) free.push(buffer);
      else buffer.destroy();
      device.check();
      let start = 0;
      return ranges.map(({ bytes }) => {
        const part = words.slice(start / 4, (start + bytes) / 4);
        start += bytes;
        return part;
      });
    },
    destroy() {
      destroyed = true;
      for (const buffer of free) buffer.destroy();
    },
  };
}
