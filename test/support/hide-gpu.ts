// Hides what the browser has, before anything looks for it.
const gpu = self.name === 'WebGPU' ? undefined : { requestAdapter: async () => null };
Object.defineProperty(navigator, 'gpu', { value: gpu });
