// The registry of rectifiers: one line each, joined with shaders/act/<name>.wgsl. To add one, write that file and its
// line; types, errors, tests, initialisation and pickers follow. Not here: how a rectifier is run or differentiated.
import { ArgumentError } from './errors.ts';
import { CONTRACT, type Fragment } from './wgsl/fragment.ts';
import { actFragment } from './wgsl/names.ts';

/**
 * One of the numbers that shape a rectifier, with its initial value. `learned` trains by default; `fixed` does not, but
 * a caller may have it learned; `constant` cannot be learned, since its gradient is 0 almost everywhere.
 * @inline
 */
export interface Parameter {
  readonly kind: 'learned' | 'fixed' | 'constant';
  readonly value: number;
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
   * `he` also says that the rectifier is x for x > 0 and a multiple of x below.
   */
  readonly init?: 'he' | 'he_fan_out' | 'xavier';
}

/** A rectifier of the caller's own: like an entry of the registry, with the text of its WGSL. */
export interface OwnRectifier extends Omit<Rectifier, 'wgsl' | 'source'> {
  /** Defines `forward(x: f32, p: vec4f) -> f32`, `dx(x, p) -> f32` and `dp(x, p) -> vec4f`; may call the library's functions. */
  readonly wgsl: string;
  /** For reports. Default "the caller's own". */
  readonly source?: string;
}

export const learned = (value: number): Parameter => ({ kind: 'learned', value });
export const fixed = (value: number): Parameter => ({ kind: 'fixed', value });
export const constant = (value: number): Parameter => ({ kind: 'constant', value });

const leaky = (x: number, { a }: Readonly<Record<'a', number>>) => (x > 0 ? x : a * x);
const exponential = (x: number, { alpha }: Readonly<Record<'alpha', number>>) => (x > 0 ? x : alpha * Math.expm1(x));
const geluTanh = (x: number) => x / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

/** The registry, by name: formula, parameters and source of every rectifier. */
export const rectifiers = register({
  identity: rectifier((x) => x, {}, 'no rectifier', { init: 'xavier' }),
  relu: rectifier((x) => Math.max(x, 0), {}, 'Nair and Hinton, ICML 2010', { init: 'he' }),
  leaky_relu: rectifier(leaky, { a: fixed(0.01) }, 'Maas et al., ICML 2013', { init: 'he', file: 'prelu' }),
  prelu: rectifier(leaky, { a: learned(0.25) }, 'He et al. 2015, arXiv:1502.01852, eq. 1', { init: 'he' }),
  elu: rectifier(exponential, { alpha: fixed(1) }, 'Clevert et al. 2016, arXiv:1511.07289'),
  gelu: rectifier((x) => x * normalCdf(x), {}, 'Hendrycks and Gimpel 2016, arXiv:1606.08415'),
  gelu_tanh: rectifier(geluTanh, {}, 'Hendrycks and Gimpel 2016, arXiv:1606.08415'),
}) satisfies Readonly<Record<string, Rectifier>>;

/** The name of a rectifier in the registry. */
export type RectifierName = keyof typeof rectifiers;

/**
 * The entry of a name; an entry of the caller's own is named `custom`.
 * Throws ArgumentError for an unknown name, and for an entry that lacks a function or has more than four parameters.
 */
export function findRectifier(name: RectifierName | Rectifier | OwnRectifier): {
  readonly name: string;
  readonly entry: Rectifier;
} {
  const known: Readonly<Record<string, Rectifier>> = rectifiers;
  if (typeof name !== 'string') {
    const own = Object.keys(known).find((key) => known[key] === name);
    return { name: own ?? 'custom', entry: checked(name) };
  }
  const entry = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!entry) throw new ArgumentError(`unknown rectifier '${name}'; one of ${Object.keys(known).join(', ')}`);
  return { name, entry };
}

function checked(own: Rectifier | OwnRectifier): Rectifier {
  if (typeof own.formula !== 'function' || typeof own.parameters !== 'object' || own.parameters === null)
    throw new ArgumentError(
      'rectifier of your own: it needs a formula (a function) and parameters (an object, maybe {})',
    );
  const count = Object.keys(own.parameters).length;
  if (count > 4) throw new ArgumentError(`rectifier of your own: ${count} parameters; p.x .. p.w hold at most 4`);
  const wgsl = typeof own.wgsl === 'string' ? actFragment('act/custom.wgsl', own.wgsl) : own.wgsl;
  const missing = CONTRACT.act.filter((name) => !wgsl.names.includes(name));
  if (missing.length > 0)
    throw new ArgumentError(
      `rectifier of your own: its WGSL does not define ${missing.join(', ')}; it must define forward, dx and dp`,
    );
  return { source: "the caller's own", ...own, wgsl };
}

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

interface Line<P extends string> extends Omit<Rectifier<P>, 'wgsl'> {
  /** The name of the shader, where it is not that of the line. */
  readonly file: string | undefined;
}

function rectifier<P extends string = never>(
  formula: Rectifier<P>['formula'],
  parameters: Readonly<Record<P, Parameter>>,
  source: string,
  { init, file }: { readonly init?: NonNullable<Rectifier['init']>; readonly file?: string } = {},
): Line<P> {
  return { formula, parameters, source, file, ...(init && { init }) };
}

function register<T extends Readonly<Record<string, Line<string>>>>(
  lines: T,
): { readonly [N in keyof T]: T[N] extends Line<infer P> ? Rectifier<P> : never } {
  const fragments = import.meta.glob<Fragment>('../shaders/act/*.wgsl', { eager: true, import: 'default' });
  const entries = Object.entries(lines).map(([name, { file = name, ...line }]) => {
    const wgsl = fragments[`../shaders/act/${file}.wgsl`];
    if (!wgsl) throw new Error(`rectifier ${name}: there is no shaders/act/${file}.wgsl`);
    return [name, { wgsl, ...line }];
  });
  return Object.fromEntries(entries);
}

/** P(z < x) for a standard normal z; absolute error about 1e-15. Marsaglia 2004, J. Statistical Software 11(4). */
function normalCdf(x: number): number {
  if (Math.abs(x) > 9) return x > 0 ? 1 : 0;
  let term = x;
  let sum = x;
  for (let i = 3, last = 0; sum !== last; i += 2) {
    last = sum;
    term *= (x * x) / i;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
}
