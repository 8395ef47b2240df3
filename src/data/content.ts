// The content of files that nobody vouches for: as bytes, unpacked where gzip packed them, never larger than it says.
// Nothing large is allocated for a small file that only claims to be large. It knows no format but gzip's frame.
import { ArgumentError, DataError } from '../errors.ts';
import { kindOf } from '../options.ts';

/** The content of a file: read from a disk (a `Buffer`), fetched, or dropped on a page (a `File`). */
export type FileContent = ArrayBuffer | Uint8Array | Blob;

/** Bytes of one file, unpacked: what one buffer of a GPU holds, at most. */
export const LARGEST = 2 ** 31;

/** Deflate's best: 258 bytes for two bits. No file unpacks to more than this many times its size. */
const BEST_RATIO = 1032;

/** Bytes that are shown to `sizeOf` before the rest is unpacked. */
const HEAD = 64;

/** What is wrong with a file, in one sentence, and the cure. */
export function damaged(file: string, got: string, expected: string, cure: string): DataError {
  return new DataError(`${file}: got ${got}, expected ${expected}. ${cure}`);
}

/** What to do about a file that is not what it was. */
export const FETCH_AGAIN = 'Fetch the file again.';

/** A name for messages: that of a `File`, else `fallback`. */
export function nameOf(content: unknown, fallback: string): string {
  return typeof File !== 'undefined' && content instanceof File && content.name ? content.name : fallback;
}

/**
 * The bytes of a file, unpacked if it is gzip. `sizeOf` tells from the first bytes how many there should be; it is
 * asked before the rest is unpacked.
 */
export async function contentOf(
  content: FileContent,
  file: string,
  sizeOf?: (head: Uint8Array) => number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await bytesOf(content, file);
  if (!(bytes[0] === 0x1f && bytes[1] === 0x8b)) {
    checkSize(file, bytes.length, sizeOf?.(bytes.subarray(0, HEAD)));
    return bytes;
  }
  if (bytes.length < 18) throw damaged(file, `${bytes.length} bytes of gzip`, 'at least 18', FETCH_AGAIN);
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 4, true);
  return inflate(bytes, 'gzip', size, file, sizeOf);
}

/** The bytes of a file as they are; not copied, unless their memory is shared. */
export async function bytesOf(content: FileContent, file: string): Promise<Uint8Array<ArrayBuffer>> {
  const size = content instanceof Blob ? content.size : content?.byteLength;
  if (size > LARGEST) throw damaged(file, `${size} bytes`, `at most ${LARGEST}`, 'Take a part of it.');
  if (content instanceof ArrayBuffer) return new Uint8Array(content);
  if (content instanceof Uint8Array)
    return content.buffer instanceof ArrayBuffer
      ? new Uint8Array(content.buffer, content.byteOffset, content.length)
      : Uint8Array.from(content);
  if (!(content instanceof Blob))
    throw new ArgumentError(`${file}: got ${typeof content}, expected its content: an ArrayBuffer, Uint8Array or File`);
  try {
    return new Uint8Array(await content.arrayBuffer());
  } catch (cause) {
    throw damaged(file, `no content (${reason(cause)})`, 'a file that can be read', 'Choose it again.');
  }
}

/** Unpacks to `size` bytes, which the file declares; stops at the first byte more. */
export async function inflate(
  packed: Uint8Array<ArrayBuffer>,
  format: 'gzip' | 'deflate-raw',
  size: number,
  file: string,
  sizeOf?: (head: Uint8Array) => number,
): Promise<Uint8Array<ArrayBuffer>> {
  const most = Math.min(LARGEST, BEST_RATIO * packed.length);
  if (size > most)
    throw damaged(
      file,
      `${packed.length} packed bytes that claim to be ${size} unpacked`,
      `at most ${most}`,
      `It is truncated, or has bytes added. ${FETCH_AGAIN}`,
    );
  const bytes = allocate(size, file);
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream(format)).getReader();
  const next = () =>
    reader.read().catch((cause: unknown) => {
      throw damaged(file, `bytes that do not unpack (${reason(cause)})`, `whole ${format}`, FETCH_AGAIN);
    });
  let at = 0;
  let asked = sizeOf === undefined;
  try {
    for (let part = await next(); !part.done; part = await next()) {
      if (at + part.value.length > size)
        throw damaged(file, `more than ${size} unpacked bytes`, 'as many as it declares', FETCH_AGAIN);
      bytes.set(part.value, at);
      at += part.value.length;
      if (asked || at < HEAD) continue;
      checkSize(file, size, sizeOf?.(bytes.subarray(0, HEAD)));
      asked = true;
    }
  } finally {
    // What it would still unpack is not wanted; of an end or a failure, it says nothing new.
    reader.cancel().catch(() => undefined);
  }
  checkSize(file, at, size);
  if (!asked) checkSize(file, at, sizeOf?.(bytes.subarray(0, HEAD)));
  return bytes;
}

/** Zeros. A machine without the memory for them says so. */
export function allocate(size: number, file: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch {
    throw damaged(file, `${size} bytes`, 'as many as there is memory for', 'Take a part of it, or close other pages.');
  }
}

/** The product, if it is at most {@link LARGEST}. */
export function productOf(dimensions: readonly number[], file: string): number {
  const product = dimensions.reduce((size, length) => size * length, 1);
  if (!(product >= 1 && product <= LARGEST))
    throw damaged(
      file,
      `dimensions ${dimensions.join(' x ')}`,
      `a product of 1 to ${LARGEST}`,
      `Its header is damaged, or it holds nothing. ${FETCH_AGAIN}`,
    );
  return product;
}

/** One more than the largest label. A label of billions is none: it was read from other data. */
export function classesOf(labels: Iterable<number>, file: string): number {
  let most = 0;
  for (const label of labels) most = Math.max(most, label);
  if (Number.isInteger(most) && most < 2 ** 24) return most + 1;
  throw damaged(file, `label ${most}`, 'whole numbers from 0, below 2^24', 'Read labels from where they are.');
}

/** Labels of one byte as numbers, each below `classes`. */
export function labelsOf(labels: Uint8Array, classes: number, file: string): Uint32Array<ArrayBuffer> {
  if (!(Number.isInteger(classes) && classes >= 1))
    throw new ArgumentError(`${file}: got classes ${kindOf(classes)}, expected a whole number of at least 1`);
  const bad = labels.findIndex((label) => label >= classes);
  if (bad >= 0)
    throw damaged(
      file,
      `label ${labels[bad]} of sample ${bad}`,
      `a number in 0..${classes - 1}`,
      'Give the right number of classes, or another file of labels.',
    );
  return Uint32Array.from(labels);
}

export function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function checkSize(file: string, got: number, expected: number | undefined): void {
  if (expected === undefined || got === expected) return;
  const how = got < expected ? 'It is truncated.' : 'It has bytes added.';
  throw damaged(file, `${got} bytes`, `${expected}, as it declares`, `${how} ${FETCH_AGAIN}`);
}
