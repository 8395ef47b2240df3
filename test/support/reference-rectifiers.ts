// Rectifiers in float64: value, derivative, and derivative by each parameter. The left branch owns 0.
import { at, fill, type Numbers } from './reference-arrays.ts';

type Values = Readonly<Record<string, number>>;

export interface Activation {
  forward(x: number, p: Values): number;
  dx(x: number, p: Values): number;
  /** By parameter name. */
  dp(x: number, p: Values): Values;
}

export const pick = (p: Values, name: string): number => {
  const value = p[name];
  if (value === undefined) throw new RangeError(`reference: no parameter ${name}`);
  return value;
};

const slope: Activation = {
  forward: (x, p) => Math.max(0, x) + pick(p, 'a') * Math.min(0, x),
  dx: (x, p) => (x <= 0 ? pick(p, 'a') : 1),
  dp: (x) => ({ a: Math.min(0, x) }),
};

const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** P(z < x): the alternating series of the integral of the density up to 3, Laplace's continued fraction of the tail beyond. */
export function normalCdf(x: number): number {
  if (Math.abs(x) > 3) return x < 0 ? tail(-x) : 1 - tail(x);
  let sum = x;
  let power = x;
  for (let k = 1; k < 60; k += 1) {
    power *= (-x * x) / (2 * k);
    sum += power / (2 * k + 1);
  }
  return 0.5 + sum / Math.sqrt(2 * Math.PI);
}

/** density(x) / (x + 1 / (x + 2 / (x + 3 / ...))), for x >= 3. */
function tail(x: number): number {
  let fraction = x;
  for (let k = 80; k > 0; k -= 1) fraction = x + k / fraction;
  return density(x) / fraction;
}

const C = Math.sqrt(2 / Math.PI);

export const activations = {
  identity: { forward: (x) => x, dx: () => 1, dp: () => ({}) },
  relu: { forward: (x) => (x <= 0 ? 0 : x), dx: (x) => (x <= 0 ? 0 : 1), dp: () => ({}) },
  leaky_relu: slope,
  prelu: slope,
  elu: {
    forward: (x, p) => (x <= 0 ? pick(p, 'alpha') * Math.expm1(x) : x),
    dx: (x, p) => (x <= 0 ? pick(p, 'alpha') * Math.exp(x) : 1),
    dp: (x) => ({ alpha: Math.expm1(Math.min(0, x)) }),
  },
  gelu: {
    forward: (x) => x * normalCdf(x),
    dx: (x) => normalCdf(x) + x * density(x),
    dp: () => ({}),
  },
  gelu_tanh: {
    forward: (x) => 0.5 * x * (1 + Math.tanh(C * (x + 0.044715 * x ** 3))),
    dx(x) {
      const t = Math.tanh(C * (x + 0.044715 * x ** 3));
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * C * (1 + 3 * 0.044715 * x * x);
    },
    dp: () => ({}),
  },
} as const satisfies Readonly<Record<string, Activation>>;

/** A registry entry, as far as the reference needs it. */
interface Entry {
  readonly formula: (x: number, p: Values) => number;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/**
 * The reference of a registry entry: the one above, or, for an entry that has none there, its formula with differences
 * of it in place of the derivatives (error about 1e-9; at a kink, that of the left branch, which owns it).
 */
export function activationOf(name: string, { formula, parameters }: Entry): Activation {
  const known: Readonly<Record<string, Activation>> = activations;
  return (
    known[name] ?? {
      forward: formula,
      dx: (x, p) => difference((h) => formula(x + h, p), Math.max(1, Math.abs(x))),
      dp: (x, p) =>
        Object.fromEntries(
          Object.keys(parameters).map((key) => [
            key,
            difference((h) => formula(x, { ...p, [key]: pick(p, key) + h }), Math.max(1, Math.abs(pick(p, key)))),
          ]),
        ),
    }
  );
}

/** f'(0) from steps of about 1e-5: central, or to the left alone where the sides disagree. */
function difference(f: (h: number) => number, scale: number): number {
  const h = 2 ** -17 * scale;
  const [left, right] = [(f(0) - f(-h)) / h, (f(h) - f(0)) / h];
  // Second order from the left: no point beyond 0 is used.
  if (Math.abs(left - right) > 1e-3 * (1 + Math.abs(left))) return (3 * f(0) - 4 * f(-h) + f(-2 * h)) / (2 * h);
  return (left + right) / 2;
}

/** By name, as many values as share the parameter: element i takes value i % count. */
export type Shared = Readonly<Record<string, Numbers>>;

const valuesAt = (params: Shared, i: number): Values =>
  Object.fromEntries(Object.entries(params).map(([name, values]) => [name, at(values, i % values.length)]));

export function rectifier(activation: Activation, x: Numbers, params: Shared): Float64Array {
  return fill(x.length, (i) => activation.forward(at(x, i), valuesAt(params, i)));
}

/** dx, and for every parameter the sums of its gradient over the elements that share a value. */
export function rectifierBackward(activation: Activation, x: Numbers, dy: Numbers, params: Shared) {
  const dx = fill(x.length, (i) => at(dy, i) * activation.dx(at(x, i), valuesAt(params, i)));
  const dparams: Record<string, Float64Array> = {};
  for (const [key, values] of Object.entries(params)) {
    const sums = new Float64Array(values.length);
    for (let i = 0; i < x.length; i += 1)
      sums[i % values.length]! += at(dy, i) * pick(activation.dp(at(x, i), valuesAt(params, i)), key);
    dparams[key] = sums;
  }
  return { dx, dparams };
}
