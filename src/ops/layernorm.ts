// Layer normalisation: mean and variance over the channels of each row.
import core from '../../shaders/core/layer_norm.wgsl';
import dxCore from '../../shaders/core/layer_norm_dx.wgsl';
import sumsCore from '../../shaders/core/layer_norm_sums.wgsl';
import { sizeOf } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { checkChannels, checkNumber, constant, foldChunks, rowsOf } from './channels.ts';
import { derivative, operator } from './operator.ts';

/** What {@link layerNorm} takes beside its tensors. */
export interface LayerNormOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
}

interface Saved {
  readonly statistics: Tensor;
  readonly weight: Tensor;
}

/** Threads for a row: the more, the longer it is. */
const lanesFor = (width: number) => 2 ** Math.min(6, Math.ceil(Math.log2(Math.max(1, width / 16))));

const normalise = operator<readonly [Tensor, Tensor | null, Tensor | null, number], Saved>({
  name: 'layerNorm',
  inputs: (x, w, b) => [x, w, b].filter((tensor) => tensor !== null),
  forward: (graph, x, w, b, eps) => {
    const { rows, width } = rowsOf(x);
    const lanes = lanesFor(width);
    const weight = w ?? constant(x, width, 1);
    const { y, statistics } = graph.call({
      parts: { core },
      reads: { x, weight, bias: b ?? constant(x, width, 0) },
      writes: { y: { shape: x.shape }, statistics: { shape: [rows, 2] } },
      uniforms: { rows, width, lanes, eps },
      extent: { threads: rows * lanes },
      flops: 11 * rows * width,
    });
    return { output: y, saved: { statistics, weight } };
  },
  backward: (dy, { statistics, weight }, needed, x, w, b) => {
    const { graph } = x;
    const of = rowsOf(x);
    const { rows, width, chunks } = of;
    const lanes = lanesFor(width);
    const { dx } = graph.call({
      parts: { core: dxCore },
      reads: { x, dy, weight, statistics },
      writes: { dx: { shape: x.shape } },
      uniforms: { rows, width, lanes },
      extent: { threads: rows * lanes },
      flops: 14 * sizeOf(x.shape),
    });
    derivative('layerNorm', w ? [dy, x, w] : [dy, x], [dx]);
    if (!w && !b) return [dx];
    const sums = graph.call({
      parts: { core: sumsCore },
      reads: { x, dy, statistics },
      writes: { dweight_sums: { shape: [chunks, width] }, dbias_sums: { shape: [chunks, width] } },
      uniforms: { ...of },
      extent: { threads: chunks * width },
      flops: 6 * sizeOf(x.shape),
    });
    const dweight = foldChunks(sums.dweight_sums, of);
    const dbias = foldChunks(sums.dbias_sums, of);
    derivative('layerNorm', [dy, x], [dweight, dbias]);
    const found = [dx, ...(w ? [dweight] : []), ...(b ? [dbias] : [])];
    return found.map((gradient, index) => (needed[index] ? gradient : null));
  },
});

/**
 * y = (x − mean) / √(variance + eps) · w + b, with mean and biased variance of each row: of all its channels.
 *
 * Gradients of x, w and b. Throws ShapeError, ArgumentError. Ba et al. 2016.
 * @param x [rows, …, channels]
 * @param w [channels]; null for 1
 * @param b [channels]; null for 0
 */
export function layerNorm(
  x: Tensor,
  w: Tensor | null = null,
  b: Tensor | null = null,
  { eps = 1e-5 }: LayerNormOptions = {},
): Tensor {
  checkChannels('layerNorm', x, { weight: w, bias: b });
  checkNumber('layerNorm: eps', eps, 0, Number.MAX_VALUE, true);
  return normalise(x, w, b, eps);
}
