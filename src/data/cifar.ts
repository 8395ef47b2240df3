// CIFAR's binary version: per image its labels, a byte each, then 32 x 32 bytes of red, of green and of blue.
//   Source: A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009,
//   https://www.cs.toronto.edu/~kriz/cifar.html
import { checkKeys } from '../options.ts';
import { allocate, contentOf, damaged, FETCH_AGAIN, type FileContent, LARGEST, labelsOf, nameOf } from './content.ts';
import { type ByteDataset, dataset } from './dataset.ts';

/** What {@link fromCifar10} takes beside its files. */
export interface CifarOptions {
  /** For messages and reports. Default `'cifar-10'` or `'cifar-100'`. */
  readonly name?: string;
  /** What one level of a byte is worth. Default 1/255: 0 to 1. */
  readonly scale?: number;
}

/** What {@link fromCifar100} takes beside its files. */
export interface Cifar100Options extends CifarOptions {
  /** Label with the 20 groups of classes instead of the 100 classes. Default false. */
  readonly coarse?: boolean;
}

const SIDE = 32;
const PLANE = SIDE * SIDE;
const PIXELS = 3 * PLANE;

/**
 * The binary version of CIFAR-10, of one file (`data_batch_1.bin`) or several in order, as they are or packed by gzip.
 *
 * `x`: bytes `[count, 32, 32, 3]`, red, green, blue, worth byte * `scale`. `y`: labels 0..9.
 *
 * Throws `DataError` for a file that is truncated or something else, and for a label out of range; `ArgumentError` for
 * a scale that is not above 0. Source: Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html.
 */
export async function fromCifar10(
  files: FileContent | readonly FileContent[],
  options: CifarOptions = {},
): Promise<ByteDataset> {
  checkKeys('fromCifar10', options, { name: 1, scale: 1 });
  return cifar(filesOf(files, 'cifar-10'), { name: 'cifar-10', ...options }, CIFAR10);
}

/**
 * The binary version of CIFAR-100 (`train.bin`, `test.bin`), of one file or several, as they are or packed by gzip.
 *
 * `x`: bytes `[count, 32, 32, 3]`, red, green, blue, worth byte * `scale`. `y`: labels 0..99, or with `coarse` 0..19.
 *
 * Throws `DataError` for a file that is truncated or something else, and for a label out of range; `ArgumentError` for
 * a scale that is not above 0. Source: Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html.
 */
export async function fromCifar100(
  files: FileContent | readonly FileContent[],
  options: Cifar100Options = {},
): Promise<ByteDataset> {
  checkKeys('fromCifar100', options, { name: 1, scale: 1, coarse: 1 });
  const layout = options.coarse ? { labels: 2, labelAt: 0, classes: 20 } : { labels: 2, labelAt: 1, classes: 100 };
  return cifar(filesOf(files, 'cifar-100'), { name: 'cifar-100', ...options }, layout);
}

function filesOf(files: FileContent | readonly FileContent[], name: string) {
  const list: readonly FileContent[] = Array.isArray(files) ? files : [files as FileContent];
  return list.map((content, index) => ({ content, file: nameOf(content, `${name} file ${index + 1}`) }));
}

interface Layout {
  /** Bytes of labels before the pixels of an image. */
  readonly labels: number;
  readonly labelAt: number;
  readonly classes: number;
}

export const CIFAR10: Layout = { labels: 1, labelAt: 0, classes: 10 };

/** Contents with their names for messages → one data set. */
export async function cifar(
  files: readonly { readonly content: FileContent; readonly file: string }[],
  { name = 'cifar', scale = 1 / 255 }: CifarOptions,
  { labels, labelAt, classes }: Layout,
): Promise<ByteDataset> {
  const record = labels + PIXELS;
  const parts: { readonly bytes: Uint8Array; readonly y: Uint32Array }[] = [];
  for (const { content, file } of files) {
    const bytes = await contentOf(content, file);
    if (bytes.length === 0 || bytes.length % record !== 0)
      throw damaged(
        file,
        `${bytes.length} bytes`,
        `a multiple of ${record} (${labels} of labels and 3 x 32 x 32 of pixels for each image)`,
        `Take the binary version, not that for Python or Matlab, or ${FETCH_AGAIN.toLowerCase()}`,
      );
    const column = Uint8Array.from({ length: bytes.length / record }, (_, i) => bytes[i * record + labelAt] ?? 0);
    parts.push({ bytes, y: labelsOf(column, classes, file) });
  }
  const count = parts.reduce((sum, { y }) => sum + y.length, 0);
  if (count * PIXELS > LARGEST) throw damaged(name, `${count} images`, `at most ${LARGEST} bytes`, 'Take fewer files.');
  const x = allocate(count * PIXELS, name);
  const y = new Uint32Array(count);
  let first = 0;
  for (const part of parts) {
    y.set(part.y, first);
    for (let image = 0; image < part.y.length; image += 1)
      interleave(part.bytes, image * record + labels, x, (first + image) * PIXELS);
    first += part.y.length;
  }
  return dataset({ name, shape: [SIDE, SIDE, 3], x, y, classes, scale });
}

/** Three planes at `from` → pixels of three bytes at `to`. */
function interleave(planes: Uint8Array, from: number, pixels: Uint8Array, to: number): void {
  for (let pixel = 0; pixel < PLANE; pixel += 1)
    for (let channel = 0; channel < 3; channel += 1)
      pixels[to + 3 * pixel + channel] = planes[from + channel * PLANE + pixel] ?? 0;
}
