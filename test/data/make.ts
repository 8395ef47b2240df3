// Small files of each format, made as their sources describe them and independently of what reads them.
import { crc32, deflateRawSync } from 'node:zlib';

export const bytes = (...parts: readonly (readonly number[] | Uint8Array | string)[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Uint8Array.from(part)))),
  );

const big = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
const little = (value: number, size: number) =>
  Array.from({ length: size }, (_, index) => (value >>> (8 * index)) & 255);

/** IDX of bytes. */
export const idx = (dimensions: readonly number[], data: readonly number[] | Uint8Array) =>
  bytes([0, 0, 8, dimensions.length], ...dimensions.map(big), data);

/** An npy array, with any header in place of its own. */
export function npy(descr: string, shape: readonly number[], data: ArrayBufferView, header?: string, version = 1) {
  const text = header ?? `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const at = version === 1 ? 10 : 12;
  const padded = `${text.padEnd(64 * Math.ceil((text.length + at + 1) / 64) - at - 1)}\n`;
  const content = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return bytes([0x93], 'NUMPY', [version, 0], little(padded.length, version === 1 ? 2 : 4), padded, content);
}

/** A zip archive, its entries stored or deflated. */
export function zip(
  entries: Readonly<Record<string, Uint8Array>>,
  deflated = false,
  comment = '',
): Uint8Array<ArrayBuffer> {
  const locals: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(entries)) {
    const packed = deflated ? deflateRawSync(content) : content;
    const sizes = [...little(crc32(content), 4), ...little(packed.length, 4), ...little(content.length, 4)];
    const common = [20, 0, 0, 0, deflated ? 8 : 0, 0, 0, 0, 0, 0, ...sizes, ...little(name.length, 2)];
    // numpy writes an extra field into the local header alone, so the two lengths differ.
    const local = bytes('PK\x03\x04', common, [4, 0], name, [1, 0, 0, 0], packed);
    central.push(bytes('PK\x01\x02', [20, 0], common, Array(12).fill(0), little(at, 4), name));
    locals.push(local);
    at += local.length;
  }
  const directory = bytes(...central);
  const counts = [...little(central.length, 2), ...little(central.length, 2)];
  const end = bytes(
    'PK\x05\x06',
    [0, 0, 0, 0],
    counts,
    little(directory.length, 4),
    little(at, 4),
    little(comment.length, 2),
    comment,
  );
  return bytes(...locals, directory, end);
}

/** A tar archive of ustar headers. */
export function tar(files: Readonly<Record<string, Uint8Array>>): Uint8Array<ArrayBuffer> {
  const parts = Object.entries(files).flatMap(([path, content]) => {
    const header = Buffer.alloc(512);
    header.write(path, 0);
    header.write('0000644\0', 100);
    header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('        0ustar\x0000', 148);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, content, new Uint8Array((512 - (content.length % 512)) % 512)];
  });
  return bytes(...parts, new Uint8Array(1024));
}

/** `count` images of CIFAR with labels given by `label`, and pixels that tell channel, row and column apart. */
export function cifar(count: number, label: (image: number) => readonly number[]): Uint8Array<ArrayBuffer> {
  const pixels = (image: number) =>
    [0, 1, 2].flatMap((c) =>
      Array.from({ length: 1024 }, (_, at) => (100 * c + (at >> 5) + 3 * (at & 31) + image) % 256),
    );
  return bytes(...Array.from({ length: count }, (_, image) => [...label(image), ...pixels(image)]));
}

/** The same numbers in every run, 0 to 1. */
export function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
