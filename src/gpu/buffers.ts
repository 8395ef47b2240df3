// Buffer specs → GPU buffers, shared by all plans of the device that bind them. A buffer is made, with its initial
// contents, for the first plan, and freed with the last; a durable one stays until nothing refers to its spec.
import { DeviceError, LimitError } from '../errors.ts';
import type { BufferSpec } from '../graph/tensor.ts';
import type { Device } from './device.ts';

export interface Buffers {
  /** Throws DeviceError if no plan that binds it is built. */
  readonly get: (spec: BufferSpec) => GPUBuffer;
  /**
   * Makes those that are not there. `free` gives all of them back; `undo`, of a plan that failed, forgets durable ones, too,
   * that no plan has run with: they may be invalid. Throws before anything is made, or undoes it.
   */
  readonly use: (specs: readonly BufferSpec[]) => { readonly free: () => void; readonly undo: () => void };
  readonly destroy: () => void;
}

/** All buffers may be bound, written by the host and read back; the uniform usage costs nothing. */
const usage = () => GPUBufferUsage.STORAGE | GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

export function createBuffers({ gpu }: Device): Buffers {
  const made = new WeakMap<BufferSpec, GPUBuffer>();
  const users = new WeakMap<BufferSpec, number>();
  /** Of plans that were built: if durable, their contents stay. */
  const good = new WeakSet<BufferSpec>();
  const all = new Set<WeakRef<GPUBuffer>>();

  function make(spec: BufferSpec, initial: ReturnType<NonNullable<BufferSpec['initial']>> | undefined): void {
    const size = Math.ceil(spec.bytes / 16) * 16;
    const buffer = gpu.createBuffer({
      label: spec.name,
      size,
      usage: usage(),
      mappedAtCreation: initial !== undefined,
    });
    made.set(spec, buffer);
    for (const ref of all) if (!ref.deref()) all.delete(ref);
    all.add(new WeakRef(buffer));
    if (!initial) return;
    const bytes = new Uint8Array(initial.buffer, initial.byteOffset, initial.byteLength);
    new Uint8Array(buffer.getMappedRange()).set(bytes);
    buffer.unmap();
  }

  function drop(spec: BufferSpec): void {
    const left = (users.get(spec) ?? 1) - 1;
    users.set(spec, left);
    if (left > 0 || (spec.durable && good.has(spec))) return;
    made.get(spec)?.destroy();
    made.delete(spec);
  }

  return {
    get(spec) {
      const buffer = made.get(spec);
      if (!buffer) throw new DeviceError(`'${spec.name}' is not on the GPU: what it belonged to was destroyed`);
      return buffer;
    },
    use(specs) {
      const missing = specs.filter((spec) => !made.has(spec));
      // Initial values may fail, too: they come before anything is made.
      const contents = missing.map(({ initial }) => initial?.());
      for (const spec of specs) users.set(spec, (users.get(spec) ?? 0) + 1);
      const undo = () => {
        for (const spec of specs) drop(spec);
      };
      const free = () => {
        for (const spec of specs) good.add(spec);
        undo();
      };
      try {
        for (const [index, spec] of missing.entries()) make(spec, contents[index]);
      } catch (error) {
        undo();
        throw new LimitError(
          `compile: the device made no buffer (${error instanceof Error ? error.message : String(error)}); use a smaller batch, layer or data set`,
        );
      }
      return { free, undo };
    },
    destroy() {
      for (const ref of all) ref.deref()?.destroy();
      all.clear();
    },
  };
}
