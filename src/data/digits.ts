// Handwritten digits: the test set of "Optical Recognition of Handwritten Digits", 1,797 grey images of 8 x 8.
//   E. Alpaydin and C. Kaynak, 1998, UCI Machine Learning Repository, https://doi.org/10.24432/C50P49
//   License: CC BY 4.0, https://creativecommons.org/licenses/by/4.0/. Changed: order, packing, scale.
//
// digits.bin: gzip of 1797 * 64 uint8 pixels 0..16 (sample, row, column), then 1797 uint8 labels. The samples lie
// in the order of the split (numpy.random.RandomState(0).permutation(1797)), so that no list of indices is needed.
import { DataError } from '../errors.ts';
import { dataset, type FloatDataset, split } from './dataset.ts';

const COUNT = 1797;
const TRAIN = 1437;
const PIXELS = 64;
const LEVELS = 16;
const FILE_BYTES = 43_771;
/** The CRC-32 of the unpacked bytes, which gzip keeps in the last eight bytes of the file. */
const CHECKSUM = 0xc3210e79;

/** The credit that CC BY 4.0 asks to be shown with the data. */
export const digitsAttribution =
  'Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, 1998, UCI Machine Learning Repository, ' +
  'https://doi.org/10.24432/C50P49, CC BY 4.0';

/**
 * Handwritten digits 0 to 9, loaded when called: 1437 images for training and 360 for testing, always the same.
 *
 * `x`: `[count, 64]`, rows of 8 x 8 images, 0 (paper) to 1 (ink). `y`: labels 0..9.
 *
 * Throws `DataError` if the file cannot be read, or is not the one that this version was built with.
 * Source: Alpaydin and Kaynak 1998, https://doi.org/10.24432/C50P49 (see `digitsAttribution`).
 */
export async function digits(): Promise<{ train: FloatDataset; test: FloatDataset }> {
  // `no-inline` keeps the file out of the script when Vite builds the library; it means nothing elsewhere.
  return decodeDigits(await read(new URL('./digits.bin?no-inline', import.meta.url)));
}

/** The content of digits.bin → the two sets. Throws `DataError` if `file` is truncated or damaged. */
export async function decodeDigits(
  file: Uint8Array<ArrayBuffer>,
): Promise<{ train: FloatDataset; test: FloatDataset }> {
  if (file.length !== FILE_BYTES) throw damaged(`${file.length} bytes`, `${FILE_BYTES}`);
  const checksum = new DataView(file.buffer, file.byteOffset).getUint32(FILE_BYTES - 8, true);
  if (checksum !== CHECKSUM) throw damaged(`checksum ${hex(checksum)}`, hex(CHECKSUM));
  const bytes = await gunzip(file);
  const all = dataset({
    name: 'digits',
    shape: [PIXELS],
    x: Float32Array.from(bytes.subarray(0, COUNT * PIXELS), (level) => level / LEVELS),
    y: Uint32Array.from(bytes.subarray(COUNT * PIXELS)),
    classes: 10,
  });
  return split(all, TRAIN);
}

async function read(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  try {
    if (url.protocol === 'file:') {
      // Not an import: bundlers for the page would follow it.
      return new Uint8Array(await process.getBuiltinModule('node:fs/promises').readFile(url));
    }
    const response = await fetch(url);
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw new DataError(
      `digits: cannot read ${url.href}: ${reason(cause)}. Serve digits.bin beside the script that loads it.`,
    );
  }
}

/** Compares the unpacked bytes with their checksum, as DecompressionStream must. */
async function gunzip(file: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  try {
    const stream = new Blob([file]).stream().pipeThrough(new DecompressionStream('gzip'));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (cause) {
    throw damaged(`bytes that do not unpack (${reason(cause)})`, `gzip with checksum ${hex(CHECKSUM)}`);
  }
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}

function damaged(got: string, expected: string): DataError {
  return new DataError(`digits: digits.bin is damaged: got ${got}, expected ${expected}. Fetch or install it again.`);
}
