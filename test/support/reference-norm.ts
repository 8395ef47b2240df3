// Normalisations in float64, with how far f32 results may lie from them: first-order bounds, rounding by rounding.
import { dotTolerance } from './expect-close.ts';
import { at, fill, type Numbers } from './reference-arrays.ts';

const U = 2 ** -24;

interface Close {
  readonly values: Float64Array;
  readonly tolerance: Float64Array | ((index: number) => number);
}

/** Element indices that share mean and variance: a channel's of the first `valid` rows. */
export const channelsOf = (rows: number, width: number, valid = rows): number[][] =>
  Array.from({ length: width }, (_, c) => Array.from({ length: valid }, (_, row) => row * width + c));

/** Likewise, a row's. */
export const rowsOf = (rows: number, width: number): number[][] =>
  Array.from({ length: rows }, (_, row) => Array.from({ length: width }, (_, c) => row * width + c));

export interface Given {
  readonly x: Numbers;
  /** [width]; those of element i are at i % width. */
  readonly w: Numbers;
  readonly b: Numbers;
  readonly dy: Numbers;
  readonly eps: number;
}

const mean = (of: readonly number[], f: (i: number) => number) => of.reduce((sum, i) => sum + f(i), 0) / of.length;

/**
 * y = (x − mean) / √(variance + eps) w + b for each group, and the gradients of x, w and b; 0 where no group is.
 * `terms`: roundings in a sum over a group, `chunks` of terms in one of the parameters' gradients.
 */
export function normalise({ x, w, b, dy, eps }: Given, groups: readonly number[][], terms: number, outer: number) {
  const zeros = (length: number) => ({ values: new Float64Array(length), tolerance: new Float64Array(length) });
  const [y, dx, dw, db] = [zeros(x.length), zeros(x.length), zeros(w.length), zeros(w.length)];
  const means: number[] = [];
  const variances: number[] = [];
  for (const of of groups) {
    const origin = at(x, of[0] ?? 0);
    const d = (i: number) => at(x, i) - origin;
    const m = mean(of, d);
    const variance = mean(of, (i) => (d(i) - m) ** 2);
    means.push(origin + m);
    variances.push(variance);
    const std = Math.sqrt(variance);
    const s = 1 / Math.sqrt(variance + eps);
    const hat = (i: number) => (d(i) - m) * s;
    const g = (i: number) => at(dy, i) * at(w, i % w.length);
    const [a, c] = [mean(of, g), mean(of, (i) => g(i) * hat(i))];

    // Of the mean, the variance and 1 / std; then of what is made of them.
    const offset = dotTolerance(
      terms,
      mean(of, (i) => Math.abs(d(i))),
    );
    const rms = Math.sqrt(mean(of, (i) => d(i) ** 2));
    const spread = dotTolerance(terms, variance) + 2 * std * (offset + U * (rms + std)) + (offset + U * rms) ** 2;
    const scale = spread / 2 / (variance + eps) + 6 * U;
    const off = (i: number) => (U * (Math.abs(d(i)) + std) + offset) * s + Math.abs(hat(i)) * (scale + 2 * U);
    const offA = dotTolerance(
      terms,
      mean(of, (i) => Math.abs(g(i))),
    );
    const offC =
      dotTolerance(
        terms,
        mean(of, (i) => Math.abs(g(i) * hat(i))),
      ) + mean(of, (i) => Math.abs(g(i)) * off(i));
    for (const i of of) {
      const p = i % w.length;
      y.values[i] = hat(i) * at(w, p) + at(b, p);
      y.tolerance[i] = Math.abs(at(w, p)) * off(i) + 3 * U * (Math.abs(hat(i) * at(w, p)) + Math.abs(at(b, p)));
      dx.values[i] = s * (g(i) - a - hat(i) * c);
      const size = Math.abs(g(i)) + Math.abs(a) + Math.abs(hat(i) * c);
      dx.tolerance[i] = s * (offA + Math.abs(hat(i)) * offC + off(i) * Math.abs(c) + (scale + 8 * U) * size);
      dw.values[p]! += at(dy, i) * hat(i);
      dw.tolerance[p]! += dotTolerance(outer + 4, Math.abs(at(dy, i) * hat(i))) + Math.abs(at(dy, i)) * off(i);
      db.values[p]! += at(dy, i);
      db.tolerance[p]! += dotTolerance(outer, Math.abs(at(dy, i)));
    }
  }
  // What is of second order.
  const wide = ({ values, tolerance }: ReturnType<typeof zeros>): Close => ({
    values,
    tolerance: tolerance.map((bound) => 1.1 * bound + 2 ** -126),
  });
  return { y: wide(y), dx: wide(dx), dw: wide(dw), db: wide(db), means, variances };
}

/** After a batch of these statistics: the variance is made unbiased. */
export function runningAfter(old: Numbers, batch: Numbers, momentum: number, unbiased = 1): Float64Array {
  return fill(old.length, (c) => (1 - momentum) * at(old, c) + momentum * at(batch, c) * unbiased);
}

export interface Window {
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;
}

/** y = x / (k + alpha / size · Σ x²)^beta over ⌊size / 2⌋ channels before to ⌊(size − 1) / 2⌋ after. */
export function localResponseNorm(x: Numbers, width: number, dy: Numbers, { size, alpha, beta, k }: Window) {
  const window = (i: number) => {
    const c = i % width;
    const [first, last] = [c - Math.floor(size / 2), c + Math.floor((size - 1) / 2)];
    return Array.from({ length: size }, (_, j) => first + j).flatMap((j) =>
      j >= 0 && j < width && j <= last ? [i - c + j] : [],
    );
  };
  const scale = fill(x.length, (i) => k + (alpha / size) * window(i).reduce((sum, j) => sum + at(x, j) ** 2, 0));
  const y = fill(x.length, (i) => at(x, i) * at(scale, i) ** -beta);
  const dx = fill(x.length, (i) => at(dy, i) * at(scale, i) ** -beta);
  const sizes = fill(x.length, (i) => Math.abs(at(dx, i)));
  for (let i = 0; i < x.length; i++)
    for (const j of window(i)) {
      const term = (((2 * alpha * beta) / size) * at(x, j) * at(dy, i) * at(y, i)) / at(scale, i);
      dx[j]! -= term;
      sizes[j]! += Math.abs(term);
    }
  // s^-beta is exp2(-beta log2 s), as exact as WGSL's table of accuracies asks; and s has size + 3 roundings.
  const power = (i: number) => {
    const log = Math.abs(Math.log2(at(scale, i)));
    const inside = beta * (2 ** -21 + 3 * 2 ** -23 * log) * Math.LN2;
    return 1.1 * (inside + (3 + 2 * beta * log) * 2 ** -23 + dotTolerance(size + 3, beta));
  };
  const worst = (i: number) => Math.max(...window(i).map(power), power(i));
  return {
    y: { values: y, tolerance: (i: number) => (power(i) + 2 * U) * Math.abs(at(y, i)) + 2 ** -126 },
    dx: {
      values: dx,
      // The windows of others reach as far, to the other side.
      tolerance: (i: number) => {
        const c = i % width;
        const near = [...Array(2 * size + 1).keys()].map((j) => c + j - size).filter((j) => j >= 0 && j < width);
        const bound = Math.max(...near.map((j) => worst(i - c + j)));
        return (bound + dotTolerance(2 * size + 12, 1)) * at(sizes, i) + 2 ** -126;
      },
    },
  } satisfies Readonly<Record<string, Close>>;
}
