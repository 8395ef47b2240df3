// The reverse walk: from a loss back along the tape, accumulating where a tensor was used more than once. Works on
// symbols alone; what it adds are further calls of the same graph.
import { ArgumentError, ShapeError } from '../errors.ts';
import type { Graph, TapeEntry } from './graph.ts';
import { show, sizeOf } from './shape.ts';
import type { Tensor } from './tensor.ts';

/** How the walk adds two gradients, and what it starts from; given by `ops`, which this layer does not know. */
export interface Arithmetic {
  readonly add: (a: Tensor, b: Tensor) => Tensor;
  readonly ones: (graph: Graph, shape: readonly number[]) => Tensor;
}

/**
 * Gradients d loss / d t for each tensor t of `wanted`. The loss has one element. A tensor that the loss does not
 * depend on gets null. Throws ArgumentError where the path needs the derivative of a gradient.
 */
export function backward(loss: Tensor, wanted: readonly Tensor[], { add, ones }: Arithmetic): (Tensor | null)[] {
  const { graph } = loss;
  if (sizeOf(loss.shape) !== 1)
    throw new ShapeError(
      `grad: the loss must have one element, got shape ${show(loss.shape)}; take its mean() or sum()`,
    );
  for (const tensor of wanted) {
    graph.own(tensor);
    if (tensor.dtype !== 'f32') throw new ArgumentError(`grad: whole numbers (${tensor.dtype}) have no gradient`);
  }
  // Forwards: what depends on a wanted tensor. Only entries between those and the loss are walked.
  const dependent = new Set<Tensor>(wanted);
  const tape = graph.tape.slice();
  for (const { inputs, output } of tape) if (inputs.some((input) => dependent.has(input))) dependent.add(output);

  const walked = tape.reverse();
  const left = leftOut(walked, loss, wanted, dependent);
  const gradients = new Map<Tensor, Tensor>([[loss, ones(graph, loss.shape)]]);
  // Of an operator made of others, its own entry counts: it is the last of those with this output.
  const done = new Set<Tensor>();
  for (const entry of walked) {
    const dy = gradients.get(entry.output);
    if (!dy || !dependent.has(entry.output) || done.has(entry.output) || left.has(entry)) continue;
    done.add(entry.output);
    const needed = entry.inputs.map((input) => dependent.has(input));
    if (!needed.includes(true)) continue;
    const found = graph.as(entry.operator, entry.layer, true, () => entry.backward(dy, needed));
    found.forEach((gradient, index) => {
      const input = entry.inputs[index];
      if (!gradient || !input || !needed[index]) return;
      const sum = gradients.get(input);
      gradients.set(input, sum ? add(sum, gradient) : gradient);
    });
  }
  return wanted.map((tensor) => gradients.get(tensor) ?? null);
}

/**
 * Of `walked`, from the last entry to the first: those that pass a tensor by which is wanted, has a gradient from elsewhere,
 * or is passed by twice.
 */
function leftOut(
  walked: readonly TapeEntry[],
  loss: Tensor,
  wanted: readonly Tensor[],
  dependent: ReadonlySet<Tensor>,
): ReadonlySet<TapeEntry> {
  const left = new Set<TapeEntry>();
  // Whoever is left out gives what it passes by a gradient, so that others may follow.
  for (let before = -1; before < left.size; ) {
    before = left.size;
    const reached = new Set([loss]);
    const done = new Set<Tensor>();
    const short: TapeEntry[] = [];
    for (const entry of walked) {
      const { inputs, output, bypasses } = entry;
      if (!reached.has(output) || !dependent.has(output) || done.has(output) || left.has(entry)) continue;
      done.add(output);
      for (const input of inputs) if (dependent.has(input)) reached.add(input);
      if (bypasses) short.push(entry);
    }
    const passed = short.flatMap(({ bypasses = [] }) => bypasses);
    const met = (tensor: Tensor) =>
      reached.has(tensor) || wanted.includes(tensor) || passed.indexOf(tensor) < passed.lastIndexOf(tensor);
    for (const entry of short) if (entry.bypasses?.some(met)) left.add(entry);
  }
  return left;
}
