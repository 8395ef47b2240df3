// Characters drawn in code: the ten digits as 5 x 7 bitmaps, turned, scaled, shifted and blurred by noise, from a seed.
import { ArgumentError } from '../errors.ts';
import { checkKeys, kindOf } from '../options.ts';
import { normal, streamOf, uniform } from '../random.ts';
import { dataset, type FloatDataset, split } from './dataset.ts';

/** What {@link glyphs} takes. */
export interface GlyphOptions {
  /** For training and testing together, split 80 to 20. Default 2000, at least 5. */
  readonly samples?: number;
  /** Standard deviation of the normal noise on each pixel. Default 0.1. */
  readonly noise?: number;
  /** A whole number; the same seed gives the same characters. Default 0. */
  readonly seed?: number;
}

const SIZE = 16;
const [WIDTH, HEIGHT] = [5, 7];
/** Rows from top to bottom, each as the bits of a number, the leftmost pixel first. */
const BITMAPS: readonly (readonly number[])[] = [
  [14, 17, 19, 21, 25, 17, 14],
  [4, 12, 4, 4, 4, 4, 14],
  [14, 17, 1, 2, 4, 8, 31],
  [31, 2, 4, 2, 1, 17, 14],
  [2, 6, 10, 18, 31, 2, 2],
  [31, 16, 30, 1, 1, 17, 14],
  [6, 8, 16, 30, 17, 17, 14],
  [31, 1, 2, 4, 8, 8, 8],
  [14, 17, 17, 14, 17, 17, 14],
  [14, 17, 17, 15, 1, 2, 12],
];

/**
 * Ten classes of characters, `x` `[samples, 16, 16]`: rotation ~ U(−0.25, 0.25) radians, scale ~ U(1.5, 2) pixels a bit,
 * shift ~ U(−1.5, 1.5) pixels both ways, bilinear, N(0, noise²) added. Ink is 1, paper 0. Sample i has class i mod 10.
 * Throws ArgumentError for an option out of range.
 */
export function glyphs(options: GlyphOptions = {}): { train: FloatDataset; test: FloatDataset } {
  checkKeys('data.glyphs', options, { samples: 1, noise: 1, seed: 1 });
  const { samples = 2000, noise = 0.1, seed = 0 } = options;
  if (!Number.isSafeInteger(samples) || samples < 5)
    throw new ArgumentError(`data.glyphs: samples must be a whole number of at least 5, got ${kindOf(samples)}`);
  if (!(noise >= 0 && noise < Number.POSITIVE_INFINITY))
    throw new ArgumentError(`data.glyphs: noise must be a finite number of at least 0, got ${kindOf(noise)}`);
  if (!Number.isSafeInteger(seed))
    throw new ArgumentError(`data.glyphs: seed must be a whole number, got ${kindOf(seed)}`);
  const x = new Float32Array(samples * SIZE * SIZE);
  const y = Uint32Array.from({ length: samples }, (_, index) => index % BITMAPS.length);
  for (let index = 0; index < samples; index++)
    draw(x.subarray(index * SIZE * SIZE, (index + 1) * SIZE * SIZE), BITMAPS[index % BITMAPS.length] ?? [], {
      within: (name, low, high) => low + (high - low) * uniform(seed, streamOf(`glyphs ${name}`), index),
      noise: (pixel) => noise * normal(seed, streamOf('glyphs noise'), index * SIZE * SIZE + pixel),
    });
  const all = dataset({ name: 'glyphs', shape: [SIZE, SIZE], x, y, classes: BITMAPS.length });
  return split(all, Math.round(0.8 * samples));
}

interface Draws {
  readonly within: (name: string, low: number, high: number) => number;
  readonly noise: (pixel: number) => number;
}

function draw(pixels: Float32Array, bitmap: readonly number[], { within, noise }: Draws): void {
  const angle = within('rotation', -0.25, 0.25);
  const scale = within('scale', 1.5, 2);
  const [dx, dy] = [within('shift x', -1.5, 1.5), within('shift y', -1.5, 1.5)];
  const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale];
  for (let pixel = 0; pixel < pixels.length; pixel++) {
    // From the centre of the image to that of the bitmap.
    const [u, v] = [(pixel % SIZE) - (SIZE - 1) / 2 - dx, Math.floor(pixel / SIZE) - (SIZE - 1) / 2 - dy];
    pixels[pixel] =
      ink(bitmap, cos * u + sin * v + (WIDTH - 1) / 2, cos * v - sin * u + (HEIGHT - 1) / 2) + noise(pixel);
  }
}

/** Between the four bits around a place; beyond the bitmap there is paper. */
function ink(bitmap: readonly number[], x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const bit = (column: number, row: number) =>
    column >= 0 && column < WIDTH ? ((bitmap[row] ?? 0) >> (WIDTH - 1 - column)) & 1 : 0;
  const between = (row: number) => bit(left, row) * (left + 1 - x) + bit(left + 1, row) * (x - left);
  return between(top) * (top + 1 - y) + between(top + 1) * (y - top);
}
