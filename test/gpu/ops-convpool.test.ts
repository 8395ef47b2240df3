// A convolution, its rectifier and max pooling of 2 x 2 in one call: as apart, and against the definitions.
import { afterAll, describe, expect, test } from 'vitest';
import {
  add,
  avgPool2d,
  concat,
  conv2d,
  grad,
  maxPool2d,
  mul,
  type Rectifier,
  rectifiers,
  sum,
  type Tensor,
} from '../../src/index.ts';
import { rectify, slotsOf } from '../../src/ops/rectify.ts';
import type { Share } from '../../src/rectifiers.ts';
import { checkOperator, compute, openEngine, random } from '../support/check.ts';
import { gemmNames } from '../support/open-engine.ts';
import * as ref from '../support/reference.ts';
import { conv2dBackward, conv2d as convolved } from '../support/reference-conv.ts';

const engines = await Promise.all((await gemmNames()).map(async (gemm) => [gemm, await openEngine({ gemm })] as const));
const engine = engines[0]![1];
afterAll(() => {
  for (const [, each] of engines) each.destroy();
});

const FUSED = '+bias_act_pool+';

type Named = readonly [name: string, entry: Rectifier];
const formulas = (Object.entries(rectifiers) as Named[]).filter(
  ([, { wgsl }], index, all) => all.findIndex(([, other]) => other.wgsl === wgsl) === index,
);
const learnable = ({ parameters }: Rectifier) =>
  Object.keys(parameters).filter((key) => ['learned', 'fixed'].includes(parameters[key]!.kind));
const shared = formulas.flatMap(([name, entry]) =>
  (learnable(entry).length > 0 ? (['layer', 'channel'] as const) : (['channel'] as const)).map(
    (share): readonly [string, Share, Rectifier] => [name, share, entry],
  ),
);

function slopesOf(name: string, entry: Rectifier, share: Share, shape: ref.Shape) {
  const slots = slotsOf(name, entry, { share, learn: learnable(entry) }, shape);
  const values = random('slopes', [Math.max(slots.size, 1)]).map((value) => 0.2 * value);
  slots.offset.forEach((offset, j) => {
    for (let i = offset; i < offset + slots.count[j]!; i++) values[i]! += slots.value[j]!;
  });
  return { slots, slopes: { shape: [values.length], values } };
}

describe.each(shared)('%s, by %s', (name, share, entry) => {
  test('the same bits as apart', async () => {
    const { slots, slopes } = slopesOf(name, entry, share, [2, 6, 4, 5]);
    const given = { x: [2, 6, 4, 3], w: [3, 3, 3, 5], b: [5], v: [2, 2, 5, 3], probe: [2, 2, 1, 3], slopes };
    const run = (apart: boolean) =>
      compute<keyof typeof given, string>(engine, given, (t) => {
        const y = rectify(conv2d(t.x, t.w, t.b, { padding: 1 }), slots.size > 0 ? t.slopes : null, entry, slots);
        const pooled = maxPool2d(y, 2);
        const loss = sum(mul(conv2d(pooled, t.v), t.probe));
        const wanted: Record<string, Tensor> = { dx: t.x, dw: t.w, db: t.b, dv: t.v };
        if (slots.size > 0) wanted.dslopes = t.slopes;
        // What is asked for between them keeps them apart.
        if (apart) wanted.dy = y;
        const found = grad(loss, Object.values(wanted));
        return { pooled, ...Object.fromEntries(Object.keys(wanted).map((key, index) => [key, found[index]!])) };
      });
    const [fused, apart] = [await run(false), await run(true)];
    expect(fused.printed).toContain(FUSED);
    expect(fused.printed).toMatch(/\+spread\+(act_backward|act_dx)\+/);
    expect(fused.printed).not.toMatch(/^(max_pool|activation)/m);
    expect(apart.printed).not.toContain(FUSED);
    expect(apart.printed).toMatch(/^max_pool_dx/m);
    for (const key of ['pooled', 'dx', 'dw', 'db', 'dv']) expect(fused[key], key).toEqual(apart[key]);
    if (!fused.dslopes) return;
    // Other partial sums: as many terms, each dy times a gradient of the size of its input at most.
    const size = fused.pooled!.length * 40;
    ref.expectClose(fused.dslopes, apart.dslopes!, () => ref.dotTolerance(fused.pooled!.length, size));
  });
});

