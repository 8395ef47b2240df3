// The demo's worker with a network of the test's own: what becomes of a download is the worker's name. It tells the channel
// `downloads` of each.
const told = new BroadcastChannel('downloads');
const real = globalThis.fetch;

/** IDX. */
function idx(dimensions: readonly number[]): Uint8Array<ArrayBuffer> {
  const size = dimensions.reduce((product, length) => product * length, 1);
  const bytes = new Uint8Array(4 + 4 * dimensions.length + size);
  bytes.set([0, 0, 8, dimensions.length]);
  for (const [index, length] of dimensions.entries()) new DataView(bytes.buffer).setUint32(4 + 4 * index, length);
  // Label i % 10; image i has its ink where its label says.
  const image = size / (dimensions[0] ?? 1);
  for (let sample = 0; sample < (dimensions[0] ?? 0); sample++)
    if (image === 1) bytes[8 + sample] = sample % 10;
    else bytes.fill(255, 16 + sample * image + 70 * (sample % 10), 16 + sample * image + 70 * (sample % 10) + 70);
  return bytes;
}

function answer(url: string, signal: AbortSignal | null | undefined): Response | Promise<never> {
  const count = url.includes('t10k') ? 40 : 200;
  const file = idx(url.includes('idx3') ? [count, 28, 28] : [count]);
  switch (self.name) {
    case 'offline':
      return Promise.reject(new TypeError('Failed to fetch'));
    case 'page':
      return new Response('<!DOCTYPE html>Welcome to the hotel', { headers: { 'content-type': 'text/plain' } });
    case 'gone':
      return new Response('', { status: 404 });
    case 'truncated':
      return new Response(file.slice(0, -3));
    case 'slow': {
      const stream = new ReadableStream({
        start(controller) {
          controller.enqueue(new Uint8Array(1_500_000));
          signal?.addEventListener('abort', () => {
            told.postMessage('cancelled');
            controller.error(signal.reason);
          });
        },
      });
      return new Response(stream);
    }
    default:
      return new Response(file);
  }
}

globalThis.fetch = async (input, init) => {
  const url = String(input instanceof Request ? input.url : input);
  if (!url.startsWith('https://')) return real(input, init);
  told.postMessage(url);
  return answer(url, init?.signal);
};
await import('../../demo/worker.ts');

export {};
