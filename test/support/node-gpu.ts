// WebGPU in Node: the machine's own GPU, or the software driver inside an npm package; and Dawn's null backend, which
// compiles and validates but computes nothing. A missing adapter is an error, never a reason to skip.
import { constants } from 'node:os';
import { create, globals } from 'webgpu';
import { unpack } from './software-gpu.ts';

// Dawn crashes when the object that create() returned is collected while one of its devices lives, so each is pinned
// here for the life of the process, and shared by all test files that run in it.
const pinned = globalThis as typeof globalThis & { dawn?: Map<string, GPU> };
pinned.dawn ??= new Map();
Object.assign(globalThis, globals);

/**
 * A fresh adapter; each opens one device.
 * TEST_GPU = auto (default: the system's GPU, else SwiftShader) | system | swiftshader.
 * TEST_LIMITS = default: an adapter with no more than every adapter has.
 * Throws if there is none.
 */
export async function getAdapter(): Promise<GPUAdapter> {
  const want = process.env.TEST_GPU ?? 'auto';
  if (!['auto', 'system', 'swiftshader'].includes(want))
    throw new Error(`TEST_GPU is '${want}'; it must be auto, system or swiftshader.`);
  process.env.NODEVICE_SELECT ??= '1'; // or Mesa's device-select layer complains that there is no display

  let adapter = want === 'swiftshader' ? null : await request('system', []);
  if (!adapter && want !== 'system' && loadSwiftShader()) adapter = await request('swiftshader', []);
  if (adapter) return process.env.TEST_LIMITS === 'default' ? clamped(adapter) : adapter;
  throw new Error(
    `No WebGPU adapter for TEST_GPU=${want} on ${process.platform}-${process.arch}: these tests need a GPU with a ` +
      'Vulkan, Metal or D3D12 driver, or Linux x64 with the npm package @sparticuz/chromium, which brings a software one.',
  );
}

/** The adapter without features, and with the limits of a device that asked for none. */
async function clamped(adapter: GPUAdapter): Promise<GPUAdapter> {
  const device = await (await nullAdapter()).requestDevice();
  const { limits } = device;
  device.destroy();
  return new Proxy(adapter, {
    get(target, key) {
      if (key === 'limits') return limits;
      if (key === 'features') return new Set();
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** An adapter of Dawn's null backend: validates and compiles like a real one, needs no driver, computes nothing. */
export async function nullAdapter(): Promise<GPUAdapter> {
  const adapter = await request('null', ['backend=null']);
  if (adapter) return adapter;
  throw new Error("Dawn's null backend gave no adapter: is the npm package webgpu complete?");
}

/** One line that names an adapter: vendor, architecture, device, description. */
export function adapterName({ info }: GPUAdapter): string {
  return [info.vendor, info.architecture, info.device, info.description].filter(Boolean).join(' / ') || 'unnamed';
}

async function request(key: string, options: string[]): Promise<GPUAdapter | null> {
  const gpu = pinned.dawn?.get(key) ?? create(options);
  const adapter = await gpu.requestAdapter();
  if (adapter) pinned.dawn?.set(key, gpu);
  return adapter;
}

/** Makes Dawn's later dlopen("libvulkan.so.1") find the loader that comes with the driver. */
function loadSwiftShader(): boolean {
  const folder = unpack('swiftshader');
  if (!folder) return false;
  process.env.VK_DRIVER_FILES = process.env.VK_ICD_FILENAMES = `${folder}/vk_swiftshader_icd.json`;
  const RTLD_NODELETE = 0x1000;
  try {
    process.dlopen({ exports: {} }, `${folder}/libvulkan.so.1`, constants.dlopen.RTLD_NOW | RTLD_NODELETE);
  } catch {
    // Always: the loader is no Node addon ("did not self-register"). It stays mapped all the same.
  }
  return true;
}
