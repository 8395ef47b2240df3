// What a network says of a sample: logits → probabilities.

/** Rows of logits for `count` samples. `x` stays the caller's: it must not be transferred away. */
export type Predict = (x: Float32Array<ArrayBuffer>, count: number) => Promise<Float32Array>;

/** The softmax of one row. */
export function probabilities(logits: ArrayLike<number>, row: number, classes: number): number[] {
  const own = Array.from({ length: classes }, (_, index) => logits[row * classes + index] ?? 0);
  const most = Math.max(...own);
  const weights = own.map((logit) => Math.exp(logit - most));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** The likeliest class of one row and its probability; without an array for each of thousands of rows. */
export function guessAt(
  logits: ArrayLike<number>,
  row: number,
  classes: number,
): { readonly label: number; readonly share: number } {
  const at = row * classes;
  let label = 0;
  for (let index = 1; index < classes; index++)
    if ((logits[at + index] ?? 0) > (logits[at + label] ?? 0)) label = index;
  let sum = 0;
  for (let index = 0; index < classes; index++) sum += Math.exp((logits[at + index] ?? 0) - (logits[at + label] ?? 0));
  return { label, share: 1 / sum };
}

/** Whole percents: never 100 % of what is not sure, nor 0 % of what is possible; a dash where a network has diverged. */
export function shareText(share: number): string {
  if (Number.isNaN(share)) return '–';
  if (share > 0.99 && share < 1) return '> 99 %';
  if (share < 0.01 && share > 0) return '< 1 %';
  return `${Math.round(100 * share)} %`;
}

export interface Guess {
  readonly sample: number;
  readonly truth: number;
  readonly label: number;
  /** The probability that the network gives its guess. */
  readonly share: number;
}

/** The wrong ones first, the surest of them in front; then the right ones, the least sure in front. */
export function guessesOf(logits: ArrayLike<number>, labels: ArrayLike<number>, classes: number): readonly Guess[] {
  const all = Array.from(labels as ArrayLike<number>, (truth, sample) => ({
    sample,
    truth,
    ...guessAt(logits, sample, classes),
  }));
  const order = ({ truth, label, share }: Guess) => (label === truth ? share : -1 - share);
  return all.sort((a, b) => order(a) - order(b) || a.sample - b.sample);
}
