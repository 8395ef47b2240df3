// Pictures that somebody chose → data sets: classes by folder, one size, colours where there are any. The page's worker
// alone needs this.
import { DataError, type Dataset, data } from '../src/index.ts';
import type { LoadOptions } from './datasets.ts';
import { type Found, type NamedFile, parted } from './ownparts.ts';

/** Pictures of this side at most keep their size; others are made as large as CIFAR's. */
const [LARGEST, USUAL] = [64, 32];
/** Milliseconds from one message to the next. */
const REST = 250;

export async function readPictures(files: readonly NamedFile[], { onLoad }: LoadOptions): Promise<Found> {
  const loose = files.find(({ path }) => path.split('/').length < 2);
  if (loose)
    throw new DataError(
      `${loose.file.name} lies in no folder, which would name its class; choose or drop a folder that has one folder of pictures for each class.`,
    );
  const parts = parted(files);
  const classNames = [...new Set(files.map(folderOf))].sort((a, b) => (a < b ? -1 : 1));
  if (classNames.length < 2)
    throw new DataError(
      `All pictures lie in one folder, ${classNames[0]}, and so have one label; choose the folder above, which has one folder for each class.`,
    );
  const size = await sizeOf(files[0]?.file);
  let before = 0;
  let told = performance.now();
  const load = async (part: readonly NamedFile[]) => {
    const first = before;
    before += part.length;
    const onProgress = (done: number) => {
      if (performance.now() - told < REST) return;
      told = performance.now();
      onLoad?.(`Reading picture ${first + done} of ${files.length}`, first + done, files.length);
    };
    const labelled = part.map((named) => ({ image: named.file, label: folderOf(named) }));
    const { classNames: _, ...set } = await data.fromImages(labelled, {
      ...size,
      classNames,
      onProgress,
      name: 'pictures',
    });
    return set;
  };
  const [train, test] = [await load(parts[0]), parts[1].length > 0 ? await load(parts[1]) : undefined];
  const isGrey = [train, test].every((set) => !set || hasNoColour(set.x));
  const final = (set: data.ByteDataset): Dataset => (isGrey ? greyOf(set) : set);
  return { train: final(train), ...(test && { test: final(test) }), classNames };
}

const folderOf = ({ path }: NamedFile) => path.split('/').at(-2) ?? '';

/** That of the first picture, which all others are scaled to. */
async function sizeOf(file: File | undefined): Promise<{ readonly height: number; readonly width: number }> {
  const usual = { height: USUAL, width: USUAL };
  const bitmap = file && (await createImageBitmap(file).catch(() => null)); // one that is none is named when it is read
  if (!bitmap) return usual;
  const { height, width } = bitmap;
  bitmap.close();
  return Math.max(height, width) <= LARGEST ? { height, width } : usual;
}

function hasNoColour(x: Uint8Array): boolean {
  for (let at = 0; at < x.length; at += 3) if (x[at] !== x[at + 1] || x[at] !== x[at + 2]) return false;
  return true;
}

function greyOf({ name, shape: [height = 1, width = 1], x, y, classes = 1, scale }: data.ByteDataset): Dataset {
  const grey = Uint8Array.from({ length: x.length / 3 }, (_, pixel) => x[3 * pixel] ?? 0);
  return data.dataset({ name, shape: [height, width, 1], x: grey, y, classes, scale });
}
