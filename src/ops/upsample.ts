// Larger images: each pixel repeated.
import core from '../../shaders/core/upsample_nearest.wgsl';
import { ShapeError } from '../errors.ts';
import { type Shape, show, sizeOf } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { checkFloats, derivative, operator } from './operator.ts';

/** `small` is the shape of the images before they are repeated, whichever way it goes. */
function repeat(x: Tensor, [, height, width, channels]: Shape, factor: number, shape: Shape, sums: boolean): Tensor {
  const size = sizeOf(shape);
  return x.graph.call({
    parts: { core },
    reads: { x },
    writes: { out: { shape } },
    uniforms: { size, height: height ?? 1, width: width ?? 1, channels: channels ?? 1, factor },
    constants: { SUMS: Number(sums) },
    extent: { threads: size },
    flops: sums ? size * factor ** 2 : 0,
  }).out;
}

/**
 * Images made larger, each pixel repeated: y[i, p, q, c] = x[i, ⌊p / factor⌋, ⌊q / factor⌋, c]; PyTorch's `interpolate`
 * with mode 'nearest'.
 *
 * x: [images, height, width, channels]; y: [images, height · factor, width · factor, channels].
 * Gradient: the sum of dy over each block of factor x factor pixels. Throws ShapeError for another number of axes, and
 * for a factor that is not a whole number of at least 1.
 * @function
 */
export const upsampleNearest2d = operator<readonly [Tensor, number], null>({
  name: 'upsampleNearest2d',
  inputs: (x) => [x],
  forward: (_, x, factor) => {
    checkFloats('upsampleNearest2d', x);
    const [images = 1, height = 1, width = 1, channels = 1] = x.shape;
    if (x.shape.length !== 4)
      throw new ShapeError(
        `upsampleNearest2d: expected images of shape [images, height, width, channels], got ${show(x.shape)}; reshape them`,
      );
    if (!Number.isSafeInteger(factor) || factor < 1)
      throw new ShapeError(`upsampleNearest2d: factor must be a whole number of at least 1, got ${factor}`);
    const shape = [images, height * factor, width * factor, channels];
    return { output: repeat(x, x.shape, factor, shape, false), saved: null };
  },
  backward: (dy, _saved, _needed, x, factor) => {
    const dx = repeat(dy, x.shape, factor, x.shape, true);
    derivative('upsampleNearest2d', [dy], [dx]);
    return [dx];
  },
});
