// Bytes from an address: with progress, until a signal stops them. What comes is data or a sentence about why not.
import { DataError } from '../errors.ts';
import { reason } from './content.ts';

export interface Request {
  /** For messages: which data set. */
  readonly name: string;
  /** What to do where there is no data at the address. */
  readonly cure: string;
  readonly largest: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((loadedBytes: number, totalBytes: number | undefined) => void) | undefined;
}

/** Throws `DataError`, or the signal's reason. */
export async function download(url: string, request: Request): Promise<Uint8Array<ArrayBuffer>> {
  const { name, cure, largest, signal, onProgress } = request;
  const refuse = (what: string) => new DataError(`${name}: ${url}: ${what}. ${cure}`);
  const failed = (cause: unknown): never => {
    signal?.throwIfAborted();
    throw refuse(
      `cannot be downloaded (${reason(cause)}): you are offline, or its server lets no page of another site read it (CORS)`,
    );
  };
  signal?.throwIfAborted();
  const response = await fetch(url, signal ? { signal } : {}).catch(failed);
  const reader = response.body?.getReader();
  const parts: Uint8Array[] = [];
  let loaded = 0;
  try {
    if (!response.ok) throw refuse(`got HTTP status ${response.status}, expected the file`);
    if (response.headers.get('content-type')?.includes('text/html')) throw refuse('got a web page, expected data');
    // Of what is packed for the transfer alone, the header counts other bytes than those that come.
    const announced = response.headers.has('content-encoding') ? 0 : Number(response.headers.get('content-length'));
    for (;;) {
      const part = await reader?.read().catch(failed);
      if (!part || part.done) break;
      if (loaded === 0 && isPage(part.value)) throw refuse('got a web page, expected data');
      loaded += part.value.length;
      if (Math.max(loaded, announced) > largest)
        throw refuse(`got ${Math.max(loaded, announced)} bytes or more, expected at most ${largest}`);
      parts.push(part.value);
      onProgress?.(loaded, announced >= loaded ? announced : undefined);
    }
    signal?.throwIfAborted();
  } finally {
    reader?.cancel().catch(() => undefined);
  }
  const bytes = new Uint8Array(loaded);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Servers send pages in place of files with all sorts of headers. */
function isPage(bytes: Uint8Array): boolean {
  return /^\s*<(?:!doctype|html|head|body)\b/i.test(String.fromCharCode(...bytes.subarray(0, 64)));
}
