// Pictures → a data set, by the decoders of the browser. It knows no format of pictures.
import { ArgumentError, UnsupportedError } from '../errors.ts';
import { checkKeys } from '../options.ts';
import { allocate, damaged, LARGEST, nameOf, productOf, reason } from './content.ts';
import { type ByteDataset, dataset } from './dataset.ts';
import { download } from './download.ts';

/** A picture: its address, or its content. */
export type ImageSource = string | Blob;

/** A picture with its label: the name of a class, or its number. */
export interface LabelledImage {
  /** Its address, or its content. */
  readonly image: ImageSource;
  /** The name of its class, or its number, 0 to classes - 1. */
  readonly label: string | number;
}

/** What {@link fromImages} takes beside its pictures. */
export interface ImageOptions {
  /** Of all images of the set, in pixels: pictures are scaled to it, whatever their proportions. */
  readonly height: number;
  /** Of all images of the set, in pixels. */
  readonly width: number;
  /** 3 for red, green and blue, 1 for grey (0.299 red + 0.587 green + 0.114 blue, Rec. 601). Default 3. */
  readonly channels?: 1 | 3;
  /** The names of the classes, in the order of their numbers. Default those that occur, in order of the alphabet. */
  readonly classNames?: readonly string[];
  /** What one level of a byte is worth. Default 1/255: 0 to 1. */
  readonly scale?: number;
  /** For messages and reports. Default `'images'`. */
  readonly name?: string;
  /** Called after each picture. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Cancels: the loader rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A {@link ByteDataset} of pictures, with the names of its classes. */
export interface ImageDataset extends ByteDataset {
  /** The name of each label. */
  readonly classNames: readonly string[];
}

/** Pictures that are decoded at a time. */
const AT_ONCE = 8;

/**
 * Pictures in any format that the browser can show, scaled to one size; what is transparent becomes black.
 *
 * `x`: bytes `[count, height, width, channels]`, worth byte * `scale`. `y`: labels. The class of a picture without a
 * label is the name of its folder: of its address, or of its `webkitRelativePath` if it is a `File` of a chosen folder.
 *
 * Throws `UnsupportedError` outside browsers, `ArgumentError` for an option out of range, for a picture without a label or
 * a folder, and for labels of both kinds; `DataError` for one that cannot be fetched or decoded, or a label that is no
 * class; and the reason of `signal` if that cancels.
 */
export async function fromImages(
  list: readonly (ImageSource | LabelledImage)[],
  options: ImageOptions,
): Promise<ImageDataset> {
  const known = { height: 1, width: 1, channels: 1, classNames: 1, scale: 1, name: 1, onProgress: 1, signal: 1 };
  checkKeys('fromImages', options, known);
  const { height, width, channels = 3, name = 'images', scale = 1 / 255, signal, onProgress } = options;
  if (typeof createImageBitmap === 'undefined' || typeof OffscreenCanvas === 'undefined')
    throw new UnsupportedError(
      'fromImages: this is no browser: no createImageBitmap, no OffscreenCanvas. Decode the pictures otherwise and pass their pixels to data.dataset.',
    );
  for (const [option, value] of Object.entries({ height, width }))
    if (!(Number.isInteger(value) && value >= 1 && value <= 2 ** 14))
      throw new ArgumentError(`fromImages: ${option} must be a whole number in 1..16384, got ${value}`);
  if (channels !== 1 && channels !== 3) throw new ArgumentError(`fromImages: channels must be 1 or 3, got ${channels}`);
  if (list.length === 0) throw new ArgumentError('fromImages: got no pictures, expected at least one');

  const pictures = list.map(asPicture);
  const { y, classNames } = labelsOf(pictures, options.classNames, name);
  const size = height * width * channels;
  const x = allocate(productOf([list.length, height, width, channels], name), name);
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new UnsupportedError('fromImages: this browser gives no 2d canvas; close other pages.');

  let done = 0;
  for (let first = 0; first < pictures.length; first += AT_ONCE) {
    signal?.throwIfAborted();
    const bitmaps = pictures.slice(first, first + AT_ONCE).map((picture) => decode(picture, options, name));
    try {
      for (const [index, bitmap] of (await Promise.all(bitmaps)).entries()) {
        context.globalCompositeOperation = 'copy';
        context.drawImage(bitmap, 0, 0, width, height);
        // Over black: the pixels of a canvas are multiplied by their opacity when black lies behind.
        context.globalCompositeOperation = 'destination-over';
        context.fillRect(0, 0, width, height);
        const at = (first + index) * size;
        pack(context.getImageData(0, 0, width, height).data, channels, x.subarray(at, at + size));
        onProgress?.(++done, list.length);
      }
    } finally {
      for (const bitmap of bitmaps) void bitmap.then((b) => b.close()).catch(() => undefined);
    }
  }
  signal?.throwIfAborted();
  const set = dataset({ name, shape: [height, width, channels], x, y, classes: classNames.length, scale });
  return { ...set, classNames };
}

interface Picture extends Partial<LabelledImage> {
  readonly image: ImageSource;
  /** For messages. */
  readonly file: string;
}

function asPicture(item: ImageSource | LabelledImage, index: number): Picture {
  const { image, label } = typeof item === 'string' || item instanceof Blob ? { image: item } : item;
  const file = typeof image === 'string' ? image : nameOf(image, `picture ${index}`);
  if (typeof image !== 'string' && !(image instanceof Blob))
    throw new ArgumentError(`fromImages: picture ${index} is neither an address nor a Blob or File`);
  const named = label ?? folderOf(image);
  if (named === undefined)
    throw new ArgumentError(
      `fromImages: ${file} has neither a label nor a folder; give { image, label }, or choose a folder of folders`,
    );
  return { image, file, label: named };
}

/** The name of the folder it lies in. */
function folderOf(image: ImageSource): string | undefined {
  const path = typeof image === 'string' ? image.replace(/[?#].*$/, '') : ((image as File).webkitRelativePath ?? '');
  if (/^(?:data|blob):/.test(path)) return undefined;
  return path.split('/').at(-2) || undefined;
}

function labelsOf(pictures: readonly Picture[], given: readonly string[] | undefined, name: string) {
  const labels = pictures.map(({ label }) => label);
  if (labels.every((label) => typeof label === 'number')) {
    const most = Math.max(-1, ...new Set(labels));
    const classNames = given ?? Array.from({ length: Math.min(most, 2 ** 16) + 1 }, (_, index) => String(index));
    return { y: labels, classNames };
  }
  if (!labels.every((label) => typeof label === 'string'))
    throw new ArgumentError('fromImages: got labels of both kinds, expected all names or all numbers');
  const classNames = given ?? [...new Set(labels)].sort((a, b) => (a < b ? -1 : 1));
  const y = labels.map((label, index) => {
    const found = classNames.indexOf(label);
    if (found >= 0) return found;
    const file = pictures[index]?.file ?? name;
    throw damaged(file, `label ${label}`, `one of ${classNames.join(', ')}`, 'Add it to classNames, or leave it out.');
  });
  return { y, classNames };
}

async function decode({ image, file }: Picture, options: ImageOptions, name: string): Promise<ImageBitmap> {
  const { height, width, signal } = options;
  const cure = 'Drop the picture, or pass the file itself.';
  const content =
    typeof image === 'string' ? new Blob([await download(image, { name, cure, largest: LARGEST, signal })]) : image;
  try {
    return await createImageBitmap(content, { resizeWidth: width, resizeHeight: height, resizeQuality: 'high' });
  } catch (cause) {
    throw damaged(file, `bytes that are no picture (${reason(cause)})`, 'one that this browser can show', cure);
  }
}

/** Red, green, blue, opacity → the channels that are wanted. */
function pack(pixels: Uint8ClampedArray, channels: 1 | 3, to: Uint8Array): void {
  const at = (index: number) => pixels[index] ?? 0;
  for (let pixel = 0; 4 * pixel < pixels.length; pixel += 1) {
    const [r, g, b] = [at(4 * pixel), at(4 * pixel + 1), at(4 * pixel + 2)];
    if (channels === 1) to[pixel] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
    else to.set([r, g, b], 3 * pixel);
  }
}
