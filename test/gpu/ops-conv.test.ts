// Convolutions and transposed convolutions, against their definitions; with each of the kernels that compute products.
import { afterAll, describe, expect, test } from 'vitest';
import { type ConvOptions, conv2d, convTranspose2d, nn, optim, ShapeError } from '../../src/index.ts';
import { checkOperator, compute, multilinear, openEngine } from '../support/check.ts';
import { gemmNames } from '../support/open-engine.ts';
import type { Numbers, Shape } from '../support/reference.ts';
import { conv2dBackward, conv2d as reference } from '../support/reference-conv.ts';

const engines = await Promise.all((await gemmNames()).map(async (gemm) => [gemm, await openEngine({ gemm })] as const));
afterAll(() => {
  for (const [, engine] of engines) engine.destroy();
});

type Case = readonly [x: Shape, kernel: Shape, out: number, stride: number, padding: number, dilation: number];

/** All kernels with all strides; channels are odd, and paddings and dilations take turns. */
const KERNELS: readonly Case[] = [1, 2, 3, 5, 7].flatMap((kernel, i) =>
  [1, 2, 3].map((stride): Case => {
    const [padding, dilation] = [(i + stride) % 4, kernel < 5 && stride === 2 ? 3 : 1];
    return [[2, 9, 8, 2 * stride - 1], [kernel, kernel], 2 * i + 1, stride, padding, dilation];
  }),
);
const CASES: readonly Case[] = [
  [[1, 1, 1, 1], [1, 1], 1, 1, 0, 1],
  ...KERNELS,
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
    const pixels = (x[0] ?? 1) * ((x[1] ?? 1) + 2 * of.padding) * ((x[2] ?? 1) + 2 * of.padding) + 16;
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
    const pixels = (x[0] ?? 1) * ((x[1] ?? 1) + 2 * of.padding) * ((x[2] ?? 1) + 2 * of.padding) + 16;
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

describe('groups', () => {
  const engine = engines[0]![1];
  test.each<readonly [Shape, number, number, number, { stride: number; padding: number; dilation: number }]>([
    [[2, 5, 5, 4], 4, 4, 3, { stride: 1, padding: 1, dilation: 1 }],
    [[2, 7, 6, 6], 2, 4, 3, { stride: 2, padding: 1, dilation: 1 }],
    [[1, 9, 9, 6], 3, 9, 2, { stride: 3, padding: 0, dilation: 2 }],
    [[3, 4, 4, 3], 3, 6, 1, { stride: 1, padding: 0, dilation: 1 }],
    [[140, 3, 3, 2], 2, 2, 3, { stride: 1, padding: 2, dilation: 1 }],
    [[2, 9, 8, 5], 5, 5, 5, { stride: 2, padding: 2, dilation: 1 }],
    [[2, 9, 8, 9], 3, 3, 7, { stride: 3, padding: 3, dilation: 1 }],
  ])('%j in %i groups to %i, kernel %i, %j', (x, groups, out, kernel, options) => {
    const of = { ...options, groups };
    const w = [kernel, kernel, (x[3] ?? 1) / groups, out];
    const pixels = (x[0] ?? 1) * ((x[1] ?? 1) + 4) * ((x[2] ?? 1) + 4);
    return checkOperator(
      engine,
      { x, w, b: [out] },
      (t) => conv2d(t.x, t.w, t.b, of),
      multilinear(
        (v: Record<'x' | 'w' | 'b', Numbers>, dy) => {
          const { dx, dw, db } = conv2dBackward(dy, v.x, x, v.w, w, of);
          return { y: reference(v.x, x, v.w, w, v.b, of), x: dx, w: dw, b: db };
        },
        { y: kernel ** 2 * (w[2] ?? 1) + 1, x: kernel ** 2 * out, w: pixels, b: pixels },
      ),
    );
  });

  test('must divide the channels', async () => {
    const run = (groups: number) =>
      compute(engine, { x: [1, 4, 4, 4], w: [3, 3, 2, 4] }, (t) => ({ y: conv2d(t.x, t.w, null, { groups }) }));
    await expect(run(3)).rejects.toThrow(
      /groups must be a whole number that divides 4 input and 4 output channels, got 3/,
    );
    await expect(run(4)).rejects.toThrow(/1 in each of 4 groups, weights .* take 2/);
    expect(() => nn.conv2d(4, 6, 3, { groups: 4 })).toThrow(/groups must divide 4 input and 6 output channels, got 4/);
  });

  test('a layer of them learns, and its weights start by the inputs that they see', async () => {
    const weights = async (groups: number) => {
      const own = await openEngine();
      const model = nn.sequential(nn.conv2d(64, 64, 3, { groups }), nn.relu());
      const step = await own.compile({ x: [1, 3, 3, 64] }, ({ x }) => {
        const loss = model(x).sum();
        const optimizer = optim.sgd({ lr: 0 });
        const state = { w: x.graph.leaf(x.graph.host.state(model)!.parameters, [9, 64 / groups, 64]) };
        return { ...state, ...optimizer.update(loss, model) };
      });
      step.run({ x: new Float32Array(576) });
      const values = await step.read('w');
      own.destroy();
      return Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
    };
    // He: sqrt(2 / (9 * channels seen)), within 4 standard errors of a sample's deviation.
    for (const groups of [1, 8]) {
      const expected = Math.sqrt(2 / (9 * (64 / groups)));
      const error = 4 / Math.sqrt(2 * 9 * (64 / groups) * 64);
      expect(Math.abs((await weights(groups)) / expected - 1)).toBeLessThan(error);
    }
  });
});

describe('shapes that do not fit', () => {
  const engine = engines[0]?.[1];
  const run = (x: Shape, w: Shape, b?: Shape, options = {}) =>
    compute(engine!, { x, w, ...(b && { b }) } as { x: Shape; w: Shape; b: Shape }, (t) => ({
      y: conv2d(t.x, t.w, b ? t.b : null, options),
    }));
  test.each<[Shape, Shape, RegExp, ConvOptions?]>([
    [[4, 4], [3, 3, 1, 1], /expected images of shape/],
    [[1, 4, 4, 2], [3, 3, 3, 1], /have 2 channels, weights .* take 3/],
    [[1, 4, 4, 2], [5, 5, 2, 1], /images of 4 x 4 with padding 0 are smaller than the kernel, 5 x 5/],
    [[1, 4, 4, 2], [3, 2, 1], /weights of four axes/],
    [[1, 4, 4, 2], [3, 3, 2, 1], /images of 4 x 4 with padding 0 are smaller than the kernel, 5 x 5/, { dilation: 2 }],
  ])('%j and %j', async (x, w, message, options) => {
    await expect(run(x, w, undefined, options)).rejects.toThrow(ShapeError);
    await expect(run(x, w, undefined, options)).rejects.toThrow(message);
  });
  test('a transposed convolution whose padding takes away all that there is', async () => {
    const none = compute(engine!, { x: [1, 2, 2, 1], w: [3, 3, 1, 1] }, (t) => ({
      y: convTranspose2d(t.x, t.w, null, { padding: 2 }),
    }));
    await expect(none).rejects.toThrow(ShapeError);
    await expect(none).rejects.toThrow(/padding 2 leaves nothing of images \[1, 2, 2, 1\]/);
  });
  test('a bias of another length, a stride that is none', async () => {
    await expect(run([1, 4, 4, 1], [3, 3, 1, 2], [3])).rejects.toThrow(/bias of shape \[3\]; expected \[2\]/);
    await expect(run([1, 4, 4, 1], [3, 3, 1, 2], [2], { stride: 0 })).rejects.toThrow(/stride must be/);
  });
});
