// A module: a function of tensors that owns parameters. It holds no numbers: a model is a description, and each engine
// keeps its own state for it.
import type { Tensor } from '../graph/tensor.ts';

/**
 * A layer, or a whole model: a function of tensors that owns parameters.
 *
 * It holds no numbers; each engine keeps its own state for it, laid out when the outermost module is first traced.
 */
export interface Module {
  /** Applies it to a tensor of a traced function. Throws ShapeError for a shape that it does not take. */
  (x: Tensor): Tensor;
  /**
   * What calling the module does once its state is laid out.
   * @internal
   */
  readonly trace: (x: Tensor) => Tensor;
}

/**
 * A module of your own: `trace` says what it computes, from other modules and operators.
 *
 * Parts that have parameters are called through {@link within}, which names them. Throws ArgumentError, when traced, for
 * two parameters of one name.
 */
export function module(trace: (x: Tensor) => Tensor): Module {
  const self: Module = Object.assign(
    (x: Tensor): Tensor => {
      const { graph } = x;
      if (graph.root) return trace(x);
      graph.host.enter(self, x);
      graph.root = self;
      try {
        return trace(x);
      } finally {
        graph.root = null;
      }
    },
    { trace },
  );
  return self;
}

/** Runs `trace` as the part `name` of the module being traced, which its parameters' names then begin with. */
export function within(x: Tensor, name: string, trace: (x: Tensor) => Tensor): Tensor {
  x.graph.path.push(name);
  try {
    return trace(x);
  } finally {
    x.graph.path.pop();
  }
}
