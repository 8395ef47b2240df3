// add, sub, mul with broadcasting; scaling by a number; expand. One core serves all of them.
import core from '../../shaders/core/broadcast.wgsl';
import { ShapeError } from '../errors.ts';
import { broadcast, type Shape, sameShape, show, sizeOf } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { checkFloats, operator } from './operator.ts';
import { sumTo } from './reduce.ts';

const OP = { add: 0, mul: 1, sub: 2, scale: 3, copy: 4 } as const;
/** As the caller knows them. */
const PUBLIC = { add: 'add', mul: 'mul', sub: 'sub', scale: 'mul', copy: 'expand' } as const;

/** Row-major strides of `shape` as four axes, aligned at the last; 0 along an axis of length 1, which may be broadcast. */
function strides(shape: Shape): readonly number[] {
  const result = [0, 0, 0, 0];
  let stride = 1;
  for (let axis = 1; axis <= shape.length; axis++) {
    const length = shape[shape.length - axis] ?? 1;
    if (length > 1) result[4 - axis] = stride;
    stride *= length;
  }
  return result;
}

function elementwise(op: keyof typeof OP, a: Tensor, b: Tensor, out: Shape, factor = 1): Tensor {
  if (out.length > 4) throw new ShapeError(`${PUBLIC[op]}: at most four axes, got ${show(out)}; reshape first`);
  checkFloats(PUBLIC[op], a, b);
  const size = sizeOf(out);
  return a.graph.call({
    parts: { core },
    reads: { a, b },
    writes: { out: { shape: out } },
    uniforms: {
      shape: [1, 1, 1, 1, ...out].slice(-4),
      stride_a: strides(a.shape),
      stride_b: strides(b.shape),
      size,
      factor,
    },
    constants: { OP: OP[op] },
    extent: { threads: size },
    flops: size,
  }).out;
}

/**
 * a + b, with broadcasting.
 *
 * Gradients: dy, summed over what was broadcast. Throws ShapeError.
 * @function
 * @param a up to four axes
 * @param b a shape that broadcasts with that of a: aligned at the last axis, lengths are equal or 1
 */
export const add = operator<readonly [Tensor, Tensor], null>({
  name: 'add',
  inputs: (a, b) => [a, b],
  forward: (_, a, b) => ({ output: elementwise('add', a, b, broadcast('add', a.shape, b.shape)), saved: null }),
  backward: (dy, _, needed, a, b) => [needed[0] ? sumTo(dy, a.shape) : null, needed[1] ? sumTo(dy, b.shape) : null],
});

/**
 * a − b, with broadcasting.
 *
 * Gradients: dy and −dy, summed over what was broadcast. Throws ShapeError.
 * @function
 * @param a up to four axes
 * @param b a shape that broadcasts with that of a
 */
export const sub = operator<readonly [Tensor, Tensor], null>({
  name: 'sub',
  inputs: (a, b) => [a, b],
  forward: (_, a, b) => ({ output: elementwise('sub', a, b, broadcast('sub', a.shape, b.shape)), saved: null }),
  backward: (dy, _, needed, a, b) => [
    needed[0] ? sumTo(dy, a.shape) : null,
    needed[1] ? sumTo(scale(dy, -1), b.shape) : null,
  ],
});

const product: (a: Tensor, b: Tensor) => Tensor = operator<readonly [Tensor, Tensor], null>({
  name: 'mul',
  inputs: (a, b) => [a, b],
  forward: (_, a, b) => ({ output: elementwise('mul', a, b, broadcast('mul', a.shape, b.shape)), saved: null }),
  backward: (dy, _, needed, a, b) => [
    needed[0] ? sumTo(product(dy, b), a.shape) : null,
    needed[1] ? sumTo(product(dy, a), b.shape) : null,
  ],
});

const scale: (x: Tensor, factor: number) => Tensor = operator<readonly [Tensor, number], null>({
  name: 'mul',
  inputs: (x) => [x],
  forward: (_, x, factor) => ({ output: elementwise('scale', x, x, x.shape, factor), saved: null }),
  backward: (dy, _saved, _needed, _x, factor) => [scale(dy, factor)],
});

/**
 * a · b, element by element, with broadcasting; b may be a number.
 *
 * Gradients: dy · b and dy · a, summed over what was broadcast. Throws ShapeError.
 */
export function mul(a: Tensor, b: Tensor | number): Tensor {
  return typeof b === 'number' ? scale(a, b) : product(a, b);
}

/**
 * Repeats x along axes of length 1 (and new leading axes) up to `shape`.
 *
 * Gradient: dy, summed over them. Throws ShapeError.
 * @function
 * @param x up to four axes
 * @param shape the result's; where it differs from that of x, x has length 1
 */
export const expand = operator<readonly [Tensor, Shape], null>({
  name: 'expand',
  inputs: (x) => [x],
  forward: (_, x, shape) => {
    if (!sameShape(broadcast('expand', x.shape, shape), shape))
      throw new ShapeError(`expand: ${show(x.shape)} cannot become ${show(shape)}`);
    return { output: elementwise('copy', x, x, shape), saved: null };
  },
  backward: (dy, _saved, _needed, x) => [sumTo(dy, x.shape)],
});

/** dy · x for a scalar upstream gradient dy; x itself at the end of the walk, where dy is 1. */
export function chain(x: Tensor, dy: Tensor): Tensor {
  return dy.graph.notes(dy).one ? x : product(x, dy);
}