interface Case {
  readonly x: ref.Shape;
  readonly kernel: number;
  readonly out: number;
  readonly of: { readonly stride: number; readonly padding: number; readonly dilation: number };
}
const CASES: readonly Case[] = [
  { x: [1, 2, 2, 1], kernel: 1, out: 1, of: { stride: 1, padding: 0, dilation: 1 } },
  { x: [2, 9, 7, 3], kernel: 3, out: 5, of: { stride: 1, padding: 0, dilation: 1 } },
  { x: [3, 8, 8, 1], kernel: 5, out: 9, of: { stride: 1, padding: 2, dilation: 1 } },
  { x: [2, 11, 12, 2], kernel: 2, out: 4, of: { stride: 2, padding: 1, dilation: 1 } },
  { x: [1, 13, 13, 3], kernel: 3, out: 17, of: { stride: 1, padding: 3, dilation: 2 } },
  { x: [6, 14, 14, 2], kernel: 3, out: 3, of: { stride: 1, padding: 1, dilation: 1 } }, // 1176 pixels: two parts
];

describe.each(engines)('%s', (_gemm, own) => {
  const activations: readonly Named[] = [
    ['prelu', rectifiers.prelu],
    ['gelu', rectifiers.gelu], // not monotone: the largest y is not always that of the largest z
  ];
  const cases = CASES.flatMap((each) =>
    activations.map(([name, entry]) => [name, JSON.stringify(each), each, entry] as const),
  );

  test.each(cases)('%s of %s: as defined', (name, _text, { x, kernel, out, of }, entry) => {
    const w = [kernel, kernel, x[3]!, out];
    const [height, width] = [x[1]!, x[2]!].map(
      (length) => Math.floor((length + 2 * of.padding - (kernel - 1) * of.dilation - 1) / of.stride) + 1,
    ) as [number, number];
    const { slots, slopes } = slopesOf(name, entry, 'channel', [x[0]!, height, width, out]);
    const activation = ref.activations[name as 'prelu' | 'gelu'];
    const learned = slots.size > 0;
    return checkOperator<string>(
      own,
      { x, w, b: [out], ...(learned && { slopes }) },
      (t) => maxPool2d(rectify(conv2d(t.x!, t.w!, t.b!, of), t.slopes ?? null, entry, slots), 2),
      (data, dy) => {
        const params: ref.Shared = learned ? { a: data.slopes! } : {};
        const z = convolved(data.x!, x, data.w!, w, data.b!, of);
        const y = ref.rectifier(activation, z, params);
        const chosen = windows([x[0]!, height, width, out]).map((pixels) =>
          pixels.reduce((best, i) => (y[i]! > y[best]! ? i : best)),
        );
        const full = new Float64Array(z.length);
        chosen.forEach((i, window) => {
          full[i] = dy[window]!;
        });
        const { dx: dz, dparams } = ref.rectifierBackward(activation, z, full, params);
        const back = conv2dBackward(dz, data.x!, x, data.w!, w, of);
        // Sizes of the terms; |dz| is at most 1.13 |dy|, f's slope.
        const absolute = (values: ref.Numbers) => Float64Array.from(values, Math.abs);
        const sizeOfZ = convolved(absolute(data.x!), x, absolute(data.w!), w, absolute(data.b!), of);
        const sizes = conv2dBackward(
          absolute(full).map((value) => 1.13 * value),
          absolute(data.x!),
          x,
          absolute(data.w!),
          w,
          of,
        );
        const taps = kernel * kernel * x[3]! + 4;
        const close = (values: ref.Numbers, magnitudes: ref.Numbers, roundings: number) => ({
          values,
          // dz differs as z does: by its rounding, times f'' of at most 0.8.
          tolerance: (i: number) => ref.dotTolerance(2 * (roundings + taps), 4 * Math.abs(magnitudes[i]!)) + 4e-6,
        });
        return {
          y: close(
            chosen.map((i) => y[i]!),
            chosen.map((i) => sizeOfZ[i]!),
            taps,
          ),
          x: close(back.dx, sizes.dx, kernel * kernel * out),
          w: close(back.dw, sizes.dw, z.length / out),
          b: close(back.db, sizes.db, z.length / out),
          ...(learned && {
            slopes: close(
              Float64Array.from(data.slopes!, (_, i) => dparams.a?.[i] ?? 0),
              Float64Array.from(data.slopes!, (_, c) =>
                chosen.reduce(
                  (total, i, window) => (i % out === c ? total + Math.abs(dy[window]!) * sizeOfZ[i]! : total),
                  0,
                ),
              ),
              chosen.length,
            ),
          }),
        };
      },
    );
  });
});

/** The pixels of each window of 2 x 2, row by row. */
function windows([images = 0, height = 0, width = 0, channels = 0]: ref.Shape): number[][] {
  const found: number[][] = [];
  for (let image = 0; image < images; image++)
    for (let p = 0; p + 1 < height; p += 2)
      for (let q = 0; q + 1 < width; q += 2)
        for (let c = 0; c < channels; c++) {
          const first = ((image * height + p) * width + q) * channels + c;
          found.push([first, first + channels, first + width * channels, first + (width + 1) * channels]);
        }
  return found;
}

