// The worker's data sets: the last that was loaded, and the visitor's own, which nobody could load again.
import { ArgumentError } from '../src/index.ts';
import { type DataName, dataSets, type Sets } from './choices.ts';
import { type LoadOptions, loadSets } from './datasets.ts';
import type { NamedFile } from './ownparts.ts';

export interface Library {
  /** It can be had without a download. */
  readonly has: (name: DataName) => boolean;
  /** Throws as loadSets; ArgumentError while the visitor's own are not there. */
  readonly get: (name: DataName, onLoad?: LoadOptions['onLoad']) => Promise<Sets>;
  /** Files in place of those before, which stay if it throws, as readFiles does. */
  readonly take: (files: readonly NamedFile[], onLoad?: LoadOptions['onLoad']) => Promise<Sets>;
  /** Ends a download. */
  readonly cancel: () => void;
}

interface Entry {
  readonly name: DataName;
  readonly sets: Promise<Sets>;
  readonly abort: AbortController;
  isLoaded: boolean;
}

export function createLibrary(): Library {
  let last: Entry | null = null;
  let own: Promise<Sets> | null = null;

  function cancel(): void {
    if (last && !last.isLoaded) {
      last.abort.abort();
      last = null;
    }
  }

  return {
    has: (name) =>
      name === 'files' ? own !== null : !('home' in dataSets[name]) || (last?.name === name && last.isLoaded),
    async get(name, onLoad) {
      if (name === 'files') {
        if (own) return own;
        throw new ArgumentError(
          'Your files are not here: a link, a saved run or a page that was loaded anew has none. Choose them below “Data set” or drop them on the page; then train, or go on with the saved run.',
        );
      }
      if (last?.name === name) return last.sets;
      cancel();
      const abort = new AbortController();
      const entry = { name, abort, isLoaded: false, sets: loadSets(name, { onLoad, signal: abort.signal }) };
      last = entry;
      try {
        const sets = await entry.sets;
        entry.isLoaded = true;
        return sets;
      } catch (error) {
        if (last === entry) last = null;
        throw error;
      }
    },
    take(files, onLoad) {
      const before = own;
      const taken = read(files, onLoad);
      const next = taken.catch((error: unknown) => before ?? Promise.reject(error));
      own = next;
      next.catch(() => {
        if (own === next) own = null;
      });
      return taken;
    },
    cancel,
  };
}

async function read(files: readonly NamedFile[], onLoad: LoadOptions['onLoad']): Promise<Sets> {
  // Most visitors bring none: what reads them is loaded when it is needed.
  const { readFiles } = await import('./ownfiles.ts');
  const sets = await readFiles(files, { onLoad });
  return { ...sets, print: await printOf(sets) };
}

/** The same for the same samples and labels, in the same order. */
async function printOf({ train, test }: Sets): Promise<string> {
  const parts: Uint8Array[] = [new TextEncoder().encode(JSON.stringify([train.shape, train.classes]))];
  for (const array of [train.x, train.y, test.x, test.y])
    parts.push(new Uint8Array(await crypto.subtle.digest('SHA-256', array)));
  const digest = new Uint8Array(
    await crypto.subtle.digest('SHA-256', await new Blob(parts as BlobPart[]).arrayBuffer()),
  );
  return Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
