// Learning rates over time. They are worked out here in float64 and read by the GPU from a table; no shader computes one.
import { ArgumentError } from '../errors.ts';
import { checkKeys, kindOf } from '../options.ts';
import { isRate } from './rates.ts';

/** Learning rates by step, worked out in float64. One of your own is an object of these two. */
export interface Schedule {
  /** The rate of step `index` (from 0). */
  readonly at: (index: number) => number;
  /** Steps after which the rate no longer changes. */
  readonly steps: number;
}

function checkRate(what: string, rate: number): number {
  if (!isRate(rate))
    throw new ArgumentError(`${what}: a learning rate must be finite in float32 and at least 0, got ${kindOf(rate)}`);
  return rate;
}

/** The same rate at every step. Throws ArgumentError for a rate that is negative or not finite. */
export function constant(lr: number): Schedule {
  checkRate('optim', lr);
  return { at: () => lr, steps: 1 };
}

/**
 * `[[0, 0.1], [500, 0.01]]`: the rate from each step (counted from 0) on.
 * Throws ArgumentError unless steps ascend from 0.
 */
export function piecewise(parts: readonly (readonly [step: number, lr: number])[]): Schedule {
  parts.forEach(([step, lr], index) => {
    checkRate('optim.piecewise', lr);
    if (!Number.isSafeInteger(step) || (index === 0 ? step !== 0 : step <= (parts[index - 1]?.[0] ?? 0)))
      throw new ArgumentError(
        `optim.piecewise: steps must be whole numbers that ascend from 0, got ${parts.map(([at]) => at).join(', ')}`,
      );
  });
  const last = parts[parts.length - 1];
  if (!last) throw new ArgumentError('optim.piecewise: expected at least one [step, rate], got none');
  return { at: (index) => parts.findLast(([step]) => step <= index)?.[1] ?? last[1], steps: last[0] + 1 };
}

/**
 * Half a cosine from `lr` down to `end` (default 0) over `steps` steps, then `end`: Loshchilov & Hutter 2017, eq. 5.
 * Throws ArgumentError for rates or steps out of range.
 */
export function cosine(options: { readonly lr: number; readonly steps: number; readonly end?: number }): Schedule {
  checkKeys('optim.cosine', options, { lr: 1, steps: 1, end: 1 });
  const { lr, steps, end = 0 } = options;
  checkRate('optim.cosine', lr);
  checkRate('optim.cosine', end);
  if (!Number.isSafeInteger(steps) || steps < 1)
    throw new ArgumentError(`optim.cosine: steps must be a whole number of at least 1, got ${steps}`);
  return {
    at: (index) => end + 0.5 * (lr - end) * (1 + Math.cos((Math.PI * Math.min(index, steps)) / steps)),
    steps: steps + 1,
  };
}
