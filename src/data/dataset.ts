// Samples and what is to be learned of them, on the host. It knows no batches and no device.
import { ArgumentError, DataError } from '../errors.ts';
import { checkKeys, kindOf } from '../options.ts';

/** Samples with labels or regression targets, checked once, on the host. Made by {@link dataset} and its neighbours. */
export type Dataset = FloatDataset | ByteDataset;

/** What data sets have in common, whatever their samples are stored as. */
export interface DatasetBase {
  /** For messages and reports. */
  readonly name: string;
  /** The number of samples. */
  readonly count: number;
  /** Of one sample: `[64]`, `[28, 28, 1]`. */
  readonly shape: readonly number[];
  /** Labels `[count]` (u32), or regression targets `[count, ...targetShape]` (f32). */
  readonly y: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
  /** Of one target; `[]` for labels. */
  readonly targetShape: readonly number[];
  /** The number of classes; absent for regression. */
  readonly classes?: number;
}

/** A {@link Dataset} whose samples are numbers. */
export interface FloatDataset extends DatasetBase {
  /** `[count, ...shape]`, row-major. */
  readonly x: Float32Array<ArrayBuffer>;
  /** Absent: the numbers are the values. */
  readonly scale?: undefined;
}

/** A {@link Dataset} whose samples are stored as bytes, a quarter of the memory; {@link toFloats} expands it. */
export interface ByteDataset extends DatasetBase {
  /** `[count, ...shape]`, row-major; a value is byte * `scale`, rounded to f32. */
  readonly x: Uint8Array<ArrayBuffer>;
  /** What one level of a byte is worth, an f32: 1/255 takes 0..255 to 0..1. */
  readonly scale: number;
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
  /** For bytes that shall stay bytes alone, see {@link ByteFields}. */
  readonly scale?: undefined;
}

/** What {@link dataset} takes to keep bytes as bytes. */
export interface ByteFields extends Omit<DatasetFields, 'scale'> {
  /** `[count, ...shape]`, row-major. */
  readonly x: Uint8Array;
  /** What one level is worth, above 0: the value of a byte is byte * scale in f32. 1/255 takes 0..255 to 0..1. */
  readonly scale: number;
}

/**
 * A data set of your own whose samples are bytes and stay so, worth byte * `scale` each: images.
 *
 * The count follows from the length of `x`, which is kept, not copied.
 *
 * Throws `ArgumentError` for shapes that are none, for a scale that is not above 0 and for a scale with other than a
 * `Uint8Array`; `DataError` as for numbers.
 */
export function dataset(fields: ByteFields): ByteDataset;
/**
 * A data set of your own: `x` of `[count, ...shape]`, and labels or regression targets `y`.
 *
 * The count follows from the length of `x`. A `Float32Array` (for labels a `Uint32Array`) is kept, not copied. Without
 * `scale`, bytes are numbers like any others.
 *
 * Throws `ArgumentError` for shapes that are none, lists that are none and names of no field, and `DataError` for lengths
 * that do not fit, for a value that is not finite (as f32), and for a label that is not a whole number in 0..classes-1,
 * naming the first of them.
 */
export function dataset(fields: DatasetFields): FloatDataset;
/** Either of them. */
export function dataset(fields: DatasetFields | ByteFields): Dataset;
export function dataset(fields: DatasetFields | ByteFields): Dataset {
  // With `count`, since a data set is taken again.
  const known = { name: 1, shape: 1, x: 1, y: 1, classes: 1, targetShape: 1, scale: 1, count: 1 };
  checkKeys<{ readonly [K in keyof Dataset]?: unknown }>('dataset', fields, known);
  return checked(fields);
}

/** As {@link dataset}, of what may have more in it, such as the names of its classes. */
export function checked(fields: DatasetFields | ByteFields): Dataset {
  const { name = 'data', shape, classes, targetShape, scale } = fields;
  const call = `dataset '${name}'`;
  // A data set of labels has the targetShape [].
  if (classes === undefined ? targetShape === undefined : targetShape?.length)
    throw new ArgumentError(
      `${call}: got ${classes === undefined ? 'neither' : 'both'} of classes and targetShape, expected one: classes for labels, targetShape for regression.`,
    );
  if (classes !== undefined && !(Number.isInteger(classes) && classes >= 1))
    throw new ArgumentError(`${call}: got classes ${kindOf(classes)}, expected a whole number of at least 1.`);
  const size = elements(`${call}: shape`, shape);
  const targetSize = targetShape === undefined ? 1 : elements(`${call}: targetShape`, targetShape);
  checkList(call, 'x', fields.x);
  checkList(call, 'y', fields.y);

  const count = fields.x.length / size;
  if (!Number.isInteger(count) || count === 0)
    throw new DataError(
      `${call}: x has ${fields.x.length} values, expected a multiple of ${size} (samples of shape [${shape.join(', ')}]).`,
    );
  if (fields.y.length !== count * targetSize)
    throw new DataError(
      `${call}: y has ${fields.y.length} values, expected ${count * targetSize} (${count} samples, ${targetSize} each).`,
    );

  const x =
    scale === undefined
      ? { x: floats(call, 'x', fields.x, shape, size) }
      : { x: bytes(call, fields.x), scale: checkScale(call, scale) };
  const y =
    classes === undefined
      ? floats(call, 'y', fields.y, targetShape ?? [], targetSize)
      : labels(call, fields.y, classes);
  const common = { name, count, shape: [...shape], y, targetShape: [...(targetShape ?? [])] };
  return classes === undefined ? { ...common, ...x } : { ...common, ...x, classes };
}

