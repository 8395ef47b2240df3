// Dropout, and the form of it that keeps mean and variance: one call, whose gradient is the same call on dy.
import core from '../../shaders/core/dropout.wgsl';
import { sizeOf } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { checkFloats, operator } from './operator.ts';

/** An element is kept with probability `keep` and becomes scale · x + shift; or it becomes `dropped`. */
interface Mask {
  readonly stream: number;
  readonly keep: number;
  readonly scale: number;
  readonly shift: number;
  readonly dropped: number;
}

const mask: (x: Tensor, options: Mask) => Tensor = /* @__PURE__ */ operator<readonly [Tensor, Mask], null>({
  name: 'dropout',
  inputs: (x) => [x],
  forward: (graph, x, options) => {
    checkFloats('dropout', x);
    const size = sizeOf(x.shape);
    const { out } = graph.call({
      parts: { core },
      reads: { x },
      writes: { out: { shape: x.shape } },
      uniforms: { size, ...options },
      extent: { threads: size },
      flops: 2 * size,
    });
    return { output: out, saved: null };
  },
  backward: (dy, _saved, _needed, _x, options) => [mask(dy, { ...options, shift: 0, dropped: 0 })],
});

/** SELU's value far to the left. */
const FLOOR = -1.7580993408473766;

/**
 * In training, each element becomes 0 with probability p and is divided by 1 − p otherwise; elsewhere, y = x.
 * Drawn anew in each step that an optimizer counts. Srivastava et al. 2014.
 */
export function dropout(x: Tensor, p: number): Tensor {
  const keep = 1 - p;
  return masked(x, p, { keep, scale: 1 / keep, shift: 0, dropped: 0 });
}

/**
 * In training, each element becomes SELU's least value with probability p, and all are then scaled and shifted so that
 * mean 0 and variance 1 are kept; elsewhere, y = x. Klambauer et al. 2017, section 3.
 */
export function alphaDropout(x: Tensor, p: number): Tensor {
  const keep = 1 - p;
  const scale = (keep + FLOOR ** 2 * keep * p) ** -0.5;
  const shift = -scale * p * FLOOR;
  return masked(x, p, { keep, scale, shift, dropped: scale * FLOOR + shift });
}

function masked(x: Tensor, p: number, options: Omit<Mask, 'stream'>): Tensor {
  // How many operators came before is a number of this one's own.
  return x.graph.mode === 'train' && p > 0 ? mask(x, { ...options, stream: x.graph.tape.length }) : x;
}
