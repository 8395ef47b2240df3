// Rectifiers over arrays, in float64, with the sums of their parameters' gradients.
import { type Activation, activations, pick, type Values } from './reference-activations.ts';
import { at, fill, type Numbers } from './reference-arrays.ts';

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
