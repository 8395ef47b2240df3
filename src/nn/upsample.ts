import { ArgumentError } from '../errors.ts';
import { upsampleNearest2d } from '../ops/upsample.ts';
import { type Module, module } from './module.ts';

/**
 * Images made larger, each pixel repeated over factor x factor: PyTorch's Upsample with mode 'nearest' and channels last.
 * x: [images, height, width, channels]; y: [images, height · factor, width · factor, channels].
 * Throws ArgumentError unless the factor is a whole number of at least 1, ShapeError when traced.
 */
export function upsample(factor: number): Module {
  if (!Number.isSafeInteger(factor) || factor < 1)
    throw new ArgumentError(`nn.upsample: factor must be a whole number of at least 1, got ${factor}`);
  return module((x) => upsampleNearest2d(x, factor));
}
