// Optimizers in float64, with PyTorch's meaning; all update their arrays in place.
import { at, fill, type Numbers } from './reference-arrays.ts';

export interface SgdOptions {
  readonly lr: number;
  readonly momentum?: number;
  readonly nesterov?: boolean;
  readonly weightDecay?: number;
}

/** Momentum: buffer = momentum * buffer + g, from a buffer of zeros. */
export function sgd(
  p: Float64Array,
  gradient: Numbers,
  buffer: Float64Array,
  { lr, momentum = 0, nesterov = false, weightDecay = 0 }: SgdOptions,
): void {
  p.forEach((value, i) => {
    const g = at(gradient, i) + weightDecay * value;
    const b = momentum * at(buffer, i) + g;
    buffer[i] = b;
    p[i] = value - lr * (nesterov ? g + momentum * b : b);
  });
}

export interface AdamOptions {
  readonly lr: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly eps?: number;
  readonly weightDecay?: number;
}

/** First and second moments, zeros before the first step. */
export interface Moments {
  readonly m: Float64Array;
  readonly v: Float64Array;
}

/** `step` counts from 1. The decay is added to the gradient. */
export function adam(p: Float64Array, gradient: Numbers, moments: Moments, step: number, options: AdamOptions): void {
  const decay = options.weightDecay ?? 0;
  const decayed = fill(p.length, (i) => at(gradient, i) + decay * at(p, i));
  adamStep(p, decayed, moments, step, options);
}

/** Adam with the decay taken off the parameter itself (Loshchilov and Hutter 2019). */
export function adamw(p: Float64Array, gradient: Numbers, moments: Moments, step: number, options: AdamOptions): void {
  const keep = 1 - options.lr * (options.weightDecay ?? 0);
  p.forEach((value, i) => {
    p[i] = value * keep;
  });
  adamStep(p, gradient, moments, step, options);
}

function adamStep(
  p: Float64Array,
  gradient: Numbers,
  { m, v }: Moments,
  step: number,
  { lr, beta1 = 0.9, beta2 = 0.999, eps = 1e-8 }: AdamOptions,
): void {
  p.forEach((value, i) => {
    const g = at(gradient, i);
    m[i] = beta1 * at(m, i) + (1 - beta1) * g;
    v[i] = beta2 * at(v, i) + (1 - beta2) * g * g;
    const denominator = Math.sqrt(at(v, i) / (1 - beta2 ** step)) + eps;
    p[i] = value - ((lr / (1 - beta1 ** step)) * at(m, i)) / denominator;
  });
}
