// Convolutions and transposed convolutions, against their definitions; with each of the kernels that compute products.
import { afterAll, describe, expect, test } from 'vitest';
import { conv2d, convTranspose2d, ShapeError } from '../../src/index.ts';
import { checkOperator, compute, multilinear, openEngine } from '../support/check.ts';
import { gemmNames } from '../support/open-engine.ts';
import type { Numbers, Shape } from '../support/reference.ts';
import { conv2dBackward, conv2d as reference } from '../support/reference-conv.ts';

const engines = await Promise.all((await gemmNames()).map(async (gemm) => [gemm, await openEngine({ gemm })] as const));
afterAll(() => {
  for (const [, engine] of engines) engine.destroy();
});

type Case = readonly [x: Shape, kernel: Shape, out: number, stride: number, padding: number, dilation: number];

const CASES: readonly Case[] = [
  [[1, 1, 1, 1], [1, 1], 1, 1, 0, 1],
  [[2, 5, 5, 3], [3, 3], 4, 1, 0, 1],
  [[3, 8, 8, 1], [5, 5], 7, 1, 2, 1],
  [[2, 9, 7, 5], [3, 3], 3, 2, 1, 1],
  [[2, 7, 7, 2], [7, 7], 3, 1, 3, 1],
  [[1, 11, 11, 3], [2, 2], 5, 3, 0, 1],
  [[2, 8, 6, 3], [3, 2], 4, 2, 1, 2],
  [[1, 7, 9, 17], [1, 1], 33, 1, 0, 1],
  [[5, 16, 16, 2], [3, 3], 2, 1, 1, 1], // 1280 pixels: the weights' gradient comes in two parts
];

const named = CASES.map(
  ([x, kernel, out, stride, padding, dilation]) =>
    [
      `${x.join(' x ')}, kernel ${kernel.join(' x ')} to ${out}, stride ${stride}, padding ${padding}, dilation ${dilation}`,
      { x, kernel, out, of: { stride, padding, dilation } },
    ] as const,
);

describe.each(engines)('%s', (_gemm, engine) => {
  test.each(named)('conv2d of %s', (_name, { x, kernel, out, of }) => {
    const w = [...kernel, x[3] ?? 1, out];
    const terms = (kernel[0] ?? 1) * (kernel[1] ?? 1) * (x[3] ?? 1);
    const pixels = (x[0] ?? 1) * (x[1] ?? 1) * (x[2] ?? 1) + 16;
    return checkOperator(
      engine,
      { x, w, b: [out] },
      (t) => conv2d(t.x, t.w, t.b, of),
      multilinear(
        (v: Record<'x' | 'w' | 'b', Numbers>, dy) => {
          const { dx, dw, db } = conv2dBackward(dy, v.x, x, v.w, w, of);
          return { y: reference(v.x, x, v.w, w, v.b, of), x: dx, w: dw, b: db };
        },
        { y: terms + 1, x: (kernel[0] ?? 1) * (kernel[1] ?? 1) * out, w: pixels, b: pixels },
      ),
    );
  });

  test.each(named)('convTranspose2d to %s', (_name, { x, kernel, out, of }) => {
    // From what the convolution of x has, to an x as large as the kernel's places reach.
    const size = (length = 0, taps = 0) =>
      Math.floor((length + 2 * of.padding - (taps - 1) * of.dilation - 1) / of.stride) + 1;
    const full = (length: number, taps = 0) => (length - 1) * of.stride - 2 * of.padding + (taps - 1) * of.dilation + 1;
    const [h, q] = [size(x[1], kernel[0]), size(x[2], kernel[1])];
    const from = [x[0] ?? 1, h, q, out];
    const to = [x[0] ?? 1, full(h, kernel[0]), full(q, kernel[1]), x[3] ?? 1];
    const w = [...kernel, x[3] ?? 1, out];
    const pixels = (x[0] ?? 1) * (x[1] ?? 1) * (x[2] ?? 1) + 16;
    const taps = (kernel[0] ?? 1) * (kernel[1] ?? 1);
    return checkOperator(
      engine,
      { x: from, w, b: [x[3] ?? 1] },
      (t) => convTranspose2d(t.x, t.w, t.b, of),
      multilinear(
        (v: Record<'x' | 'w' | 'b', Numbers>, dy) => {
          const { dx, dw } = conv2dBackward(v.x, dy, to, v.w, w, of);
          const db = new Float64Array(x[3] ?? 1);
          for (const [i, value] of Array.from(dy).entries()) db[i % db.length] = (db[i % db.length] as number) + value;
          const y = dx.map((value, i) => value + (v.b[i % db.length] as number));
          return { y, x: reference(dy, to, v.w, w, null, of), w: dw, b: db };
        },
        { y: taps * out + 1, x: taps * (x[3] ?? 1), w: pixels, b: pixels },
      ),
    );
  });
});

describe('shapes that do not fit', () => {
  const engine = engines[0]?.[1];
  const run = (x: Shape, w: Shape, b?: Shape, options = {}) =>
    compute(engine!, { x, w, ...(b && { b }) } as { x: Shape; w: Shape; b: Shape }, (t) => ({
      y: conv2d(t.x, t.w, b ? t.b : null, options),
    }));
  test.each([
    [[4, 4], [3, 3, 1, 1], /expected images of shape/],
    [[1, 4, 4, 2], [3, 3, 3, 1], /have 2 channels, weights .* take 3/],
    [[1, 4, 4, 2], [5, 5, 2, 1], /images of 4 x 4 with padding 0 are smaller than the kernel, 5 x 5/],
    [[1, 4, 4, 2], [3, 2, 1], /weights of four axes/],
  ])('%j and %j', async (x, w, message) => {
    await expect(run(x, w)).rejects.toThrow(ShapeError);
    await expect(run(x, w)).rejects.toThrow(message);
  });
  test('a bias of another length, a stride that is none', async () => {
    await expect(run([1, 4, 4, 1], [3, 3, 1, 2], [3])).rejects.toThrow(/bias of shape \[3\]; expected \[2\]/);
    await expect(run([1, 4, 4, 1], [3, 3, 1, 2], [2], { stride: 0 })).rejects.toThrow(/stride must be/);
  });
});
