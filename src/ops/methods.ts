// The operators as methods of tensors, and the function that traces.

import { ArgumentError } from '../errors.ts';
import { Graph, type Mode } from '../graph/graph.ts';
import type { Shape } from '../graph/shape.ts';
import type { Host } from '../graph/state.ts';
import type { Tensor } from '../graph/tensor.ts';
import { add, expand, mul, sub } from './elementwise.ts';
import { type MatmulOptions, matmul } from './matmul.ts';
import { mean, type ReduceOptions, sum } from './reduce.ts';
import { detach, reshape } from './reshape.ts';

declare module '../graph/tensor.ts' {
  interface Tensor {
    /** See {@link add}. */
    add(other: Tensor): Tensor;
    /** See {@link sub}. */
    sub(other: Tensor): Tensor;
    /** See {@link mul}. */
    mul(other: Tensor | number): Tensor;
    /** See {@link matmul}. */
    matmul(other: Tensor, options?: MatmulOptions): Tensor;
    /** See {@link sum}. */
    sum(options?: ReduceOptions): Tensor;
    /** See {@link mean}. */
    mean(options?: ReduceOptions): Tensor;
    /** See {@link reshape}. */
    reshape(shape: Shape): Tensor;
    /** See {@link detach}. */
    detach(): Tensor;
    /** See {@link expand}. */
    expand(shape: Shape): Tensor;
  }
}

const methods = {
  add(this: Tensor, other: Tensor) {
    return add(this, other);
  },
  sub(this: Tensor, other: Tensor) {
    return sub(this, other);
  },
  mul(this: Tensor, other: Tensor | number) {
    return mul(this, other);
  },
  matmul(this: Tensor, other: Tensor, options?: MatmulOptions) {
    return matmul(this, other, options);
  },
  sum(this: Tensor, options?: ReduceOptions) {
    return sum(this, options);
  },
  mean(this: Tensor, options?: ReduceOptions) {
    return mean(this, options);
  },
  reshape(this: Tensor, shape: Shape) {
    return reshape(this, shape);
  },
  detach(this: Tensor) {
    return detach(this);
  },
  expand(this: Tensor, shape: Shape) {
    return expand(this, shape);
  },
  [Symbol.toPrimitive](): never {
    throw new ArgumentError(
      'a tensor is a symbol while tracing and has no value; return it from the traced function and read it after a run',
    );
  },
};

/** An empty graph whose tensors have the operators as methods. */
export function newGraph(host: Host, mode: Mode): Graph {
  return new Graph(methods, host, mode);
}
