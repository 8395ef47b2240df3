// One saved run, kept in the browser past a reload: in the origin's private files, in a worker. Where there are none, or
// no room, nothing is kept, and nobody hears of it: the run itself goes on.

const NAME = 'run.safetensors';

export interface Store {
  /** In place of what was kept before, all at once: half a file is never kept. */
  readonly write: (file: Uint8Array<ArrayBuffer>) => Promise<void>;
  /** Null if nothing is kept. */
  readonly read: () => Promise<Uint8Array<ArrayBuffer> | null>;
  readonly clear: () => Promise<void>;
}

export function createStore(): Store {
  const folder = async () => navigator.storage.getDirectory();
  let queue: Promise<unknown> = Promise.resolve();
  // One after the other: the last that was asked for must be the last that is written.
  const inTurn = (work: () => Promise<void>) => {
    queue = queue.then(work).catch(() => undefined);
    return queue as Promise<void>;
  };
  return {
    write: (file) =>
      inTurn(async () => {
        const handle = await (await folder()).getFileHandle(NAME, { create: true });
        const stream = await handle.createWritable();
        try {
          await stream.write(file);
        } catch (error) {
          await stream.abort();
          throw error;
        }
        // Only now is the file replaced.
        await stream.close();
      }),
    async read() {
      try {
        const file = await (await (await folder()).getFileHandle(NAME)).getFile();
        return new Uint8Array(await file.arrayBuffer());
      } catch {
        return null;
      }
    },
    clear: () => inTurn(async () => (await folder()).removeEntry(NAME)),
  };
}
