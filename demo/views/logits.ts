// What a network says of a sample: logits → probabilities.

/** Rows of logits, such as `predict` gives. */
export type Predict = (x: Float32Array<ArrayBuffer>, count: number) => Promise<Float32Array>;

/** The softmax of one row. */
export function probabilities(logits: ArrayLike<number>, row: number, classes: number): number[] {
  const own = Array.from({ length: classes }, (_, index) => logits[row * classes + index] ?? 0);
  const most = Math.max(...own);
  const weights = own.map((logit) => Math.exp(logit - most));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** The class with the most, and how much that is. */
export function guessOf(shares: readonly number[]): { readonly label: number; readonly share: number } {
  const share = Math.max(...shares);
  return { label: shares.indexOf(share), share };
}

/** Whole percents: never 100 % of what is not sure, nor 0 % of what is possible. */
export function shareText(share: number): string {
  if (share > 0.99 && share < 1) return '> 99 %';
  if (share < 0.01 && share > 0) return '< 1 %';
  return `${Math.round(100 * share)} %`;
}
