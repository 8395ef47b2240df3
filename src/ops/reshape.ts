// Another shape, or another history, for the same numbers. No call: both tensors share their memory.
import { ShapeError } from '../errors.ts';
import { type Shape, show, sizeOf } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { operator } from './operator.ts';

/**
 * x with shape `shape`, in row-major order; one length may be −1 and is then worked out.
 *
 * Gradient: dy with the shape of x. Throws ShapeError.
 * @function
 */
export const reshape: (x: Tensor, shape: Shape) => Tensor = operator<readonly [Tensor, Shape], null>({
  name: 'reshape',
  inputs: (x) => [x],
  forward: (graph, x, shape) => {
    const known = shape.reduce((product, length) => (length === -1 ? product : product * length), 1);
    const full = shape.map((length) => (length === -1 ? sizeOf(x.shape) / known : length));
    const whole = full.every((length) => Number.isInteger(length));
    if (shape.filter((length) => length === -1).length > 1 || !whole || sizeOf(full) !== sizeOf(x.shape))
      throw new ShapeError(
        `reshape: ${show(x.shape)} has ${sizeOf(x.shape)} elements, which do not fit ${show(shape)}; the product of the lengths must stay the same, with -1 at most once`,
      );
    return { output: graph.tensor(full, x.dtype, { kind: 'view', of: x }), saved: null };
  },
  backward: (dy, _saved, _needed, x) => [reshape(dy, x.shape)],
});

/** x as a constant: the same numbers, through which no gradient flows. */
export function detach(x: Tensor): Tensor {
  return x.graph.tensor(x.shape, x.dtype, { kind: 'view', of: x });
}
