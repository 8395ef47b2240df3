// How many bytes come out of the platform's DecompressionStream while something runs.
import { vi } from 'vitest';

export async function countUnpacked(run: () => Promise<unknown>): Promise<number> {
  let unpacked = 0;
  const Platform = DecompressionStream;
  const Counting = class {
    readonly readable: ReadableStream<Uint8Array>;
    readonly writable: WritableStream<BufferSource>;
    constructor(format: CompressionFormat) {
      const { readable, writable } = new Platform(format);
      this.writable = writable;
      const count = new TransformStream<Uint8Array, Uint8Array>({
        transform(part, controller) {
          unpacked += part.length;
          controller.enqueue(part);
        },
      });
      this.readable = readable.pipeThrough(count);
    }
  };
  vi.stubGlobal('DecompressionStream', Counting);
  try {
    await run();
    await new Promise((resolve) => setTimeout(resolve, 50)); // what goes on after the refusal counts
    return unpacked;
  } finally {
    vi.unstubAllGlobals();
  }
}
