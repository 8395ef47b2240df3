// Strokes become pictures like those of the data: proven by the nearest neighbour among them, and by what NIST fixed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pictureOf, type Side, type Stroke } from '../demo/views/ink.ts';
import { data } from '../src/index.ts';
import { drawnDigits } from './support/drawn-digits.ts';

const { train } = await data.digits();

function nearest(picture: Float32Array): number {
  let [best, label] = [Infinity, -1];
  for (let sample = 0; sample < train.count; sample++) {
    const distance = picture.reduce((sum, value, pixel) => sum + (value - train.x[64 * sample + pixel]!) ** 2, 0);
    if (distance < best) [best, label] = [distance, train.y[sample]!];
  }
  return label;
}

/** Turned about the pad's middle, scaled and shifted. */
const changed = (strokes: readonly Stroke[], angle: number, scale: number, shift: number) =>
  strokes.map((stroke) =>
    stroke.map(({ x, y }) => ({
      x: 0.5 + shift + scale * ((x - 0.5) * Math.cos(angle) - (y - 0.5) * Math.sin(angle)),
      y: 0.5 + shift + scale * ((x - 0.5) * Math.sin(angle) + (y - 0.5) * Math.cos(angle)),
    })),
  );
const ink = (picture: Float32Array) => picture.reduce((sum, value) => sum + value, 0);

describe('a drawn digit, 8 x 8', () => {
  it('is nearest to one of its class: 39 of 40, upright, small in a corner, leaning right and left', () => {
    const looks = [
      [0, 1, 0],
      [0, 0.4, -0.25],
      [0.15, 1, 0],
      [-0.15, 0.8, 0.05],
    ] as const;
    const right = looks.flatMap(([angle, scale, shift]) =>
      drawnDigits.filter((strokes, digit) => nearest(pictureOf(changed(strokes, angle, scale, shift), 8)) === digit),
    );
    expect(right.length).toBeGreaterThanOrEqual(39);
  });

  it('has as much ink as the data, whatever the size and the shape', () => {
    for (const strokes of [...drawnDigits, [[{ x: 0.1, y: 0.9 }]], [drawnDigits[7]![0]!.slice(0, 2)]]) {
      const levels = 16 * ink(pictureOf(strokes, 8));
      expect(Math.abs(levels - 312)).toBeLessThan(16); // more where pixels are equally far, less where a row is shifted out
    }
  });

  it('stands upright and fills the height', () => {
    const slanted: readonly Stroke[] = [drawnDigits[1]![0]!.slice(1).map(({ x, y }) => ({ x: x + 0.3 * y, y }))];
    const picture = pictureOf(slanted, 8);
    const starts = Array.from({ length: 8 }, (_, y) =>
      picture.subarray(8 * y, 8 * y + 8).findIndex((value) => value > 0),
    );
    expect(Math.max(...starts) - Math.min(...starts)).toBeLessThanOrEqual(1);
    expect([ink(picture.subarray(0, 8)), ink(picture.subarray(56))].every((row) => row > 1)).toBe(true);
  });
});

describe('a drawn digit, 28 x 28', () => {
  const rows = (picture: Float32Array) =>
    Array.from({ length: 28 }, (_, y) => ink(picture.subarray(28 * y, 28 * y + 28)));
  const columns = (picture: Float32Array) =>
    Array.from({ length: 28 }, (_, x) => ink(picture.filter((_, pixel) => pixel % 28 === x)));
  const centre = (profile: readonly number[]) =>
    profile.reduce((sum, value, at) => sum + value * (at + 0.5), 0) / profile.reduce((sum, value) => sum + value);

  it('fits into 20 x 20, keeps its proportions, and has its centre of mass in the middle', () => {
    drawnDigits.forEach((strokes) => {
      const picture = pictureOf(changed(strokes, 0, 0.5, 0.2), 28);
      const height = rows(picture).filter((value) => value > 0).length;
      const width = columns(picture).filter((value) => value > 0).length;
      expect([20, 21]).toContain(height); // 21 where it begins between two rows
      const points = strokes.flat();
      const extent = (key: 'x' | 'y') =>
        Math.max(...points.map((point) => point[key])) - Math.min(...points.map((point) => point[key]));
      expect(Math.abs(width - (2.6 + (17.4 * extent('x')) / extent('y')))).toBeLessThan(1.5);
      expect(Math.abs(centre(rows(picture)) - 14)).toBeLessThan(0.2);
      expect(Math.abs(centre(columns(picture)) - 14)).toBeLessThan(0.2);
    });
  });

  it('has soft edges, and about as much ink as MNIST: 102 pixels of 784', () => {
    const pictures = drawnDigits.map((strokes) => pictureOf(strokes, 28));
    expect(pictures.every((picture) => picture.some((value) => value > 0.1 && value < 0.9))).toBe(true);
    expect(Math.abs(pictures.reduce((sum, picture) => sum + ink(picture), 0) / 10 - 102)).toBeLessThan(10);
  });
});

it('any strokes become a picture of values from 0 to 1; none, an empty one', () => {
  const coordinate = fc.double({ min: 0, max: 1, noNaN: true });
  const strokes = fc.array(fc.array(fc.record({ x: coordinate, y: coordinate }), { minLength: 1, maxLength: 9 }), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(strokes, fc.constantFrom<Side>(8, 28), (drawn, side) => {
      const picture = pictureOf(drawn, side);
      expect(picture.length).toBe(side ** 2);
      expect(picture.every((value) => value >= 0 && value <= 1)).toBe(true);
      expect(ink(picture)).toBeGreaterThan(0);
    }),
  );
  expect(ink(pictureOf([], 28))).toBe(0);
});
