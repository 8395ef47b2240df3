// The demo's worker where nothing can be kept, or all room is taken: by the worker's name.
Object.defineProperty(navigator, 'storage', {
  value:
    self.name === 'full'
      ? { getDirectory: () => Promise.reject(new DOMException('no room', 'QuotaExceededError')) }
      : undefined,
});
await import('../../demo/worker.ts');

export {};