/**
 * The same samples as 32-bit floats, byte * `scale` each; a data set of floats is returned as it is.
 *
 * For steps of your own, which take a `Float32Array`; a trainer takes bytes as they are.
 */
export function toFloats(data: Dataset): FloatDataset {
  if (data.scale === undefined) return data;
  const { scale, x: levels, ...rest } = data;
  const level = Math.fround(scale);
  const x = new Float32Array(levels);
  for (let i = 0; i < x.length; i += 1) x[i] = (x[i] ?? 0) * level;
  return { ...rest, x };
}

/**
 * The first `firstCount` samples for training, the rest for testing; both share the memory of `all`.
 *
 * Throws `ArgumentError` unless both get a sample.
 */
export function split<T extends Dataset>(all: T, firstCount: number): { train: T; test: T } {
  const { name, count, x, y } = all;
  if (!(Number.isInteger(firstCount) && firstCount >= 1 && firstCount < count))
    throw new ArgumentError(
      `split of '${name}': got ${firstCount}, expected a whole number in 1..${count - 1} (of ${count} samples).`,
    );
  const part = (suffix: string, from: number, to: number): T => ({
    ...all,
    name: `${name} ${suffix}`,
    count: to - from,
    x: x.subarray((from * x.length) / count, (to * x.length) / count),
    y: y.subarray((from * y.length) / count, (to * y.length) / count),
  });
  return { train: part('train', 0, firstCount), test: part('test', firstCount, count) };
}

function bytes(call: string, values: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  if (!(values instanceof Uint8Array))
    throw new ArgumentError(
      `${call}: got a scale with x that is no Uint8Array, expected bytes; for numbers, leave it out.`,
    );
  return values.buffer instanceof ArrayBuffer ? (values as Uint8Array<ArrayBuffer>) : Uint8Array.from(values);
}

function checkScale(call: string, scale: number): number {
  const rounded = Math.fround(scale);
  if (!(Number.isFinite(scale) && rounded > 0 && Number.isFinite(Math.fround(255 * rounded))))
    throw new ArgumentError(`${call}: got scale ${kindOf(scale)}, expected a number above 0, for instance 1/255.`);
  return scale;
}

const isList = (value: unknown) => typeof value === 'object' && value !== null && 'length' in value;

/** Throws ArgumentError for what is no list, or one of lists. */
function checkList(call: string, field: 'x' | 'y', values: ArrayLike<unknown>): void {
  const isNested = isList(values) && isList(values[0]);
  if (isList(values) && !isNested) return;
  const flat = isNested && Array.isArray(values[0]) ? 'flat()' : 'flatMap((part) => [...part])';
  throw new ArgumentError(
    `${call}: ${field} is ${isNested ? 'nested' : kindOf(values)}, expected a list of numbers${isNested ? `; flatten it: ${field}.${flat}` : ''}.`,
  );
}

function elements(what: string, shape: readonly number[]): number {
  const isShape = Array.isArray(shape);
  if (!isShape || shape.some((length) => !(Number.isInteger(length) && length >= 1)))
    throw new ArgumentError(
      `${what} is ${isShape ? `[${shape.map(kindOf).join(', ')}]` : kindOf(shape)}, expected a list of whole numbers of at least 1.`,
    );
  return shape.reduce((product, length) => product * length, 1);
}

function floats(
  call: string,
  field: 'x' | 'y',
  values: ArrayLike<number>,
  shape: readonly number[],
  size: number,
): Float32Array<ArrayBuffer> {
  const isKept = values instanceof Float32Array && ownsBuffer<Float32Array>(values);
  const result = isKept ? values : new Float32Array(values.length);
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i];
    // As f32: 1e39 is finite as a double alone. Of other kinds than numbers, null and '' would become 0.
    if (typeof value !== 'number' || !Number.isFinite(Math.fround(value)))
      throw new DataError(
        `${call}: ${field} of sample ${Math.floor(i / size)} is ${kindOf(value)} at [${position(i % size, shape).join(', ')}], expected a finite 32-bit number. Repair or drop the sample.`,
      );
    if (!isKept) result[i] = value;
  }
  return result;
}

function labels(call: string, values: ArrayLike<number>, classes: number): Uint32Array<ArrayBuffer> {
  for (let sample = 0; sample < values.length; sample += 1) {
    const label = values[sample];
    if (label === undefined || !(Number.isInteger(label) && label >= 0 && label < classes))
      throw new DataError(
        `${call}: the label of sample ${sample} is ${kindOf(label)}, expected a whole number in 0..${classes - 1}.`,
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
