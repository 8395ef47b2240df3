// grad: the gradients of a loss, as further symbols of the same graph.
import { ArgumentError } from '../errors.ts';
import { backward } from '../graph/autograd.ts';
import type { Graph } from '../graph/graph.ts';
import type { Shape } from '../graph/shape.ts';
import type { BufferSpec, Tensor } from '../graph/tensor.ts';
import { add } from './elementwise.ts';

const ONE: BufferSpec = { name: 'one', bytes: 4, initial: () => Float32Array.of(1) };

function ones(graph: Graph, shape: Shape): Tensor {
  const one = graph.leaf(ONE, shape);
  graph.notes(one).one = true;
  return one;
}

/** Gradients for each of `wanted`; null for those that the loss does not depend on. */
export function gradients(loss: Tensor, wanted: readonly Tensor[]): (Tensor | null)[] {
  return backward(loss, wanted, { add, ones });
}

/**
 * d loss / d x, of x's shape; given a list, a list. The loss must have one element.
 *
 * Throws ArgumentError where the loss does not depend on x, ShapeError where the loss has several elements.
 */
export function grad(loss: Tensor, x: Tensor): Tensor;
export function grad(loss: Tensor, x: readonly Tensor[]): Tensor[];
export function grad(loss: Tensor, x: Tensor | readonly Tensor[]): Tensor | Tensor[] {
  const wanted = Array.isArray(x) ? (x as readonly Tensor[]) : [x as Tensor];
  const found = gradients(loss, wanted).map((gradient, index) => {
    if (gradient) return gradient;
    throw new ArgumentError(`grad: the loss does not depend on tensor ${index} of those given; leave it out`);
  });
  return Array.isArray(x) ? found : (found[0] as Tensor);
}
