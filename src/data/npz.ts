// npz, arrays of numpy by name in a zip archive → data sets.
import { ArgumentError } from '../errors.ts';
import { checkKeys, kindOf } from '../options.ts';
import { bytesOf, classesOf, damaged, type FileContent, nameOf } from './content.ts';
import { type Dataset, dataset } from './dataset.ts';
import { type NpyArray, parseNpy } from './npy.ts';
import { entriesOfZip, readEntry } from './zip.ts';

/** What {@link fromNpz} takes beside its file. */
export interface NpzOptions {
  /** For messages and reports. Default the file's name, or `'npz'`. */
  readonly name?: string;
  /** Of one sample, of as many values as in the file: `[28, 28, 1]`. Default as in the file. */
  readonly shape?: readonly number[];
  /** Read `y` as labels or as regression targets. Default labels if its numbers are of a whole type. */
  readonly y?: 'labels' | 'targets';
  /** The number of classes, for labels. Default the largest label of the file + 1. */
  readonly classes?: number;
  /** For samples of type u1: what one level is worth. Default 1/255: 0 to 1. */
  readonly scale?: number;
}

/** Which two arrays of an npz make a data set. */
export interface NpzNames {
  /** The name of the samples, `[count, ...shape]`. */
  readonly samples: string;
  /** The name of the labels `[count]` or `[count, 1]`, or of the targets `[count, ...targetShape]`. */
  readonly targets: string;
}

/**
 * The two sets in an npz with the arrays `x_train`, `y_train`, `x_test` and `y_test`, such as Keras' `mnist.npz`.
 *
 * `x`: `[count, ...]` as stored; arrays of type u1 stay bytes, worth byte * `scale`, all others become f32. `y`: labels,
 * or regression targets where the numbers are floats.
 *
 * Throws `DataError` for a file that is truncated or damaged, an array that is missing, of another type than f4, f8,
 * u1, i4, i8, u4 or in columns, counts that differ, and labels out of range; `ArgumentError` for an option out of range.
 * Source: numpy.lib.format.
 */
export async function fromNpz(
  file: FileContent,
  options?: NpzOptions & { readonly arrays?: undefined },
): Promise<{ train: Dataset; test: Dataset }>;
/**
 * One set of two arrays of an npz, named by `arrays`; all else as above.
 */
export async function fromNpz(file: FileContent, options: NpzOptions & { readonly arrays: NpzNames }): Promise<Dataset>;
export async function fromNpz(
  file: FileContent,
  options: NpzOptions & { readonly arrays?: NpzNames | undefined } = {},
): Promise<Dataset | { train: Dataset; test: Dataset }> {
  checkKeys('fromNpz', options, { name: 1, shape: 1, y: 1, classes: 1, scale: 1, arrays: 1 });
  if (options.arrays) checkKeys('fromNpz: arrays', options.arrays, { samples: 1, targets: 1 });
  const name = options.name ?? nameOf(file, 'npz');
  if (!['labels', 'targets', undefined].includes(options.y))
    throw new ArgumentError(`fromNpz '${name}': got y ${kindOf(options.y)}, expected 'labels' or 'targets'`);
  const bytes = await bytesOf(file, name);
  const entries = entriesOfZip(bytes, name);
  const array = async (key: string): Promise<NpyArray> => {
    const entry = entries.get(`${key}.npy`) ?? entries.get(key);
    if (!entry) {
      const list = [...entries.keys()].slice(0, 20).join(', ');
      throw damaged(name, `no array ${key} among ${list}`, 'one', 'Name the arrays: { arrays: { samples, targets } }.');
    }
    return parseNpy(await readEntry(bytes, entry, `${name}: ${key}`), `${name}: ${key}`);
  };
  const pair = async ({ samples, targets }: NpzNames): Promise<Pair> => {
    const [x, y] = [await array(samples), await array(targets)];
    if (x.shape[0] !== y.shape[0])
      throw damaged(
        name,
        `${y.shape[0]} values of ${targets}`,
        `${x.shape[0]}, one for each of ${samples}`,
        'Name two arrays of one set.',
      );
    return { x, y, what: `${name}: ${targets}` };
  };

  if (options.arrays) return setOf(await pair(options.arrays), name, options);
  const train = await pair({ samples: 'x_train', targets: 'y_train' });
  const test = await pair({ samples: 'x_test', targets: 'y_test' });
  const shared =
    asLabels(train, options) && asLabels(test, options)
      ? { ...options, classes: options.classes ?? Math.max(classesIn(train), classesIn(test)) }
      : options;
  return { train: setOf(train, `${name} train`, shared), test: setOf(test, `${name} test`, shared) };
}

interface Pair {
  readonly x: NpyArray;
  readonly y: NpyArray;
  /** For messages: the file and the array of `y`. */
  readonly what: string;
}

const asLabels = ({ y }: Pair, { y: wanted }: NpzOptions) => (wanted ?? (y.whole ? 'labels' : 'targets')) === 'labels';

const classesIn = ({ y, what }: Pair) => classesOf(y.values, what);

function setOf(pair: Pair, name: string, options: NpzOptions): Dataset {
  const { x, y } = pair;
  const { values } = x;
  const own = x.shape.slice(1);
  const shape = options.shape ?? (own.length > 0 ? own : [1]);
  const size = (lengths: readonly number[]) => lengths.reduce((product, length) => product * length, 1);
  if (size(shape) !== size(own))
    throw new ArgumentError(`fromNpz '${name}': got shape [${shape.join(', ')}], expected as many values as [${own}]`);
  const targets = asLabels(pair, options)
    ? { classes: options.classes ?? classesIn(pair) }
    : { targetShape: y.shape.slice(1) };
  if (values instanceof Uint8Array)
    return dataset({ name, shape, x: values, y: y.values, scale: options.scale ?? 1 / 255, ...targets });
  if (options.scale !== undefined)
    throw new ArgumentError(`fromNpz '${name}': got a scale, expected none: the samples are no bytes (u1)`);
  return dataset({ name, shape, x: values, y: y.values, ...targets });
}
