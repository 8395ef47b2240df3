import { ArgumentError } from '../errors.ts';
import type { Tensor } from '../graph/tensor.ts';
import { alphaDropout as alphaDrop, dropout as drop } from '../ops/dropout.ts';
import { type Module, module } from './module.ts';

/**
 * Dropout, PyTorch's: in training, elements become 0 with probability p, the others are divided by 1 − p.
 * x, y: any shape. Mode 'eval': y = x. Throws ArgumentError unless p is in [0, 1).
 */
export const dropout = (p = 0.5): Module => dropping('dropout', drop, p);

/** Dropout for SELU: keeps mean 0 and variance 1. Otherwise as `dropout`. */
export const alphaDropout = (p = 0.5): Module => dropping('alphaDropout', alphaDrop, p);

function dropping(name: string, operator: (x: Tensor, p: number) => Tensor, p: number): Module {
  if (!(p >= 0 && p < 1))
    throw new ArgumentError(`nn.${name}: p, the share that is dropped, must be in [0, 1), got ${p}`);
  return module((x) => operator(x, p));
}
