// A convolution and its transpose as matrix products, whose first matrix is read out of the images as they go.

import foldCore from '../../shaders/core/fold_parameters.wgsl';
import gemm from '../../shaders/core/gemm.wgsl';
import patches from '../../shaders/load/patches.wgsl';
import spread from '../../shaders/load/spread.wgsl';
import transposedPatches from '../../shaders/load/transposed_patches.wgsl';
import poolMax from '../../shaders/pool/max.wgsl';
import poolNone from '../../shaders/pool/none.wgsl';
import sampleBatch from '../../shaders/sample/batch.wgsl';
import sampleRows from '../../shaders/sample/rows.wgsl';
import act from '../../shaders/store/act.wgsl';
import actBackward from '../../shaders/store/act_backward.wgsl';
import actDx from '../../shaders/store/act_dx.wgsl';
import bias from '../../shaders/store/bias.wgsl';
import biasAct from '../../shaders/store/bias_act.wgsl';
import plain from '../../shaders/store/plain.wgsl';
import splitLast from '../../shaders/store/split_last.wgsl';
import update from '../../shaders/store/update.wgsl';
import updateSplitLast from '../../shaders/store/update_split_last.wgsl';
import type { Shape } from '../graph/shape.ts';
import type { Node, Tensor } from '../graph/tensor.ts';
import type { Fragment } from '../wgsl/fragment.ts';
import { coresFor } from './matmul.ts';
import { derivative, operator } from './operator.ts';

/** A convolution's sizes: from images [images, height, width, channels] to [images, outHeight, outWidth, outChannels]. */
export interface Window {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly kernelWidth: number;
  readonly taps: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
}

declare module '../graph/tensor.ts' {
  interface Notes {
    /** Of a convolution's result: what it was computed from, and in which layer. */
    convolved?: Convolved;
  }
}

export interface Convolved {
  readonly x: Tensor;
  readonly w: Tensor;
  readonly b: Tensor | null;
  readonly of: Window;
  readonly layer: string;
}

const STORES = { activation_dx: actDx, activation_backward: actBackward };

/** The call that convolves; `pool` is 1 where its store takes windows of 2 x 2, whose rows follow one another. */
export function convolution(x: Tensor, w: Tensor, of: Window, pool: 0 | 1) {
  const m = of.images * of.outHeight * of.outWidth;
  const k = of.taps * of.channels;
  return {
    cores: coresFor(m, of.outChannels),
    parts: { core: gemm, load: patches, sample: sampleBatch },
    reads: { a: x, b: w },
    uniforms: { m, n: of.outChannels, k, part: k, ...patchesOf(of, pool) },
    extent: { tiles: [m, of.outChannels] as const },
    flops: 2 * m * of.outChannels * k,
    byRows: { binding: 'a', sample: sampleRows },
  };
}

/** x → patches · w + b. */
function convolve(x: Tensor, w: Tensor, b: Tensor | null, of: Window): Tensor {
  const call = convolution(x, w, of, 0);
  return x.graph.call({
    ...call,
    parts: { ...call.parts, store: b ? bias : plain },
    reads: { ...call.reads, ...(b && { bias: b }) },
    writes: { out: { shape: [of.images, of.outHeight, of.outWidth, of.outChannels] } },
    fusable: { activation: b ? biasAct : act, ...STORES },
  }).out;
}

/** How a call reads a gradient that belongs, after pooling, to the pixels that were chosen; or to all of them. */
function expanded(chosen: Tensor | null): Pick<Node, 'reads' | 'uniforms'> & { readonly pool: Fragment } {
  if (!chosen) return { pool: poolNone, reads: {}, uniforms: { pool: 0 } };
  return { pool: poolMax, reads: { chosen }, uniforms: { pool: 1, words: chosen.shape.at(-1) ?? 1 } };
}

/** dy → the gradient of what it is the convolution of; + b. */
function spreadBack(dy: Tensor, w: Tensor, b: Tensor | null, of: Window, chosen: Tensor | null = null): Tensor {
  const { pool, reads, uniforms } = expanded(chosen);
  const m = of.images * of.height * of.width;
  const k = of.taps * of.outChannels;
  return dy.graph.call({
    cores: coresFor(m, of.channels),
    parts: { core: gemm, load: spread, store: b ? bias : plain, sample: sampleBatch, pool },
    reads: { a: dy, b: w, ...(b && { bias: b }), ...reads },
    writes: { out: { shape: [of.images, of.height, of.width, of.channels] } },
    uniforms: {
      m,
      n: of.channels,
      k,
      part: k,
      width: of.width,
      pixels: of.height * of.width,
      out_height: of.outHeight,
      out_width: of.outWidth,
      out_channels: of.outChannels,
      kernel_width: of.kernelWidth,
      stride: of.stride,
      padding: of.padding,
      dilation: of.dilation,
      ...uniforms,
    },
    extent: { tiles: [m, of.channels] },
    flops: 2 * m * of.channels * k,
    byRows: { binding: 'a', sample: sampleRows },
    fusable: { activation: b ? biasAct : act, ...STORES },
  }).out;
}

