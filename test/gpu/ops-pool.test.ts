// Pooling against its definition: sizes, ties, padding, what is left at the end.
import { afterAll, describe, expect, test } from 'vitest';
import { avgPool2d, maxPool2d, type PoolOptions, ShapeError } from '../../src/index.ts';
import { checkOperator, compute, openEngine } from '../support/check.ts';
import { dotTolerance, type Numbers, type Shape } from '../support/reference.ts';

const engine = await openEngine();
afterAll(() => engine.destroy());

/** For each window, the offsets of its pixels in x, row by row, and how many places it has within image and padding. */
function windows(x: Shape, kernel: number, { stride = kernel, padding = 0, ceilMode = false }: PoolOptions) {
  const [images = 0, height = 0, width = 0, channels = 0] = x;
  const count = (length: number) => {
    const steps = (length + 2 * padding - kernel) / stride;
    const whole = (ceilMode ? Math.ceil(steps) : Math.floor(steps)) + 1;
    return ceilMode && (whole - 1) * stride >= length + padding ? whole - 1 : whole;
  };
  const found: { pixels: number[]; places: number }[] = [];
  for (let i = 0; i < images; i++)
    for (let p = 0; p < count(height); p++)
      for (let q = 0; q < count(width); q++)
        for (let c = 0; c < channels; c++) {
          const pixels: number[] = [];
          let places = 0;
          for (let r = 0; r < kernel; r++)
            for (let s = 0; s < kernel; s++) {
              const [row, column] = [p * stride - padding + r, q * stride - padding + s];
              if (row < height + padding && column < width + padding) places += 1;
              if (row >= 0 && row < height && column >= 0 && column < width)
                pixels.push(((i * height + row) * width + column) * channels + c);
            }
          found.push({ pixels, places });
        }
  return found;
}

const CASES: readonly (readonly [Shape, number, PoolOptions])[] = [
  [[1, 1, 1, 1], 1, {}],
  [[2, 4, 4, 3], 2, {}],
  [[3, 7, 9, 5], 2, {}],
  [[2, 7, 7, 3], 2, { ceilMode: true }],
  [[2, 8, 8, 2], 3, { stride: 2, padding: 1 }],
  [[1, 9, 7, 4], 3, { stride: 1 }],
  [[1, 6, 6, 1], 3, { stride: 2, ceilMode: true }],
  [[1, 5, 5, 2], 2, { stride: 3, padding: 1, ceilMode: true }],
  [[1, 11, 11, 3], 5, { stride: 2, padding: 2 }],
];

describe.each(CASES)('%j, kernel %i, %j', (shape, kernel, options) => {
  const all = windows(shape, kernel, options);
  const values = (x: Numbers, of: readonly number[]) => of.map((i) => x[i] as number);

  const checkMax = (x: Shape | { readonly shape: Shape; readonly values: Numbers }) =>
    checkOperator(
      engine,
      { x },
      (t) => maxPool2d(t.x, kernel, options),
      (data: { x: Numbers }, dy) => {
        const dx = new Float64Array(data.x.length);
        const sizes = new Float64Array(data.x.length);
        const y = all.map(({ pixels }, w) => {
          const best = Math.max(...values(data.x, pixels));
          const at = pixels.find((i) => data.x[i] === best) as number;
          dx[at] = (dx[at] as number) + (dy[w] as number);
          sizes[at] = (sizes[at] as number) + Math.abs(dy[w] as number);
          return best;
        });
        return {
          y: { values: y, tolerance: () => 0 },
          x: { values: dx, tolerance: (i: number) => dotTolerance(kernel ** 2, sizes[i] as number) },
        };
      },
    );

  test('largest', () => checkMax(shape));

  test('the first of equal ones', () => {
    const size = shape.reduce((product, length) => product * length, 1);
    return checkMax({ shape, values: Array.from({ length: size }, (_, i) => -Math.floor(i / 7) % 3) });
  });

  test('mean', () =>
    checkOperator(
      engine,
      { x: shape },
      (t) => avgPool2d(t.x, kernel, options),
      (data: { x: Numbers }, dy) => {
        const dx = new Float64Array(data.x.length);
        const sizes = new Float64Array(data.x.length);
        const tolerance: number[] = [];
        const y = all.map(({ pixels, places }, w) => {
          for (const i of pixels) {
            dx[i] = (dx[i] as number) + (dy[w] as number) / places;
            sizes[i] = (sizes[i] as number) + Math.abs(dy[w] as number) / places;
          }
          const members = values(data.x, pixels);
          tolerance.push(dotTolerance(kernel ** 2 + 3, members.reduce((sum, x) => sum + Math.abs(x), 0) / places));
          return members.reduce((sum, x) => sum + x, 0) / places;
        });
        return {
          y: { values: y, tolerance },
          x: { values: dx, tolerance: (i: number) => dotTolerance(kernel ** 2 + 3, sizes[i] as number) },
        };
      },
    ));
});

test.each([
  [[2, 3], 2, {}, /expected images of shape/],
  [[1, 2, 2, 1], 3, {}, /smaller than the kernel, 3 x 3/],
  [[1, 4, 4, 1], 2, { padding: 2 }, /at most half the kernel, 1, got 2/],
  [[1, 4, 4, 1], 2, { stride: 0 }, /stride must be/],
] as const)('refuses %j, kernel %i, %j', async (shape, kernel, options, message) => {
  const run = compute(engine, { x: shape as Shape }, (t) => ({ y: maxPool2d(t.x, kernel, options) }));
  await expect(run).rejects.toThrow(ShapeError);
  await expect(run).rejects.toThrow(message);
});
