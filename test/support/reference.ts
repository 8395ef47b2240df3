// An independent float64 reference: every operator in plain loops, written for reading and never for speed. It imports
// nothing of the project; reference.test.ts checks each gradient against central differences.
import { at, fill, type Matrix, type Numbers } from './reference-arrays.ts';

export * from './expect-close.ts';
export * from './reference-activations.ts';
export * from './reference-arrays.ts';
export * from './reference-optimizers.ts';
export * from './reference-rectifiers.ts';

// Losses: means over the first `valid` rows; the other rows count for nothing and have gradient 0.

/** `correct` counts the rows whose first maximum is at the label. */
export function softmaxCrossEntropy(
  logits: Numbers,
  [rows, classes]: Matrix,
  labels: Numbers,
  valid = rows,
): { loss: number; correct: number; dlogits: Float64Array } {
  const dlogits = new Float64Array(rows * classes);
  let loss = 0;
  let correct = 0;
  for (let row = 0; row < valid; row += 1) {
    const z = fill(classes, (c) => at(logits, row * classes + c));
    const top = Math.max(...z);
    const e = z.map((value) => Math.exp(value - top));
    const total = e.reduce((a, b) => a + b, 0);
    const label = at(labels, row);
    loss += (Math.log(total) - (at(z, label) - top)) / valid;
    if (z.indexOf(top) === label) correct += 1;
    e.forEach((value, c) => {
      dlogits[row * classes + c] = (value / total - (c === label ? 1 : 0)) / valid;
    });
  }
  return { loss, correct, dlogits };
}

/** Mean over the valid rows times columns of (pred - target)^2. */
export function mse(pred: Numbers, target: Numbers, validRows: number, columns: number) {
  const n = validRows * columns;
  const error = fill(pred.length, (i) => (i < n ? at(pred, i) - at(target, i) : 0));
  return { loss: error.reduce((sum, e) => sum + (e * e) / n, 0), dpred: error.map((e) => (2 * e) / n) };
}