/** Terms of one part of the sum over all pixels: parts run side by side, so that few weights keep a GPU busy. */
const TERMS = 1024;

/** The weights' gradient; with `ones`, the biases' beside it. */
function weightGradients(
  x: Tensor,
  dy: Tensor,
  of: Window,
  shape: Shape,
  ones: boolean,
  chosen: Tensor | null = null,
): readonly [Tensor, Tensor | null] {
  const { graph } = x;
  const { pool, reads, uniforms } = expanded(chosen);
  const [k, n] = [of.images * of.outHeight * of.outWidth, of.outChannels];
  const rows = of.taps * of.channels;
  const m = rows + Number(ones);
  const part = Math.ceil(k / Math.ceil(k / TERMS) / 2) * 2;
  const parts = Math.ceil(k / part);
  const lead = parts > 1 ? [parts] : [];
  const writes: Record<string, { readonly shape: Shape }> = { out: { shape: [...lead, ...shape] } };
  if (ones) writes.last_row = { shape: [...lead, n] };
  const { out, last_row } = graph.call({
    cores: coresFor(m, n),
    parts: { core: gemm, load: transposedPatches, store: ones ? splitLast : plain, sample: sampleBatch, pool },
    reads: { a: x, b: dy, ...reads },
    writes,
    uniforms: { m, n, k, part, ...patchesOf(of), ...uniforms, taps: of.taps },
    extent: { tiles: [m, n], parts },
    flops: 2 * m * n * k,
    byRows: { binding: 'a', sample: sampleRows },
    ...(parts === 1 && { fusable: { update: ones ? updateSplitLast : update } }),
  }) as { readonly out: Tensor; readonly last_row?: Tensor };
  const whole = (sums: Tensor, size: number, to: Shape) => (parts > 1 ? addParts(sums, parts, size, to) : sums);
  const found = [whole(out, rows * n, shape), last_row ? whole(last_row, n, [n]) : null] as const;
  derivative(
    'conv2d',
    [x, dy],
    found.filter((gradient) => gradient !== null),
  );
  return found;
}

function addParts(sums: Tensor, chunks: number, size: number, shape: Shape): Tensor {
  return sums.graph.call({
    parts: { core: foldCore },
    reads: { sums },
    writes: { dp: { shape } },
    uniforms: { p_offset: [0, 0, 0, 0], p_count: [size, 0, 0, 0], chunks, width: size, size },
    extent: { threads: size },
    flops: chunks * size,
    sums: { of: 'sums', parts: [{ at: 0, count: size, first: 0, chunks, stride: size }] },
  }).dp;
}

function patchesOf(of: Window, pool: 0 | 1 = 0) {
  return {
    height: of.height,
    width: of.width,
    channels: of.channels,
    out_width: of.outWidth,
    out_pixels: of.outHeight * of.outWidth,
    kernel_width: of.kernelWidth,
    stride: of.stride,
    padding: of.padding,
    dilation: of.dilation,
    pool,
  };
}

/** Gradients of images, weights and biases; with `chosen`, from that of what was pooled. */
export function convolutionGradients(
  dy: Tensor,
  needed: readonly boolean[],
  { x, w, b, of }: Omit<Convolved, 'layer'>,
  chosen: Tensor | null = null,
): readonly (Tensor | null)[] {
  const dx = needed[0] ? spreadBack(dy, w, null, of, chosen) : null;
  if (dx) derivative('conv2d', [dy, w], [dx]);
  const [dw, db] = needed[1] || needed[2] ? weightGradients(x, dy, of, w.shape, b !== null, chosen) : [null, null];
  return [dx, dw, db];
}

export const conv = /* @__PURE__ */ operator<readonly [Tensor, Tensor, Tensor | null, Window], null>({
  name: 'conv2d',
  inputs: (x, w, b) => (b ? [x, w, b] : [x, w]),
  forward: (graph, x, w, b, of) => {
    const output = convolve(x, w, b, of);
    graph.notes(output).convolved = { x, w, b, of, layer: graph.path.join('.') };
    return { output, saved: null };
  },
  backward: (dy, _, needed, x, w, b, of) => convolutionGradients(dy, needed, { x, w, b, of }),
});

export const transposed = /* @__PURE__ */ operator<readonly [Tensor, Tensor, Tensor | null, Window], null>({
  name: 'convTranspose2d',
  inputs: (x, w, b) => (b ? [x, w, b] : [x, w]),
  forward: (_, x, w, b, of) => ({ output: spreadBack(x, w, b, of), saved: null }),
  backward: (dy, _, needed, x, w, b, of) => {
    const dx = needed[0] ? convolve(dy, w, null, of) : null;
    if (dx) derivative('convTranspose2d', [dy, w], [dx]);
    const dw = needed[1] ? weightGradients(dy, x, of, w.shape, false)[0] : null;
    return [dx, dw, b && needed[2] ? dy.sum({ axes: [0, 1, 2] }) : null];
  },
});
