// The files of a public data set: those that are given, else from the cache of the browser, else from their home.
import { ArgumentError, DataError } from '../errors.ts';
import { checkKeys } from '../options.ts';
import { type FileContent, nameOf } from './content.ts';
import { download } from './download.ts';
import type { Home } from './homes.ts';

/** What the loaders of public data sets take. */
export interface LoadOptions {
  /** The address of a folder with the files, under the names they were published by. Default their public home. */
  readonly url?: string;
  /**
   * The files themselves: dropped on the page, chosen, or read from a disk. Known by their names (packed or not, in any
   * folder), or by the keys of a record; a list without names is taken in order: images and labels for training, then for testing
   * (CIFAR-10: batches 1 to 5, then the test batch). Nothing is downloaded.
   */
  readonly files?: Iterable<FileContent> | Readonly<Record<string, FileContent>>;
  /** Called as bytes come in, for each file; `totalBytes` is undefined where the server does not tell. */
  readonly onProgress?: (loadedBytes: number, totalBytes: number | undefined, file: string) => void;
  /** Cancels: the loader rejects with the signal's reason, and nothing is left in the cache. */
  readonly signal?: AbortSignal;
  /** Keep downloads in the browser's cache (Cache API, `rectigrad-data`), and look there first. Default true. */
  readonly cache?: boolean;
}

const CACHE = 'rectigrad-data';

/** Throws ArgumentError for names that it does not know. */
export function checkLoad({ name }: Home, options: LoadOptions): void {
  checkKeys(name, options, { url: 1, files: 1, onProgress: 1, signal: 1, cache: 1 });
}

/** Gets the files of `home` and has them parsed. What could not be parsed is not kept. */
export async function load<T>(
  home: Home,
  options: LoadOptions,
  parse: (files: readonly FileContent[]) => Promise<T>,
): Promise<T> {
  checkLoad(home, options);
  const { signal } = options;
  signal?.throwIfAborted();
  if (options.files) {
    const result = await parse(need(home, options.files, home.files));
    signal?.throwIfAborted();
    return result;
  }
  const cache = options.cache === false || typeof caches === 'undefined' ? undefined : await open();
  const base = options.url ?? home.url;
  const urls = home.files.map((file) => `${base}${base.endsWith('/') ? '' : '/'}${file}`);
  const kept = await Promise.all(urls.map(lookUp));
  let files = await fetched();
  let result: T;
  try {
    result = await parse(files);
  } catch (error) {
    if (!(error instanceof DataError) || !kept.some(Boolean)) throw error;
    // What the cache held may be spoilt; the network has the last word.
    await drop(urls);
    kept.fill(undefined);
    files = await fetched();
    result = await parse(files);
  }
  signal?.throwIfAborted();
  const fresh = files.flatMap((file, index) => (kept[index] ? [] : [{ url: urls[index] ?? '', file }]));
  // A full disk or a private window: what cannot be kept is fetched again next time.
  for (const { url, file } of cache ? fresh : []) await cache?.put(url, new Response(file)).catch(() => undefined);
  if (signal?.aborted) await drop(fresh.map(({ url }) => url));
  signal?.throwIfAborted();
  return result;

  /** Those that are not kept, and those that are. */
  async function fetched(): Promise<readonly Uint8Array<ArrayBuffer>[]> {
    // One failure ends the other downloads.
    const others = new AbortController();
    const either = signal ? AbortSignal.any([signal, others.signal]) : others.signal;
    const fetchOne = async (url: string, index: number): Promise<Uint8Array<ArrayBuffer>> => {
      const file = home.files[index] ?? '';
      const bytes = kept[index];
      if (bytes) {
        options.onProgress?.(bytes.length, bytes.length, file);
        return bytes;
      }
      return download(url, {
        name: home.name,
        cure: cureOf(home, options, file),
        largest: home.largest,
        signal: either,
        onProgress: options.onProgress && ((loaded, total) => options.onProgress?.(loaded, total, file)),
      });
    };
    return Promise.all(urls.map(fetchOne)).catch((error: unknown) => {
      others.abort();
      throw error;
    });
  }

  async function lookUp(url: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const read = async () => {
      const found = await cache?.match(url);
      return found && new Uint8Array(await found.arrayBuffer());
    };
    return read().catch(() => undefined);
  }

  async function drop(list: readonly string[]): Promise<void> {
    for (const url of list) await cache?.delete(url).catch(() => false);
  }
}

/** The contents for `names`, in their order. Throws `DataError` for those that are missing. */
export function need(
  { name }: Home,
  files: NonNullable<LoadOptions['files']>,
  names: readonly string[],
): readonly FileContent[] {
  const given = named(files);
  if (given.every(([key]) => key === '') && given.length === names.length) return given.map(([, content]) => content);
  const byName = new Map(given.map(([key, content]) => [plain(key), content]));
  const missing = names.filter((file) => !byName.has(plain(file)));
  if (missing.length > 0) {
    const got = given.map(([key]) => key || 'one without a name').join(', ') || 'none';
    throw new DataError(
      `${name}: got the files ${got.slice(0, 400)}; ${missing.join(', ')} missing. Add them to files.`,
    );
  }
  return names.flatMap((file) => byName.get(plain(file)) ?? []);
}

/** Contents with their names, empty where there is none. */
export function named(files: NonNullable<LoadOptions['files']>): readonly (readonly [string, FileContent])[] {
  if (typeof files !== 'object' || files instanceof ArrayBuffer || ArrayBuffer.isView(files) || files instanceof Blob)
    throw new ArgumentError('files must be a list of files, or a record of them by their names');
  // A `FileList` is no array.
  if (Symbol.iterator in files) return Array.from(files as Iterable<FileContent>, (file) => [nameOf(file, ''), file]);
  return Object.entries(files);
}

/** A name as published: without folders, packing, a browser's `(1)`, and with `-` where some put a dot. */
function plain(name: string): string {
  return name
    .replace(/^.*[/\\]/, '')
    .replace(/ ?\(\d+\)/, '')
    .replace(/\.gz$/, '')
    .replace('.idx', '-idx')
    .toLowerCase();
}

function cureOf({ cors }: Home, { url }: LoadOptions, file: string): string {
  const known = url === undefined && cors !== 'yes' ? ' (whether its home lets pages read it is not known)' : '';
  return `Download ${file} by hand${known} and pass it: { files: [...] }, or name another folder: { url }.`;
}

async function open(): Promise<Cache | undefined> {
  try {
    return await caches.open(CACHE);
  } catch {
    return undefined; // a page that may keep nothing
  }
}
