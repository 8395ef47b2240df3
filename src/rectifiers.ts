// The registry of rectifiers: one line each, joined with shaders/act/<name>.wgsl. To add one, write that file and its
// line; types, errors, tests, initialisation and pickers follow. Not here: how a rectifier is run or differentiated.
import { ArgumentError } from './errors.ts';
import { kindOf } from './options.ts';
import { constant, drawn, fixed, learned, type OwnRectifier, type Parameter, type Rectifier } from './rectifier.ts';
import { CONTRACT, type Fragment } from './wgsl/fragment.ts';
import { actFragment, namesOf } from './wgsl/names.ts';

export * from './rectifier.ts';

type Values<P extends string> = Readonly<Record<P, number>>;

const leaky = (x: number, { a }: Values<'a'>) => (x > 0 ? x : a * x);
const exponential = (x: number, { alpha }: Values<'alpha'>) => (x > 0 ? x : alpha * Math.expm1(x));
const gated = (x: number, { beta }: Values<'beta'>) => x / (1 + Math.exp(-beta * x));
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

function dprelu(x: number, { alpha, beta, t, b }: Values<'alpha' | 'beta' | 't' | 'b'>): number {
  return (x > t ? beta : alpha) * (x - t) + b;
}

function pelu(x: number, { a, c }: Values<'a' | 'c'>): number {
  return x > 0 ? (a / c) * x : a * Math.expm1(x / c);
}

/** With the paper's constants, to double precision. */
function selu(x: number): number {
  return 1.0507009873554805 * exponential(x, { alpha: 1.6732632423543772 });
}

function geluTanh(x: number): number {
  return x / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

function softplus(x: number, { beta, threshold }: Values<'beta' | 'threshold'>): number {
  return beta * x > threshold ? x : Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(beta * x))) / beta;
}

function srelu(x: number, { tl, al, d, ar }: Values<'tl' | 'al' | 'd' | 'ar'>): number {
  const tr = tl + Math.abs(d);
  if (x <= tl) return tl + al * (x - tl);
  return x < tr ? x : tr + ar * (x - tr);
}

