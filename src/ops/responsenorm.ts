// Local response normalisation: each channel is divided by what its neighbours amount to.
import core from '../../shaders/core/response_norm.wgsl';
import dxCore from '../../shaders/core/response_norm_dx.wgsl';
import { ShapeError } from '../errors.ts';
import { sizeOf } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { checkChannels, checkNumber } from './channels.ts';
import { derivative, operator } from './operator.ts';

/** What {@link localResponseNorm} takes beside its size. */
export interface ResponseNormOptions {
  /** Multiplies the mean of the squares. Default 1e-4. */
  readonly alpha?: number;
  /** The power of what x is divided by. Default 0.75. */
  readonly beta?: number;
  /** Added to the mean of the squares; above 0. Default 1. */
  readonly k?: number;
}

interface Saved {
  readonly y: Tensor;
  readonly scale: Tensor;
}

const normalise = operator<readonly [Tensor, number, Required<ResponseNormOptions>], Saved>({
  name: 'localResponseNorm',
  inputs: (x) => [x],
  forward: (graph, x, count, { alpha, beta, k }) => {
    const size = sizeOf(x.shape);
    const { y, scale } = graph.call({
      parts: { core },
      reads: { x },
      writes: { y: { shape: x.shape }, scale: { shape: x.shape } },
      uniforms: { size, ...windowOf(x, count), k, share: alpha / count, beta },
      extent: { threads: size },
      flops: (2 * count + 4) * size,
    });
    return { output: y, saved: { y, scale } };
  },
  backward: (dy, { y, scale }, _needed, x, count, { alpha, beta }) => {
    const size = sizeOf(x.shape);
    const { dx } = x.graph.call({
      parts: { core: dxCore },
      reads: { x, dy, y, scale },
      writes: { dx: { shape: x.shape } },
      uniforms: { size, ...windowOf(x, count), factor: (2 * alpha * beta) / count, beta },
      extent: { threads: size },
      flops: (3 * count + 5) * size,
    });
    derivative('localResponseNorm', [dy, x], [dx]);
    return [dx];
  },
});

function windowOf(x: Tensor, size: number) {
  const width = x.shape.at(-1) ?? 1;
  // What reaches beyond the ends holds zeros.
  const [before, after] = [Math.floor(size / 2), Math.floor((size - 1) / 2)].map((n) => Math.min(n, width));
  return { width, before: before ?? 0, after: after ?? 0 };
}

/**
 * y = x / (k + alpha · m)^beta, m the mean of x² over `size` neighbouring channels: ⌊size / 2⌋ before, itself and
 * ⌊(size − 1) / 2⌋ after; beyond the first and the last there are zeros.
 *
 * x, y: [rows, …, channels]. Gradient of x. Throws ShapeError, ArgumentError. Krizhevsky et al. 2012, section 3.3; alpha
 * is divided by `size` as in PyTorch.
 */
export function localResponseNorm(x: Tensor, size: number, options: ResponseNormOptions = {}): Tensor {
  const { alpha = 1e-4, beta = 0.75, k = 1 } = options;
  checkChannels('localResponseNorm', x, {});
  if (!Number.isSafeInteger(size) || size < 1)
    throw new ShapeError(`localResponseNorm: size must be a whole number of at least 1, got ${size}`);
  checkNumber('localResponseNorm: alpha', alpha);
  checkNumber('localResponseNorm: beta', beta);
  checkNumber('localResponseNorm: k', k, 0, Number.MAX_VALUE, true);
  return normalise(x, size, { alpha, beta, k });
}
