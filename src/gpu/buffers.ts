// Buffer specs → GPU buffers. A spec's buffer is made, with its initial contents, when a plan that binds it is built,
// and is shared by all plans of the device that bind it.
import { LimitError } from '../errors.ts';
import type { BufferSpec } from '../graph/tensor.ts';
import type { Device } from './device.ts';

export interface Buffers {
  readonly get: (spec: BufferSpec) => GPUBuffer;
  readonly has: (spec: BufferSpec) => boolean;
  readonly release: (specs: readonly BufferSpec[]) => void;
  /** Throws LimitError if one of the specs is larger than a buffer may be. */
  readonly check: (what: string, specs: readonly BufferSpec[]) => void;
  readonly destroy: () => void;
}

/** All buffers may be bound, written by the host and read back; the uniform usage costs nothing. */
const usage = () => GPUBufferUsage.STORAGE | GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

export function createBuffers({ gpu }: Device): Buffers {
  const made = new Map<BufferSpec, GPUBuffer>();
  return {
    has: (spec) => made.has(spec),
    get(spec) {
      const known = made.get(spec);
      if (known) return known;
      const initial = spec.initial?.();
      const size = Math.ceil(spec.bytes / 16) * 16;
      const buffer = gpu.createBuffer({
        label: spec.name,
        size,
        usage: usage(),
        mappedAtCreation: initial !== undefined,
      });
      if (initial) {
        new Uint8Array(buffer.getMappedRange()).set(
          new Uint8Array(initial.buffer, initial.byteOffset, initial.byteLength),
        );
        buffer.unmap();
      }
      made.set(spec, buffer);
      return buffer;
    },
    release(specs) {
      for (const spec of specs) {
        made.get(spec)?.destroy();
        made.delete(spec);
      }
    },
    check(what, specs) {
      const { maxBufferSize } = gpu.limits;
      const large = specs.find(({ bytes }) => bytes > maxBufferSize);
      if (large)
        throw new LimitError(
          `${what}: '${large.name}' needs ${large.bytes} bytes, and a buffer of this device holds at most ${maxBufferSize}; use a smaller batch, layer or data set`,
        );
    },
    destroy() {
      for (const buffer of made.values()) buffer.destroy();
      made.clear();
    },
  };
}
