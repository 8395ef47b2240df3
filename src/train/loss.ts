// What the trainer asks of a loss.
import type { Dataset } from '../data/dataset.ts';
import { ArgumentError, ShapeError } from '../errors.ts';
import { storageOf } from '../graph/graph.ts';
import { show, sizeOf } from '../graph/shape.ts';
import { isTensor, type Tensor } from '../graph/tensor.ts';
import { kindOf } from '../options.ts';
import { checkBelow } from './compile.ts';

/** Such as nn.crossEntropy, nn.bceWithLogits or nn.mse: the model's output and the targets → one number, a mean over samples. */
export type Loss = (output: Tensor, target: Tensor) => Tensor;

/** Throws unless the loss fits the data; tells whether it counts correct answers. */
export function checkLoss(what: string, loss: Tensor, target: Tensor, data: Dataset, batch: number): boolean {
  if (!isTensor(loss))
    throw new ArgumentError(
      `${what}: the loss must return a tensor, such as nn.mse(output, target), and be no async function; got ${kindOf(loss)}`,
    );
  const { graph } = loss;
  const { correct, countsValidRows } = graph.notes(loss);
  if (sizeOf(loss.shape) !== 1)
    throw new ShapeError(`${what}: the loss must be one number, got shape ${show(loss.shape)}; take its mean()`);
  if (!countsValidRows && data.count % batch !== 0)
    throw new ArgumentError(
      `${what}: this loss would count the empty rows of the last batch (${data.count} samples in batches of ${batch}); use nn.crossEntropy, nn.bceWithLogits or nn.mse, or a batch size that divides ${data.count}`,
    );
  const other = graph.counted.find(({ rows }) => rows !== batch);
  if (other)
    throw new ShapeError(
      `${what}: ${other.operator} got ${other.rows} rows of a batch of ${batch}; it leaves out the empty ones of a short batch, so the first axis must be the samples`,
    );
  const { below } = graph.notes(storageOf(target));
  if (below !== undefined) checkBelow(`${what}: data set '${data.name}'`, data.y, below);
  return correct !== undefined;
}
