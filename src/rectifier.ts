// What a rectifier is: the type of an entry of the registry and of one of the caller's own, and its parameters' values.
// Not here: which rectifiers there are.
import { ArgumentError } from './errors.ts';
import type { Fragment } from './wgsl/fragment.ts';

/**
 * One of the numbers that shape a rectifier, with its initial value. `learned` trains by default; `fixed` does not, but
 * a caller may have it learned; `constant` cannot be learned, since its gradient is 0 almost everywhere. Two that are
 * `drawn`, and no others, are the bounds of one number, the shader's p.x: it is drawn from between them for every element
 * and step in training, and is their mean elsewhere. The formula is given the bounds.
 * @inline
 */
export interface Parameter {
  readonly kind: 'learned' | 'fixed' | 'constant' | 'drawn';
  readonly value: number;
}

/** How many values a learned parameter has: one for the layer, one per channel (the last axis), one per element of a sample. */
export type Share = 'layer' | 'channel' | 'element';

/** @inline */
interface Rule<P extends string> {
  check(this: void, p: Readonly<Record<P, number>>): string | null;
}

/** An entry of the registry: y = f(x; p), element by element. */
export interface Rectifier<P extends string = string> {
  /**
   * Defines `forward`, `dx` and `dp`; has no bindings.
   * @internal
   */
  readonly wgsl: Fragment;
  /** y = f(x; p) in float64: the oracle for the shader's `forward`, the curve drawn, the integrand of the gain. */
  formula(this: void, x: number, p: Readonly<Record<P, number>>): number;
  /** At most four, in the order of the shader's p.x .. p.w. */
  readonly parameters: Readonly<Record<P, Parameter>>;
  /** The paper, and the equation where it has one. */
  readonly source: string;
  /**
   * The initialisation that `auto` takes for a layer that feeds this rectifier; by the gain of the formula without one.
   * `he` also says that the rectifier is x for x > 0 and a multiple of x below; `dprelu`, that alpha and beta are the
   * slopes to the left and right.
   */
  readonly init?: 'xavier' | 'he' | 'he_fan_out' | 'lecun' | 'dprelu';
  /** How its learned parameters are shared where the caller does not say; per channel without one. */
  readonly share?: Share;
  /** What initial values must be, where these are not. */
  readonly check?: Rule<P>['check'];
  /**
   * Initial values that its authors, or those who compared it, start from, the registered ones among them; a parameter
   * that is left out keeps its registered value.
   */
  readonly presets?: readonly Readonly<Record<string, number>>[];
  /**
   * The module of PyTorch that computes the same with the registered values, such as `nn.PReLU`, with arguments where
   * its defaults are others. What is learned, and how it is shared, may differ. Absent where there is none.
   */
  readonly torch?: string;
  /**
   * The one operator of ONNX that computes the same in evaluation with the registered values, such as `PRelu-16`: its
   * name, the version of its newest definition (up to opset 25), and attributes where its defaults are others. Absent
   * where there is none.
   */
  readonly onnx?: string;
}

/** A rectifier of the caller's own: like an entry of the registry, with the text of its WGSL. */
export interface OwnRectifier extends Omit<Rectifier, 'wgsl' | 'source' | 'check' | 'presets' | 'torch' | 'onnx'> {
  /** What initial values must be, where these are not; null where they are. */
  readonly check?: (p: Readonly<Record<string, number>>) => string | null;
  /** Defines `forward(x: f32, p: vec4f) -> f32`, `dx(x, p) -> f32` and `dp(x, p) -> vec4f`; may call the library's functions. */
  readonly wgsl: string;
  /** For reports. Default "the caller's own". */
  readonly source?: string;
}

export const learned = (value: number): Parameter => ({ kind: 'learned', value });
export const fixed = (value: number): Parameter => ({ kind: 'fixed', value });
export const constant = (value: number): Parameter => ({ kind: 'constant', value });
export const drawn = (value: number): Parameter => ({ kind: 'drawn', value });

export const isDrawn = ({ parameters }: Pick<Rectifier, 'parameters'>): boolean =>
  Object.values(parameters).some(({ kind }) => kind === 'drawn');

/**
 * The initial value of every parameter, with `own` in place of the registered ones.
 * Throws ArgumentError for an unknown name.
 */
export function parameterValues(
  entry: Rectifier,
  own: Readonly<Record<string, number>> = {},
): Readonly<Record<string, number>> {
  const names = Object.keys(entry.parameters);
  for (const name of Object.keys(own))
    if (!names.includes(name))
      throw new ArgumentError(
        `unknown parameter '${name}' of ${entry.wgsl.file}; ${names.length > 0 ? `one of ${names.join(', ')}` : 'it has none'}`,
      );
  return Object.fromEntries(Object.entries(entry.parameters).map(([name, { value }]) => [name, own[name] ?? value]));
}
