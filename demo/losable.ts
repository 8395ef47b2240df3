// WebGPU whose device can be taken away, for those who want to see a run survive that.

export interface Losable {
  /** Undefined where there is no WebGPU. */
  readonly gpu: GPU | undefined;
  /** As when a driver is reset: the device that was opened last is gone. */
  readonly lose: () => void;
}

export function createLosable(): Losable {
  const real = (navigator as Partial<Navigator>).gpu;
  let last: GPUDevice | null = null;
  const gpu = real && {
    async requestAdapter(options?: GPURequestAdapterOptions) {
      const adapter = await real.requestAdapter(options);
      const request = adapter?.requestDevice.bind(adapter);
      if (adapter && request)
        adapter.requestDevice = async (descriptor) => {
          last = await request(descriptor);
          return last;
        };
      return adapter;
    },
  };
  return { gpu: gpu as GPU | undefined, lose: () => last?.destroy() };
}
