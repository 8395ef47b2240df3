// A convolution and its transpose as matrix products, whose first matrix is read out of the images as they go.

import foldCore from '../../shaders/core/fold_parameters.wgsl';
import gemm from '../../shaders/core/gemm.wgsl';
import patches from '../../shaders/load/patches.wgsl';
import spread from '../../shaders/load/spread.wgsl';
import transposedPatches from '../../shaders/load/transposed_patches.wgsl';
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
import type { Tensor } from '../graph/tensor.ts';
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

const STORES = { activation_dx: actDx, activation_backward: actBackward };

/** x → patches · w + b. */
function convolve(x: Tensor, w: Tensor, b: Tensor | null, of: Window): Tensor {
  const m = of.images * of.outHeight * of.outWidth;
  const k = of.taps * of.channels;
  return x.graph.call({
    cores: coresFor(m, of.outChannels),
    parts: { core: gemm, load: patches, store: b ? bias : plain, sample: sampleBatch },
    reads: { a: x, b: w, ...(b && { bias: b }) },
    writes: { out: { shape: [of.images, of.outHeight, of.outWidth, of.outChannels] } },
    uniforms: { m, n: of.outChannels, k, part: k, ...patchesOf(of) },
    extent: { tiles: [m, of.outChannels] },
    flops: 2 * m * of.outChannels * k,
    byRows: { binding: 'a', sample: sampleRows },
    fusable: { activation: b ? biasAct : act, ...STORES },
  }).out;
}

/** dy → the gradient of what it is the convolution of; + b. */
function spreadBack(dy: Tensor, w: Tensor, b: Tensor | null, of: Window): Tensor {
  const m = of.images * of.height * of.width;
  const k = of.taps * of.outChannels;
  return dy.graph.call({
    cores: coresFor(m, of.channels),
    parts: { core: gemm, load: spread, store: b ? bias : plain, sample: sampleBatch },
    reads: { a: dy, b: w, ...(b && { bias: b }) },
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
): readonly [Tensor, Tensor | null] {
  const { graph } = x;
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
    parts: { core: gemm, load: transposedPatches, store: ones ? splitLast : plain, sample: sampleBatch },
    reads: { a: x, b: dy },
    writes,
    uniforms: { m, n, k, part, ...patchesOf(of), taps: of.taps },
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

function patchesOf(of: Window) {
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
  };
}

export const conv = /* @__PURE__ */ operator<readonly [Tensor, Tensor, Tensor | null, Window], null>({
  name: 'conv2d',
  inputs: (x, w, b) => (b ? [x, w, b] : [x, w]),
  forward: (_, x, w, b, of) => ({ output: convolve(x, w, b, of), saved: null }),
  backward: (dy, _, needed, x, w, b, of) => {
    const dx = needed[0] ? spreadBack(dy, w, null, of) : null;
    if (dx) derivative('conv2d', [dy, w], [dx]);
    const [dw, db] = needed[1] || needed[2] ? weightGradients(x, dy, of, w.shape, b !== null) : [null, null];
    return [dx, dw, db];
  },
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
