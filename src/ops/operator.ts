// The way to define an operator: shape rule and forward calls, and the backward that goes with them. There is no way to
// define one without a backward.
import { ArgumentError, ShapeError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { Tensor } from '../graph/tensor.ts';

export interface Definition<Args extends readonly unknown[], Saved> {
  readonly name: string;
  /** The tensors among the arguments, in the order in which `backward` answers. */
  readonly inputs: (...args: Args) => readonly Tensor[];
  /** Checks shapes, adds the calls, and returns the result and whatever the backward needs of them. */
  readonly forward: (graph: Graph, ...args: Args) => { readonly output: Tensor; readonly saved: Saved };
  /** Gradients for `inputs`; those that `needed` leaves out may be null. */
  readonly backward: (
    dy: Tensor,
    saved: Saved,
    needed: readonly boolean[],
    ...args: Args
  ) => readonly (Tensor | null)[];
}

export function operator<Args extends readonly unknown[], Saved>(
  definition: Definition<Args, Saved>,
): (...args: Args) => Tensor {
  const { name, inputs, forward, backward } = definition;
  if (typeof backward !== 'function')
    throw new ArgumentError(`operator: '${name}' has no backward; every operator must have one`);
  return (...args) => {
    const tensors = inputs(...args);
    const graph = graphOf(name, tensors);
    const layer = graph.path.join('.');
    const { output, saved } = graph.as(name, layer, false, () => forward(graph, ...args));
    graph.tape.push({
      operator: name,
      layer,
      inputs: tensors,
      output,
      backward: (dy, needed) => backward(dy, saved, needed, ...args),
    });
    return output;
  };
}

function graphOf(name: string, tensors: readonly Tensor[]): Graph {
  const graph = tensors[0]?.graph;
  if (!graph || !tensors.every((tensor) => tensor?.graph))
    throw new ArgumentError(`${name}: expected tensors; a number or an array is not one: pass data as an input`);
  for (const tensor of tensors) graph.own(tensor);
  return graph;
}

/** Throws ShapeError for whole numbers, whose bits a kernel would take for f32. */
export function checkFloats(name: string, ...tensors: readonly (Tensor | null | undefined)[]): void {
  const types = tensors.flatMap((tensor) => tensor?.dtype ?? []);
  if (types.some((dtype) => dtype !== 'f32'))
    throw new ShapeError(`${name}: expected f32 tensors, got ${types.join(' and ')}`);
}

/** Marks the results of a gradient kernel: they depend on `inputs`, and that dependence has no derivative here. */
export function derivative(name: string, inputs: readonly Tensor[], outputs: readonly Tensor[]): void {
  for (const output of outputs)
    output.graph.tape.push({
      operator: name,
      layer: '',
      inputs,
      output,
      backward: () => {
        throw new ArgumentError(`grad: the derivative of ${name} is not available (a second derivative was asked for)`);
      },
    });
}
