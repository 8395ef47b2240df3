/**
 * WebGPU in Node, from the optional peer dependency `webgpu` (Dawn). It brings no driver.
 * @module rectigrad/node
 */
import { UnsupportedError } from './errors.ts';
import type { DeviceSource } from './gpu/device.ts';

type Gpu = NonNullable<DeviceSource['gpu']>;

// Dawn crashes when the object that create() returned is collected while one of its devices lives. So it is pinned to
// the process, under a symbol that every copy of this module shares.
const PIN = Symbol.for('rectigrad.dawn');

/**
 * WebGPU for `createEngine({ gpu: await gpu() })` in Node, on the machine's own graphics card where it has one.
 *
 * Defines WebGPU's constants (its buffer usages and so on) as globals, as browsers do; the same object at every call.
 * Throws UnsupportedError where the package `webgpu` is not installed, does not load, or finds no adapter.
 */
export async function gpu(): Promise<Gpu> {
  const pinned = globalThis as typeof globalThis & { [PIN]?: Gpu };
  const dawn = pinned[PIN] ?? (await load());
  if (!(await dawn.requestAdapter()))
    throw new UnsupportedError(
      `gpu: Dawn found no adapter on ${process.platform}-${process.arch}; install or update the graphics driver (on Linux one for Vulkan, with its loader libvulkan.so.1)`,
    );
  pinned[PIN] = dawn;
  return dawn;
}

async function load(): Promise<Gpu> {
  try {
    const { create, globals } = await import('webgpu');
    Object.assign(globalThis, globals);
    return create([]);
  } catch (cause) {
    const missing = (cause as { readonly code?: string }).code === 'ERR_MODULE_NOT_FOUND';
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UnsupportedError(
      missing
        ? "gpu: the package 'webgpu', which brings WebGPU to Node, is not installed; run `npm install webgpu`"
        : `gpu: the package 'webgpu' does not load on ${process.platform}-${process.arch} (${reason}); install it again, or a version that supports this machine`,
    );
  }
}