const { slots } = slopesOf('prelu', rectifiers.prelu, 'channel', [2, 4, 4, 2]);
const block = (t: Record<'x' | 'w' | 'b' | 'a', Tensor>) =>
  rectify(conv2d(t.x, t.w, t.b, { padding: 1 }), t.a, rectifiers.prelu, slots);
const GIVEN = { x: [2, 4, 4, 2], w: [3, 3, 2, 2], b: [2], a: [2] };

test('of equal ones, the first', async () => {
  const zero = { shape: GIVEN.w, values: new Float32Array(36) };
  const got = await compute<string, string>(engine, { ...GIVEN, w: zero }, (t) => {
    const y = maxPool2d(block(t as never), 2);
    return { y, dw: grad(sum(y), t.w!) };
  });
  expect(got.printed).toContain(FUSED);
  const first = new Float64Array(64).map((_, i) =>
    i % 4 < 2 && ((i >> 3) % 4) % 2 === 0 && (i >> 1) % 2 === 0 ? 1 : 0,
  );
  const slope = Array.from(random('b', [2]), (b, c) => (b > 0 ? 1 : random('a', [2])[c]!));
  const dz = first.map((value, i) => value * slope[i % 2]!);
  const { dw } = conv2dBackward(dz, random('x', GIVEN.x), GIVEN.x, zero.values, GIVEN.w, {
    stride: 1,
    padding: 1,
    dilation: 1,
  });
  ref.expectClose(got.dw!, dw, () => 1e-5);
});

test.each(['train', 'eval'] as const)('what is read before pooling, too, is computed once (%s)', async (mode) => {
  const got = await compute<string, string>(
    engine,
    { ...GIVEN, probe: [2, 2, 2, 2], skipped: [2, 4, 4, 2] },
    (t) => {
      const y = block(t as never);
      const pooled = maxPool2d(y, 2);
      const loss = add(sum(mul(pooled, t.probe!)), sum(mul(concat([y, y], 3), concat([t.skipped!, t.skipped!], 3))));
      return { pooled, y, ...(mode === 'train' && { dw: grad(loss, t.w!) }) };
    },
    { mode },
  );
  expect(got.printed.match(/\+patches\+/g)).toHaveLength(1);
  expect(got.printed).not.toContain(FUSED);
  const pixels = windows([2, 4, 4, 2]);
  expect(Array.from(got.pooled!)).toEqual(pixels.map((window) => Math.max(...window.map((i) => got.y![i]!))));
});

test.each<readonly [string, (map: Tensor) => Tensor]>([
  ['averaged first', (map) => avgPool2d(map, 2)],
  ['pooled once more', (map) => maxPool2d(map, 2)],
])('a map that is %s is computed once, and has one gradient', async (_name, first) => {
  const given = { ...GIVEN, probe: [2, 2, 2, 4] };
  const run = (apart: boolean) =>
    compute<string, string>(engine, given, (t) => {
      const map = block(t as never);
      const loss = sum(mul(concat([first(map), maxPool2d(map, 2)], 3), t.probe!));
      const [dw, db] = grad(loss, apart ? [t.w!, t.b!, map] : [t.w!, t.b!]);
      return { dw: dw!, db: db! };
    });
  const [got, apart] = [await run(false), await run(true)];
  expect(got.printed.match(/\+patches\+/g)).toHaveLength(1);
  expect(got.printed.match(/\+transposed_patches\+/g)).toHaveLength(1);
  for (const key of ['dw', 'db']) expect(got[key], key).toEqual(apart[key]);
});

test.each<readonly [string, (t: Record<string, Tensor>) => Tensor]>([
  ['windows of 3 x 3', (t) => maxPool2d(block(t as never), 3)],
  ['overlapping windows', (t) => maxPool2d(block(t as never), 2, { stride: 1 })],
  ['padding', (t) => maxPool2d(block(t as never), 2, { padding: 1 })],
  ['no bias', (t) => maxPool2d(rectify(conv2d(t.x!, t.w!), t.a!, rectifiers.prelu, slots), 2)],
  ['no rectifier', (t) => maxPool2d(conv2d(t.x!, t.w!, t.b!), 2)],
])('stays apart: %s', async (_name, fn) => {
  const got = await compute<string, string>(engine, GIVEN, (t) => ({ y: fn(t) }));
  expect(got.printed).not.toContain(FUSED);
  expect(got.printed).toContain('max_pool');
});
