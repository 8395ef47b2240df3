// A module: a function of tensors that owns parameters. It holds no numbers: a model is a description, and each engine
// keeps its own state for it.
import type { Tensor } from '../graph/tensor.ts';

export interface Module {
  (x: Tensor): Tensor;
  /** What calling the module does once its state is laid out. */
  readonly trace: (x: Tensor) => Tensor;
}

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
