// Files that somebody chose → data sets: of which kind they are, which of them are for testing, what to do where one is
// missing. The formats themselves are the engine's. The page's worker alone needs this.
import { DataError, type Dataset, data } from '../src/index.ts';
import type { Sets } from './choices.ts';
import { type LoadOptions, normalized } from './datasets.ts';
import { holdOut } from './holdout.ts';
import { type Found, type NamedFile, parted } from './ownparts.ts';
import { readPictures } from './ownpictures.ts';
import { readTables } from './owntables.ts';

type Reader = (files: readonly NamedFile[], options: LoadOptions) => Promise<Found>;

const TAKEN =
  'IDX (images and labels, as MNIST’s), .npz, .csv, CIFAR’s .bin or .tar.gz, or pictures in a folder for each class';

const kinds: readonly { readonly name: string; readonly pattern: RegExp; readonly read: Reader }[] = [
  { name: 'npz', pattern: /\.npz$/i, read: readNpz },
  { name: 'CIFAR', pattern: /\.bin(\.gz)?$|\.tar(\.gz)?$|\.tgz$/i, read: readCifar },
  { name: 'IDX', pattern: /[-.]idx|ubyte/i, read: readIdx },
  { name: 'tables', pattern: /\.[ct]sv(\.gz)?$/i, read: readTables },
  { name: 'pictures', pattern: /\.(png|jpe?g|gif|webp|bmp|avif)$/i, read: readPictures },
];

/** A network with more outputs than this learns to count: what was taken for labels is something else. */
const MOST_CLASSES = 1000;

/** Throws DataError, with a sentence that says what to do. */
export async function readFiles(files: readonly NamedFile[], options: LoadOptions = {}): Promise<Sets> {
  try {
    return normalized(whole(await read(files, options)));
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new DataError(`${what.replace(/\.?$/, '.')} Choose other files, or another data set.`, { cause: error });
  }
}

async function read(files: readonly NamedFile[], options: LoadOptions): Promise<Found> {
  // Folders have lists and notes in them, too.
  const found = kinds
    .map((kind) => ({ ...kind, files: files.filter(({ file }) => kind.pattern.test(file.name)) }))
    .filter((kind) => kind.files.length > 0);
  const [kind, other] = found;
  if (!kind) {
    const names = files.slice(0, 3).map(({ file }) => file.name);
    throw new DataError(`${names.join(', ') || 'No file'}: of a kind that this page does not read; it takes ${TAKEN}.`);
  }
  if (other) throw new DataError(`These are files of two kinds, ${kind.name} and ${other.name}; take those of one.`);
  if (kind.name !== 'pictures')
    for (const { file } of kind.files)
      if (/^\s*<(!doctype|html|head|body)/i.test(await file.slice(0, 64).text()))
        throw new DataError(
          `${file.name} is a web page, not data: save the file itself, not the page that links to it.`,
        );
  return kind.read(kind.files, options);
}

/** With a test set, and as many classes in both. */
function whole({ train, test, classNames }: Found): Sets {
  if (test && test.shape.join() !== train.shape.join())
    throw new DataError(
      `Samples for testing are ${test.shape.join(' × ')}, those for training ${train.shape.join(' × ')}; both must be of one size.`,
    );
  const classes = Math.max(train.classes ?? 0, test?.classes ?? 0);
  if (classes === 0 || classes > MOST_CLASSES)
    throw new DataError(
      `${train.name} has ${classes === 0 ? 'no labels' : `labels up to ${classes - 1}`}; whole numbers from 0 to ${MOST_CLASSES - 1} are needed, one for each class.`,
    );
  const sets = test ? { train, test } : holdOut(train);
  return {
    train: { ...sets.train, classes },
    test: { ...sets.test, classes },
    ...(classNames && { classNames }),
  };
}

async function readNpz([first, second]: readonly NamedFile[]): Promise<Found> {
  if (!first || second)
    throw new DataError('These are several .npz files; take one, with x_train, y_train, x_test and y_test in it.');
  const { file } = first;
  const options = { y: 'labels' } as const;
  const pair = async (samples: string, targets: string) => ({
    train: await data.fromNpz(file, { ...options, arrays: { samples, targets } }),
  });
  let found = '';
  const forms: readonly (() => Promise<Found>)[] = [
    () => data.fromNpz(file, options),
    () => pair('x_train', 'y_train'),
    () => pair('x', 'y'),
  ];
  for (const load of forms)
    try {
      const sets = await load();
      return { train: asImages(sets.train), ...(sets.test && { test: asImages(sets.test) }) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const [isMissing, list = ''] = /got no array \S+ among (.*?), expected/.exec(message) ?? [];
      if (!isMissing) throw new DataError(message.replace(/ Name .*$/, ''), { cause: error });
      found = list;
    }
  throw new DataError(
    `${file.name} has ${found || 'no arrays'}; it needs x_train and y_train, with x_test and y_test or without them, or x and y.`,
  );
}

/** Two axes are an image of one channel. */
function asImages(set: Dataset): Dataset {
  return set.shape.length === 2 ? { ...set, shape: [...set.shape, 1] } : set;
}

async function readIdx(files: readonly NamedFile[]): Promise<Found> {
  const pair = async (part: readonly NamedFile[]): Promise<Dataset | undefined> => {
    const labels = part.filter(({ file }) => /label|idx1/i.test(file.name));
    const images = part.filter((file) => !labels.includes(file));
    if (part.length === 0) return undefined;
    const [one, other] = [images[0]?.file, labels[0]?.file];
    if (!other)
      throw new DataError(
        `${one?.name} came without its labels; choose the file of labels (…-labels-idx1-ubyte), too.`,
      );
    if (!one)
      throw new DataError(
        `${other.name} came without its images; choose the file of images (…-images-idx3-ubyte), too.`,
      );
    if (part.length > 2)
      throw new DataError(`These are ${part.length} IDX files of one set; take two, images and labels.`);
    return data.fromIdx({ images: one, labels: other, name: one.name });
  };
  const [forTraining, forTesting] = parted(files);
  const [train, test] = [await pair(forTraining), await pair(forTesting)];
  if (!train) throw new DataError('There are no IDX files to train on; choose images and labels.');
  return { train, ...(test && { test }) };
}

async function readCifar(files: readonly NamedFile[]): Promise<Found> {
  const archive = files.find(({ file }) => !/\.bin(\.gz)?$/i.test(file.name));
  // Without its name: it may be called anything.
  if (archive) return data.cifar10({ files: [archive.file.slice()] });
  const load = (part: readonly NamedFile[]) => {
    const contents = part.map(({ file }) => file);
    // An image of CIFAR-100 has two labels.
    const isFine = contents.every(({ size }) => size % 3074 === 0 && size % 3073 !== 0);
    return isFine ? data.fromCifar100(contents) : data.fromCifar10(contents);
  };
  const [train, test] = parted(files);
  return { train: await load(train), ...(test.length > 0 && { test: await load(test) }) };
}
