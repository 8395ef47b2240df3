// Samples and what is to be learned of them, on the host. It knows no batches and no device.
import { ArgumentError, DataError } from '../errors.ts';

/** Samples with labels or regression targets, checked once, on the host. Made by {@link dataset} and its neighbours. */
export interface Dataset {
  /** For messages and reports. */
  readonly name: string;
  /** The number of samples. */
  readonly count: number;
  /** Of one sample: `[64]`, `[28, 28, 1]`. */
  readonly shape: readonly number[];
  /** `[count, ...shape]`, row-major. */
  readonly x: Float32Array<ArrayBuffer>;
  /** Labels `[count]` (u32), or regression targets `[count, ...targetShape]` (f32). */
  readonly y: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
  /** Of one target; `[]` for labels. */
  readonly targetShape: readonly number[];
  /** The number of classes; absent for regression. */
  readonly classes?: number;
}

/** What {@link dataset} takes. */
export interface DatasetFields {
  /** For messages and reports. Default `'data'`. */
  readonly name?: string;
  /** Of one sample: `[64]`, `[28, 28, 1]`. */
  readonly shape: readonly number[];
  /** `[count, ...shape]`, row-major; finite as 32-bit floats. */
  readonly x: ArrayLike<number>;
  /** Labels `[count]`, or regression targets `[count, ...targetShape]`. */
  readonly y: ArrayLike<number>;
  /** Makes `y` labels, 0 to `classes` - 1. */
  readonly classes?: number;
  /** Makes `y` regression targets of this shape each. Give this or `classes`. */
  readonly targetShape?: readonly number[];
}

/**
 * A data set of your own: `x` of `[count, ...shape]`, and labels or regression targets `y`.
 *
 * The count follows from the length of `x`. A `Float32Array` (for labels a `Uint32Array`) is kept, not copied.
 *
 * Throws `ArgumentError` for shapes that are none, and `DataError` for lengths that do not fit, for a value that is
 * not finite (as f32), and for a label that is not a whole number in 0..classes-1, naming the first of them.
 */
export function dataset(fields: DatasetFields): Dataset {
  const { name = 'data', shape, classes, targetShape } = fields;
  const call = `dataset '${name}'`;
  if ((classes === undefined) === (targetShape === undefined))
    throw new ArgumentError(
      `${call}: got ${classes === undefined ? 'neither' : 'both'} of classes and targetShape, expected one: classes for labels, targetShape for regression.`,
    );
  if (classes !== undefined && !(Number.isInteger(classes) && classes >= 1))
    throw new ArgumentError(`${call}: got classes ${classes}, expected a whole number of at least 1.`);
  const size = elements(`${call}: shape`, shape);
  const targetSize = elements(`${call}: targetShape`, targetShape ?? []);

  const count = fields.x.length / size;
  if (!Number.isInteger(count) || count === 0)
    throw new DataError(
      `${call}: x has ${fields.x.length} values, expected a multiple of ${size} (samples of shape [${shape.join(', ')}]).`,
    );
  if (fields.y.length !== count * targetSize)
    throw new DataError(
      `${call}: y has ${fields.y.length} values, expected ${count * targetSize} (${count} samples, ${targetSize} each).`,
    );

  const x = floats(call, 'x', fields.x, shape, size);
  const y =
    classes === undefined
      ? floats(call, 'y', fields.y, targetShape ?? [], targetSize)
      : labels(call, fields.y, classes);
  const common = { name, count, shape: [...shape], x, y, targetShape: [...(targetShape ?? [])] };
  return classes === undefined ? common : { ...common, classes };
}

/**
 * The first `firstCount` samples for training, the rest for testing; both share the memory of `all`.
 *
 * Throws `ArgumentError` unless both get a sample.
 */
export function split(all: Dataset, firstCount: number): { train: Dataset; test: Dataset } {
  const { name, count, x, y } = all;
  if (!(Number.isInteger(firstCount) && firstCount >= 1 && firstCount < count))
    throw new ArgumentError(
      `split of '${name}': got ${firstCount}, expected a whole number in 1..${count - 1} (of ${count} samples).`,
    );
  const part = (suffix: string, from: number, to: number): Dataset => ({
    ...all,
    name: `${name} ${suffix}`,
    count: to - from,
    x: x.subarray((from * x.length) / count, (to * x.length) / count),
    y: y.subarray((from * y.length) / count, (to * y.length) / count),
  });
  return { train: part('train', 0, firstCount), test: part('test', firstCount, count) };
}

function elements(what: string, shape: readonly number[]): number {
  if (shape.some((length) => !(Number.isInteger(length) && length >= 1)))
    throw new ArgumentError(`${what} is [${shape.join(', ')}], expected whole numbers of at least 1.`);
  return shape.reduce((product, length) => product * length, 1);
}

function floats(
  call: string,
  field: 'x' | 'y',
  values: ArrayLike<number>,
  shape: readonly number[],
  size: number,
): Float32Array<ArrayBuffer> {
  const result =
    values instanceof Float32Array && ownsBuffer<Float32Array>(values) ? values : Float32Array.from(values);
  // The result is searched, not the input: 1e39 is finite as a double alone.
  const bad = result.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new DataError(
      `${call}: ${field} of sample ${Math.floor(bad / size)} is ${values[bad]} at [${position(bad % size, shape).join(', ')}], expected a finite 32-bit number. Repair or drop the sample.`,
    );
  return result;
}

function labels(call: string, values: ArrayLike<number>, classes: number): Uint32Array<ArrayBuffer> {
  for (let sample = 0; sample < values.length; sample += 1) {
    const label = values[sample] ?? Number.NaN;
    if (!(Number.isInteger(label) && label >= 0 && label < classes))
      throw new DataError(
        `${call}: the label of sample ${sample} is ${label}, expected a whole number in 0..${classes - 1}.`,
      );
  }
  return values instanceof Uint32Array && ownsBuffer<Uint32Array>(values) ? values : Uint32Array.from(values);
}

/** Shared memory cannot be uploaded, and may change after it has been checked: such arrays are copied. */
function ownsBuffer<T extends Float32Array | Uint32Array>(
  array: T,
): array is T & (T extends Float32Array ? Float32Array<ArrayBuffer> : Uint32Array<ArrayBuffer>) {
  return array.buffer instanceof ArrayBuffer;
}

/** An offset within a sample → its coordinates. */
function position(offset: number, shape: readonly number[]): number[] {
  const coordinates: number[] = [];
  for (const length of shape.toReversed()) {
    coordinates.unshift(offset % length);
    offset = Math.floor(offset / length);
  }
  return coordinates;
}
