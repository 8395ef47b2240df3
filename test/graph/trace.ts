// Traces without a device: a graph of symbols, and what it says of itself.
import type { Graph } from '../../src/graph/graph.ts';
import type { Shape } from '../../src/graph/shape.ts';
import type { DType, Tensor } from '../../src/graph/tensor.ts';
import { createStates } from '../../src/nn/states.ts';
import { newGraph } from '../../src/ops/methods.ts';

export interface Trace {
  readonly graph: Graph;
  /** A new input. */
  readonly input: (shape: Shape, dtype?: DType) => Tensor;
  /** The cores of the calls so far: `gemm`. */
  readonly cores: () => readonly string[];
}

export function trace(): Trace {
  const graph = newGraph(createStates(0), 'train');
  return {
    graph,
    input: (shape, dtype = 'f32') => graph.input(`x${graph.inputs.size}`, shape, dtype),
    cores: () => graph.nodes.map(({ parts }) => parts.core.file.slice('core/'.length, -'.wgsl'.length)),
  };
}
