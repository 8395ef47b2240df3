// Opens a WebGPU device and says what went wrong with it. Not here: what is run on it.
import { ArgumentError, DeviceError, UnsupportedError } from '../errors.ts';
import { kindOf } from '../options.ts';

/** Where the device comes from; `navigator.gpu` by default. */
export interface DeviceSource {
  /** A WebGPU implementation, such as Dawn's in Node. */
  readonly gpu?: GPU;
  /** An adapter that has given no device yet: each gives one. */
  readonly adapter?: GPUAdapter;
  /** A device of the caller's own; it stays his to destroy. */
  readonly device?: GPUDevice;
}

export interface Device {
  readonly gpu: GPUDevice;
  /** The adapter's name, for people. */
  readonly name: string;
  /** It has no graphics card: the processor computes. */
  readonly software: boolean;
  /** Throws DeviceError once the device is lost or has refused a command. */
  readonly check: () => void;
  /** Resolves with the reason when the device is lost, or destroyed here. */
  readonly lost: Promise<DeviceError>;
  /** Whether it was lost, and not destroyed here. */
  readonly isLost: () => boolean;
  /** The same; after a failure, the news of it may take a moment. */
  readonly wasLost: (failed: boolean) => Promise<boolean>;
  /** Opens another one, where the source can give more than one. */
  readonly reopen?: () => Promise<Device>;
  readonly destroy: () => void;
}

/** Milliseconds in which the loss of a device is told, after the commands that failed by it. */
const NEWS = 100;

/** Limits asked for where the adapter has more than WebGPU's defaults. */
const WANTED = ['maxBufferSize', 'maxStorageBufferBindingSize'] as const;

/** Features asked for where the adapter has them. */
const WELCOME = ['subgroups', 'timestamp-query'] as const;

/** Throws UnsupportedError where there is no WebGPU, no adapter, or no device. */
export async function openDevice(source: DeviceSource): Promise<Device> {
  const { device } = source;
  if (device) return wrap(device, device.adapterInfo, () => undefined);
  const adapter = source.adapter ?? (await requestAdapter(source.gpu));
  const requiredLimits = Object.fromEntries(WANTED.map((name) => [name, adapter.limits[name]]));
  const requiredFeatures = WELCOME.filter((name) => adapter.features.has(name));
  try {
    const opened = await adapter.requestDevice({ requiredLimits, requiredFeatures });
    const device = wrap(opened, adapter.info, () => opened.destroy());
    return source.adapter ? device : { ...device, reopen: () => openDevice(source) };
  } catch (error) {
    throw new UnsupportedError(
      `createEngine: the adapter ${describe(adapter.info)} gave no device (${error instanceof Error ? error.message : String(error)}); an adapter gives one device: request a new adapter, or pass the device itself`,
    );
  }
}

async function requestAdapter(given: GPU | undefined): Promise<GPUAdapter> {
  const gpu = given ?? (globalThis.navigator as Navigator | undefined)?.gpu;
  if (!gpu)
    throw new UnsupportedError(
      'createEngine: there is no WebGPU here (navigator.gpu is missing); use a browser that has it, on https or localhost, or pass { gpu }, { adapter } or { device }',
    );
  if (typeof (gpu as Partial<GPU>).requestAdapter !== 'function')
    throw new ArgumentError(
      `createEngine: gpu must be a WebGPU implementation, such as navigator.gpu, got ${kindOf(gpu)}; a promise is awaited first`,
    );
  const adapter = await gpu.requestAdapter();
  if (!adapter)
    throw new UnsupportedError(
      'createEngine: WebGPU found no adapter (requestAdapter() gave null); update the graphics driver, or turn on hardware acceleration in the browser',
    );
  return adapter;
}

function describe(info: GPUAdapterInfo | undefined): string {
  const parts = [info?.vendor, info?.architecture, info?.device, info?.description];
  return [...new Set(parts.filter((part) => part))].join(' ') || 'unnamed adapter';
}

function wrap(gpu: GPUDevice, info: GPUAdapterInfo | undefined, destroyDevice: () => void): Device {
  let failure: DeviceError | null = null;
  let isLost = false;
  let isDestroyed = false;
  let report: (error: DeviceError) => void = () => undefined;
  const lost = new Promise<DeviceError>((resolve) => {
    report = resolve;
  });
  const fail = (message: string) => {
    failure ??= new DeviceError(message);
    return failure;
  };
  const refused = ({ error }: GPUUncapturedErrorEvent) => {
    fail(`the GPU refused a command: ${error.message}`);
  };
  gpu.addEventListener('uncapturederror', refused);
  void gpu.lost.then(({ message }) => {
    isLost = !isDestroyed;
    // What failed before is a part of the loss: commands fail before it is told.
    if (isLost) failure = null;
    report(fail(`the GPU device was lost (${message || 'no reason given'}); create a new engine`));
  });
  return {
    gpu,
    name: describe(info),
    software: info?.isFallbackAdapter === true,
    check() {
      if (failure) throw failure;
    },
    lost,
    isLost: () => isLost,
    async wasLost(failed) {
      if (failed && !isLost) await Promise.race([lost, new Promise((resolve) => setTimeout(resolve, NEWS))]);
      return isLost;
    },
    destroy() {
      isDestroyed = true;
      report(fail('the engine was destroyed; create a new one'));
      gpu.removeEventListener('uncapturederror', refused);
      destroyDevice();
    },
  };
}
