// An independent float64 reference: every operator in plain loops, written for reading and never for speed. It imports
// nothing of the project; reference.test.ts checks each gradient against central differences.
import { at, fill, type Matrix, type Numbers } from './reference-arrays.ts';

export * from './expect-close.ts';
export * from './reference-activations.ts';
export * from './reference-arrays.ts';
export * from './reference-optimizers.ts';
export * from './reference-rectifiers.ts';

// Losses: means over the first `valid` rows; the other rows count for nothing and have gradient 0.

/** `correct` counts the rows whose first maximum is at the label; `smoothing` goes from its target to all of the row. */
export function softmaxCrossEntropy(
  logits: Numbers,
  [rows, classes]: Matrix,
  labels: Numbers,
  valid = rows,
  smoothing = 0,
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
    const target = z.map((_, c) => (c === label ? 1 - smoothing : 0) + smoothing / classes);
    z.forEach((value, c) => {
      loss += (at(target, c) * (Math.log(total) - (value - top))) / valid;
    });
    if (z.indexOf(top) === label) correct += 1;
    e.forEach((value, c) => {
      dlogits[row * classes + c] = (value / total - at(target, c)) / valid;
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

/** Mean over the valid rows times columns of -t log s(z) - (1 - t) log(1 - s(z)), with s the sigmoid. */
export function bceWithLogits(logits: Numbers, target: Numbers, validRows: number, columns: number) {
  const n = validRows * columns;
  const dlogits = new Float64Array(logits.length);
  const dtarget = new Float64Array(logits.length);
  let loss = 0;
  for (let i = 0; i < n; i += 1) {
    const [z, t] = [at(logits, i), at(target, i)];
    const small = Math.exp(-Math.abs(z));
    const right = z < 0 ? small / (1 + small) : 1 / (1 + small);
    loss += (Math.log1p(small) + (z < 0 ? -z * t : z * (1 - t))) / n;
    // Of a sure answer, 1 - s(z) is all that is left of s(z) - 1.
    const rest = z < 0 ? 1 / (1 + small) : small / (1 + small);
    dlogits[i] = (right * (1 - t) - rest * t) / n;
    dtarget[i] = -z / n;
  }
  return { loss, dlogits, dtarget };
}