/** The registry, by name: formula, parameters and source of every rectifier. */
export const rectifiers = register({
  identity: rectifier((x) => x, {}, 'no rectifier', { init: 'xavier', torch: 'nn.Identity', onnx: 'Identity-25' }),
  relu: rectifier((x) => Math.max(x, 0), {}, 'Nair and Hinton, ICML 2010', {
    init: 'he',
    torch: 'nn.ReLU',
    onnx: 'Relu-14',
  }),
  leaky_relu: rectifier(leaky, { a: fixed(0.01) }, 'Maas et al., ICML 2013', {
    init: 'he',
    file: 'prelu',
    torch: 'nn.LeakyReLU',
    onnx: 'LeakyRelu-16',
  }),
  prelu: rectifier(leaky, { a: learned(0.25) }, 'He et al. 2015, arXiv:1502.01852, eq. 1', {
    init: 'he',
    torch: 'nn.PReLU',
    onnx: 'PRelu-16',
  }),
  frelu: rectifier((x, { b }) => Math.max(x, 0) + b, { b: learned(-1) }, 'Qiu et al. 2018, arXiv:1706.08098', {
    init: 'he_fan_out',
    share: 'layer',
    presets: [{ b: -1 }, { b: -0.4 }, { b: 0 }],
  }),
  dprelu: rectifier(
    dprelu,
    { alpha: learned(0), beta: learned(1), t: learned(0), b: learned(0) },
    'Yang et al. 2023, doi:10.1007/s44196-023-00186-w',
    {
      init: 'dprelu',
      presets: [
        { alpha: 0, beta: 1 },
        { alpha: 0.25, beta: 1 },
        { alpha: 0.5, beta: 0.9 },
      ],
    },
  ),
  elu: rectifier(exponential, { alpha: fixed(1) }, 'Clevert et al. 2016, arXiv:1511.07289', {
    torch: 'nn.ELU',
    onnx: 'Elu-22',
  }),
  pelu: rectifier(pelu, { a: learned(1), c: learned(1) }, 'Trottier et al. 2017, arXiv:1605.09332', {
    check: ({ a, c }) => (a > 0 && c > 0 ? null : 'a and c must be above 0'),
  }),
  selu: rectifier(selu, {}, 'Klambauer et al. 2017, arXiv:1706.02515', {
    init: 'lecun',
    torch: 'nn.SELU',
    onnx: 'Selu-22',
  }),
  gelu: rectifier((x) => x * normalCdf(x), {}, 'Hendrycks and Gimpel 2016, arXiv:1606.08415', {
    torch: 'nn.GELU',
    onnx: 'Gelu-20',
  }),
  gelu_tanh: rectifier(geluTanh, {}, 'Hendrycks and Gimpel 2016, arXiv:1606.08415', {
    torch: "nn.GELU(approximate='tanh')",
    onnx: "Gelu-20(approximate='tanh')",
  }),
  gelu_sigmoid: rectifier(gated, { beta: fixed(1.702) }, 'Hendrycks and Gimpel 2016, arXiv:1606.08415', {
    file: 'swish',
    onnx: 'Swish-24(alpha=1.702)',
  }),
  swish: rectifier(gated, { beta: learned(1) }, 'Ramachandran et al. 2017, arXiv:1710.05941'),
  silu: rectifier(gated, { beta: fixed(1) }, 'Elfwing et al. 2018, arXiv:1702.03118', {
    file: 'swish',
    torch: 'nn.SiLU',
    onnx: 'Swish-24',
  }),
  mish: rectifier((x) => x * Math.tanh(Math.log1p(Math.exp(x))), {}, 'Misra 2019, arXiv:1908.08681', {
    torch: 'nn.Mish',
    onnx: 'Mish-22',
  }),
  rrelu: rectifier(
    (x, { lower, upper }) => leaky(x, { a: (lower + upper) / 2 }),
    { lower: drawn(1 / 8), upper: drawn(1 / 3) },
    'Xu et al. 2015, arXiv:1505.00853',
    {
      file: 'prelu',
      check: ({ lower, upper }) => (lower <= upper ? null : 'lower must not be above upper'),
      torch: 'nn.RReLU',
      onnx: 'LeakyRelu-16(alpha=11/48)',
    },
  ),
  softplus: rectifier(softplus, { beta: fixed(1), threshold: constant(20) }, 'Dugas et al., NIPS 2000', {
    check: ({ beta }) => (beta > 0 ? null : 'beta must be above 0'),
    torch: 'nn.Softplus',
    onnx: 'Softplus-22',
  }),
  threshold_relu: rectifier(
    (x, { theta }) => (x > theta ? x : 0),
    { theta: constant(1) },
    'Konda et al. 2015, arXiv:1402.3337',
    {
      check: ({ theta }) => (theta >= 0 ? null : 'theta must be at least 0'),
      torch: 'nn.Threshold(1, 0)',
      onnx: 'ThresholdedRelu-22',
    },
  ),
  srelu: rectifier(
    srelu,
    { tl: learned(0), al: learned(0.2), d: learned(1), ar: learned(1) },
    'Jin et al. 2016, arXiv:1512.07030',
    { check: ({ d }) => (d >= 0 ? null : 'd, from the left threshold to the right one, must be at least 0') },
  ),
  shifted_relu: rectifier((x, { b }) => Math.max(x, b), { b: learned(-1) }, 'Clevert et al. 2016, arXiv:1511.07289', {
    onnx: 'Max-13',
  }),
  sqrt_relu: rectifier((x) => Math.max(x, 0) / (Math.sqrt(Math.max(x, 0) + 1) + 1), {}, 'SRReLU of the library dnnet'),
  sigmoid: rectifier(sigmoid, {}, 'logistic function', { init: 'xavier', torch: 'nn.Sigmoid', onnx: 'Sigmoid-13' }),
  tanh: rectifier(Math.tanh, {}, 'hyperbolic tangent', { init: 'xavier', torch: 'nn.Tanh', onnx: 'Tanh-13' }),
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
  for (const [name, given] of Object.entries<Partial<Parameter> | null>(own.parameters))
    if (!['learned', 'fixed', 'constant', 'drawn'].includes(given?.kind ?? '') || !Number.isFinite(given?.value))
      throw new ArgumentError(
        `rectifier of your own: parameter ${name} is ${JSON.stringify(given)}; expected { kind, value }, of kind 'learned', 'fixed', 'constant' or 'drawn' and with a finite value`,
      );
  const count = Object.keys(own.parameters).length;
  if (count > 4) throw new ArgumentError(`rectifier of your own: ${count} parameters; p.x .. p.w hold at most 4`);
  const bounds = Object.values(own.parameters).filter(({ kind }) => kind === 'drawn').length;
  if (bounds > 0 && (bounds !== 2 || count !== 2))
    throw new ArgumentError(
      `rectifier of your own: ${bounds} of its ${count} parameters are drawn; it must be two of two, or none`,
    );
  if (typeof own.wgsl !== 'string' && typeof own.wgsl !== 'object')
    throw new ArgumentError(`rectifier of your own: wgsl must be its source, a string, got ${kindOf(own.wgsl)}`);
  const wgsl = typeof own.wgsl === 'string' ? actFragment('act/custom.wgsl', own.wgsl) : own.wgsl;
  const declared = namesOf(wgsl);
  const missing = CONTRACT.act.filter((name) => !declared.includes(name));
  if (missing.length > 0)
    throw new ArgumentError(
      `rectifier of your own: its WGSL does not define ${missing.join(', ')}; it must define forward, dx and dp`,
    );
  return { source: "the caller's own", ...own, wgsl };
}

interface Line<P extends string> extends Omit<Rectifier<P>, 'wgsl'> {
  /** The name of the shader, where it is not that of the line. */
  readonly file?: string;
}

function rectifier<P extends string = never>(
  formula: Rectifier<P>['formula'],
  parameters: Readonly<Record<P, Parameter>>,
  source: string,
  more: Omit<Line<P>, 'formula' | 'parameters' | 'source'> = {},
): Line<P> {
  return { formula, parameters, source, ...more };
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
