// npy, one array of numpy: a magic text, a version, a header in Python's notation, then the numbers. Little-endian,
// row-major arrays of the types below; no objects, no strings. Hosts of WebGPU are little-endian, as the files.
//   Source: numpy.lib.format, https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import { damaged, FETCH_AGAIN, productOf } from './content.ts';

/** The numbers of an array, whole ones of 64 bits as doubles. */
export type Numbers = Uint8Array<ArrayBuffer> | Int32Array | Uint32Array | Float32Array<ArrayBuffer> | Float64Array;

export interface NpyArray {
  readonly shape: readonly number[];
  readonly values: Numbers;
  /** Of a type of whole numbers. */
  readonly whole: boolean;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const LONGEST_HEADER = 65_536;
const TYPES: Readonly<Record<string, { readonly size: number; readonly read: (bytes: ArrayBuffer) => Numbers }>> = {
  '|u1': { size: 1, read: (bytes) => new Uint8Array(bytes) },
  '<i4': { size: 4, read: (bytes) => new Int32Array(bytes) },
  '<u4': { size: 4, read: (bytes) => new Uint32Array(bytes) },
  '<i8': { size: 8, read: (bytes) => Float64Array.from(new BigInt64Array(bytes), Number) },
  '<f4': { size: 4, read: (bytes) => new Float32Array(bytes) },
  '<f8': { size: 8, read: (bytes) => new Float64Array(bytes) },
};

/** Reads an array. Bytes are a view of the file; other numbers are copied, since they may lie anywhere in it. */
export function parseNpy(bytes: Uint8Array<ArrayBuffer>, file: string): NpyArray {
  if (bytes.length < 12 || MAGIC.some((byte, index) => bytes[index] !== byte))
    throw damaged(file, 'bytes that do not begin as an npy', '\\x93NUMPY', 'Save the array with numpy.savez.');
  const version = bytes[6] ?? 0;
  if (version < 1 || version > 3)
    throw damaged(file, `npy version ${version}`, '1, 2 or 3', 'Save it anew with numpy.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerAt = version === 1 ? 10 : 12;
  const begin = headerAt + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (begin > bytes.length || begin > LONGEST_HEADER)
    throw damaged(file, `a header of ${begin} bytes`, `at most ${Math.min(bytes.length, LONGEST_HEADER)}`, FETCH_AGAIN);

  const header = new TextDecoder().decode(bytes.subarray(headerAt, begin));
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1] ?? 'a structure';
  const type = Object.hasOwn(TYPES, descr) ? TYPES[descr] : undefined;
  if (!type)
    throw damaged(
      file,
      `numbers of type ${descr.slice(0, 20)}`,
      `one of ${Object.keys(TYPES).join(', ')}`,
      "Convert it with numpy: a.astype('<f4').",
    );
  if (!/'fortran_order'\s*:\s*False/.test(header))
    throw damaged(file, 'an array in columns', 'rows', 'Convert it with numpy.ascontiguousarray.');
  const list = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  if (list === undefined) throw damaged(file, 'a header without a shape', 'one', FETCH_AGAIN);
  const shape = list.split(',').flatMap((length) => (length.trim() ? [Number(length)] : []));
  if (shape.length === 0) throw damaged(file, 'a single number', 'an array of samples', 'Name another array.');
  const size = productOf([...shape, type.size], file);
  if (bytes.length - begin !== size)
    throw damaged(
      file,
      `${bytes.length - begin} bytes of numbers`,
      `${size} (${[...shape, type.size].join(' x ')})`,
      FETCH_AGAIN,
    );
  const numbers = bytes.subarray(begin);
  const whole = !descr.includes('f');
  return { shape, whole, values: type.size === 1 ? numbers : type.read(numbers.slice().buffer) };
}
