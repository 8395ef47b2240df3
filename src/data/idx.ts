// IDX, the format of MNIST: 0, 0, the type (8: bytes), the number of dimensions, each of them (u32, big-endian), bytes.
//   Source: Y. LeCun, C. Cortes, C. J. C. Burges, yann.lecun.com/exdb/mnist; https://github.com/cvdfoundation/mnist
import { checkKeys } from '../options.ts';
import {
  classesOf,
  contentOf,
  damaged,
  FETCH_AGAIN,
  type FileContent,
  labelsOf,
  nameOf,
  productOf,
} from './content.ts';
import { type ByteDataset, dataset } from './dataset.ts';

/** What {@link fromIdx} takes. */
export interface IdxOptions {
  /** `train-images-idx3-ubyte` or the like: bytes `[count, height, width]`, as they are or packed by gzip. */
  readonly images: FileContent;
  /** `train-labels-idx1-ubyte` or the like: bytes `[count]`. */
  readonly labels: FileContent;
  /** For messages and reports. Default `'idx'`. */
  readonly name?: string;
  /** The number of classes. Default the largest label + 1. */
  readonly classes?: number;
  /** What one level of a byte is worth. Default 1/255: 0 to 1. */
  readonly scale?: number;
}

const IMAGES = 0x0803;
const LABELS = 0x0801;
const KINDS = new Map([
  [IMAGES, 'images'],
  [LABELS, 'labels'],
]);

/**
 * Images and labels in two files of IDX, the format of MNIST and its followers.
 *
 * `x`: bytes `[count, height, width, 1]`, worth byte * `scale`. `y`: labels 0..classes-1.
 *
 * Throws `DataError` for files that are truncated, damaged or not IDX, for counts that differ and for a label out of
 * range; `ArgumentError` for an option out of range. Source: the MNIST database, https://github.com/cvdfoundation/mnist.
 */
export async function fromIdx(options: IdxOptions): Promise<ByteDataset> {
  checkKeys('fromIdx', options, { images: 1, labels: 1, name: 1, classes: 1, scale: 1 });
  const { images, labels, name = 'idx' } = options;
  return idx(options, nameOf(images, `${name} images`), nameOf(labels, `${name} labels`));
}

/** With names of the files for messages. */
export async function idx(options: IdxOptions, imageFile: string, labelFile: string): Promise<ByteDataset> {
  const { name = 'idx', scale = 1 / 255 } = options;
  // The labels first: they are small.
  const labels = await read(options.labels, LABELS, labelFile);
  const images = await read(options.images, IMAGES, imageFile);
  const [count = 0, height = 0, width = 0] = images.dimensions;
  if (labels.dimensions[0] !== count)
    throw damaged(
      labelFile,
      `${labels.dimensions[0]} labels`,
      `${count}, one for each image of ${imageFile}`,
      'Give two files of one set.',
    );
  const classes = options.classes ?? classesOf(labels.bytes, labelFile);
  const y = labelsOf(labels.bytes, classes, labelFile);
  return dataset({ name, shape: [height, width, 1], x: images.bytes, y, classes, scale });
}

async function read(content: FileContent, magic: number, file: string) {
  const bytes = await contentOf(content, file, (head) => {
    const dimensions = dimensionsOf(head, magic, file);
    return 4 + 4 * dimensions.length + productOf(dimensions, file);
  });
  const dimensions = dimensionsOf(bytes, magic, file);
  return { dimensions, bytes: bytes.subarray(4 + 4 * dimensions.length) };
}

function dimensionsOf(head: Uint8Array, magic: number, file: string): number[] {
  const rank = magic % 256;
  const begin = 4 + 4 * rank;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const found = head.length < 4 ? undefined : view.getUint32(0);
  if (found !== undefined && found !== magic)
    throw damaged(
      file,
      `magic number ${found} (${KINDS.get(found) ?? 'not that of images or labels'})`,
      `${magic} (IDX ${KINDS.get(magic)})`,
      'Give the files of images and of labels in their places, as they were published.',
    );
  if (head.length < begin) throw damaged(file, `${head.length} bytes`, `a header of ${begin}`, FETCH_AGAIN);
  return Array.from({ length: rank }, (_, index) => view.getUint32(4 + 4 * index));
}
