// WebGPU whose device can be taken away, for those who want to see a run survive that.
import type { EngineOptions } from '../src/index.ts';

type Source = NonNullable<EngineOptions['gpu']>;
type Adapter = NonNullable<Awaited<ReturnType<Source['requestAdapter']>>>;
type Device = Awaited<ReturnType<Adapter['requestDevice']>>;

export interface Losable {
  /** Undefined where there is no WebGPU. */
  readonly gpu: Source | undefined;
  /** As when a driver is reset: the device that was opened last is gone. */
  readonly lose: () => void;
}

export function createLosable(): Losable {
  const real = (navigator as Partial<Navigator>).gpu;
  let last: Device | null = null;
  const gpu = real && {
    async requestAdapter(...options: Parameters<Source['requestAdapter']>) {
      const adapter = await real.requestAdapter(...options);
      const request = adapter?.requestDevice.bind(adapter);
      if (adapter && request)
        adapter.requestDevice = async (descriptor) => {
          last = await request(descriptor);
          return last;
        };
      return adapter;
    },
  };
  return { gpu: gpu as Source | undefined, lose: () => last?.destroy() };
}
