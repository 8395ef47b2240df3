// Initial weights: a scheme gives the variance, a seed the values. Biases are zeros.
import { ArgumentError } from '../errors.ts';
import { normal, uniform } from '../random.ts';
import { isDrawn, parameterValues, type Rectifier, rectifiers } from '../rectifiers.ts';

/** A layer's rectifier with the initial values of its parameters; parameters left out have the registered ones. */
export interface Fed {
  readonly entry: Rectifier;
  readonly values: Readonly<Record<string, number>>;
}

interface Facts {
  readonly fanIn: number;
  readonly fanOut: number;
  /** dy/dx for x < 0 of a rectifier that is x for x > 0 and linear below; 0 for all others. */
  readonly slope: number;
  /** dy/dx to the left and to the right of DPReLU's threshold; of others, `slope` and 1. */
  readonly slopes: readonly [left: number, right: number];
  /** E[f(z)^2]^(-1/2). */
  readonly gain: () => number;
}

interface Scheme {
  readonly draw: typeof normal | typeof uniform;
  readonly variance: (facts: Facts) => number;
}

const schemes = {
  // The fixed width that He et al. 2015, section 2.2, compare with. Another one: { std }.
  gaussian: { draw: normal, variance: () => 0.01 ** 2 },
  // Glorot and Bengio 2010, eq. 12 (normal) and eq. 16 (uniform).
  xavier: { draw: normal, variance: ({ fanIn, fanOut }) => 2 / (fanIn + fanOut) },
  xavier_uniform: { draw: uniform, variance: ({ fanIn, fanOut }) => 2 / (fanIn + fanOut) },
  // He et al. 2015, eq. 15; PyTorch's kaiming_uniform_; eq. 14 with a slope; and both fans (DPReLU's authors).
  he: { draw: normal, variance: ({ fanIn, slope }) => 2 / ((1 + slope ** 2) * fanIn) },
  he_uniform: { draw: uniform, variance: ({ fanIn, slope }) => 2 / ((1 + slope ** 2) * fanIn) },
  he_fan_out: { draw: normal, variance: ({ fanOut, slope }) => 2 / ((1 + slope ** 2) * fanOut) },
  he_average: { draw: normal, variance: ({ fanIn, fanOut, slope }) => 4 / ((1 + slope ** 2) * (fanIn + fanOut)) },
  // LeCun et al. 1998, "Efficient BackProp", section 4.6; Klambauer et al. 2017 ask for it.
  lecun: { draw: normal, variance: ({ fanIn }) => 1 / fanIn },
  // Yang et al. 2023: he_average with two slopes.
  dprelu: {
    draw: normal,
    variance: ({ fanIn, fanOut, slopes: [left, right] }) => 4 / ((left ** 2 + right ** 2) * (fanIn + fanOut)),
  },
  // He et al. 2015, eq. 7, for any rectifier.
  gain: { draw: normal, variance: ({ fanIn, gain }) => gain() ** 2 / fanIn },
} as const satisfies Readonly<Record<string, Scheme>>;

/** @inline */
type SchemeName = keyof typeof schemes;

/**
 * An initialisation by name; n is `fanIn`, a the slope below 0 of a rectifier that is linear there, else 0.
 *
 * - `auto`: what the registry says of the layer's rectifier (the one it feeds, else the last before it), `gain` where
 *   it says nothing; without any rectifier, `xavier`.
 * - `gaussian`: normal, standard deviation 0.01, as AlexNet's.
 * - `xavier`: normal, variance 2 / (`fanIn` + `fanOut`); `xavier_uniform`. Glorot and Bengio 2010, eq. 12 and 16.
 * - `he`: normal, variance 2 / ((1 + a²) n), He et al. 2015, eq. 15; `he_uniform`; `he_fan_out` with `fanOut` for n,
 *   eq. 14; `he_average` with the mean of both.
 * - `lecun`: normal, variance 1 / n. LeCun et al. 1998; SELU's.
 * - `dprelu`: as `he_average`, with both slopes of a DPReLU, α² + β², for 1 + a². Yang et al. 2023.
 * - `gain`: normal, variance {@link gain}² / n, for any rectifier. He et al. 2015, eq. 7.
 * - `zeros`.
 */
export type InitName = 'auto' | 'zeros' | SchemeName;

/**
 * A scheme by name; a normal distribution of mean 0 and a given standard deviation; or a scheme whose values are
 * multiplied by a factor: the L-th root of 1/128 in each of L layers makes up for inputs in [-128, 128]. He et al. 2015,
 * section 2.2.
 */
export type Init = InitName | { readonly std: number } | { readonly scheme: InitName; readonly factor: number };

/** The names of all initialisations. */
export const initNames: readonly InitName[] = ['auto', 'zeros', ...(Object.keys(schemes) as SchemeName[])];

type Fans = () => { readonly fanIn: number; readonly fanOut: number };

/**
 * The inputs of one output and the outputs of one input, of dense weights [in, out] or a convolution's
 * [kh, kw, in / groups, out]. Throws ArgumentError for any other shape.
 */
export function fans(shape: readonly number[]): { readonly fanIn: number; readonly fanOut: number } {
  const [inputs, outputs] = shape.slice(-2);
  if ((shape.length !== 2 && shape.length !== 4) || !inputs || !outputs)
    throw new ArgumentError(
      `fans: got the shape [${shape.join(', ')}]; expected [in, out] or [kh, kw, in / groups, out], each at least 1. Other shapes take init 'zeros' or { std }`,
    );
  const window = shape.slice(0, -2).reduce((product, size) => product * size, 1);
  return { fanIn: window * inputs, fanOut: window * outputs };
}

/**
 * The factor by which weights of variance 1 / fanIn must grow to make up for what the rectifier takes:
 * 1 / sqrt(E[f(z)^2]) for a standard normal z (He et al. 2015, eq. 7). ReLU: sqrt 2.
 *
 * `values` replace the registered values of its parameters, by name. Throws ArgumentError if f is 0 or not finite.
 */
export function gain(entry: Rectifier, values: Readonly<Record<string, number>> = {}): number {
  const p = parameterValues(entry, values);
  const moment = isDrawn(entry) ? drawnMoment(entry, p) : secondMoment(entry, p);
  if (!(moment > 0 && moment < Number.POSITIVE_INFINITY))
    throw new ArgumentError(
      `gain: E[f(z)^2] of ${entry.wgsl.file} with ${JSON.stringify(p)} is ${moment}; expected a finite number above 0. Give other parameters or init { std }`,
    );
  return 1 / Math.sqrt(moment);
}

/** E[f(z)^2]. */
function secondMoment({ formula }: Rectifier, p: Readonly<Record<string, number>>): number {
  // Midpoint rule: 0, where rectifiers have their kink, is a border between intervals; left out beyond 12: e^-72.
  const step = 1 / 1024;
  let sum = 0;
  for (let z = -12 + step / 2; z < 12; z += step) sum += formula(z, p) ** 2 * Math.exp(-0.5 * z * z);
  return (sum * step) / Math.sqrt(2 * Math.PI);
}

/** The mean over all that may be drawn, by Simpson's rule: exact where f is linear in the drawn number. */
function drawnMoment(entry: Rectifier, p: Readonly<Record<string, number>>): number {
  const [low = 0, high = 0] = Object.values(p);
  const at = (value: number) => secondMoment(entry, Object.fromEntries(Object.keys(p).map((key) => [key, value])));
  return (at(low) + 4 * at((low + high) / 2) + at(high)) / 6;
}

/**
 * The initial values of one parameter tensor, row-major. Untruncated; the same for the same seed and stream.
 *
 * `rectifier` is the one that the layer feeds, null for none (as for identity). Throws ArgumentError for an unknown
 * scheme, a negative number, a shape without fans, or parameters that no standard deviation follows from.
 */
export function initialValues(options: {
  readonly shape: readonly number[];
  readonly init: Init;
  readonly rectifier: Fed | null;
  readonly seed: number;
  /** `streamOf` the parameter's name: values do not depend on the order in which layers are made. */
  readonly stream: number;
  /** Where they are not those of the shape. */
  readonly fans?: Fans;
}): Float32Array<ArrayBuffer> {
  const { shape, init, seed, stream } = options;
  const fed = options.rectifier ?? { entry: rectifiers.identity, values: {} };
  const { draw, std } = distribution(init, options.fans ?? (() => fans(shape)), fed);
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  if (std === 0) return values;
  for (let i = 0; i < values.length; i += 1) {
    const value = draw(seed, stream, i);
    // A uniform of variance s^2 lies within +-sqrt(3) s.
    values[i] = std * (draw === uniform ? Math.sqrt(3) * (2 * value - 1) : value);
  }
  return values;
}

/** Throws ArgumentError for an unknown scheme, or a standard deviation or factor out of range. */
export function checkInit(init: Init): void {
  if (typeof init === 'object') {
    const [name, value] = 'std' in init ? ['std', init.std] : ['factor', init.factor];
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY))
      throw new ArgumentError(`init: ${name} is ${value}; expected a finite number of at least 0`);
    if ('scheme' in init) checkInit(init.scheme);
  } else if (!initNames.includes(init))
    throw new ArgumentError(
      `unknown init '${init}'; one of ${initNames.join(', ')}, { std: number }, or { scheme, factor: number }`,
    );
}

/** The standard deviation of the weights that `init` draws; 0 for zeros. Throws as initialValues does. */
export function spreadOf(init: Init, shape: readonly number[], fed: Fed): number {
  return distribution(init, () => fans(shape), fed).std;
}

/** `fans` are asked for where the scheme needs them alone. */
function distribution(init: Init, fans: Fans, fed: Fed): Pick<Scheme, 'draw'> & { std: number } {
  checkInit(init);
  if (typeof init === 'object') {
    if ('std' in init) return { draw: normal, std: init.std };
    const { draw, std } = distribution(init.scheme, fans, fed);
    return { draw, std: init.factor * std };
  }
  if (init === 'zeros') return { draw: normal, std: 0 };
  const { entry } = fed;
  const { draw, variance }: Scheme = schemes[init === 'auto' ? (entry.init ?? 'gain') : init];
  const std = Math.sqrt(variance({ ...fans(), ...slopesOf(fed), gain: () => gain(entry, fed.values) }));
  if (!Number.isFinite(std))
    throw new ArgumentError(
      `init '${init}': no standard deviation follows from ${JSON.stringify(fed.values)} of ${entry.wgsl.file}; give other parameters or init { std }`,
    );
  return { draw, std };
}

function slopesOf({ entry, values }: Fed): Pick<Facts, 'slope' | 'slopes'> {
  const p = parameterValues(entry, values);
  // `he` on a registry line says that the rectifier is linear below 0, so one value gives its slope.
  const slope = entry.init === 'he' ? -entry.formula(-1, p) : 0;
  return { slope, slopes: entry.init === 'dprelu' ? [p.alpha ?? 0, p.beta ?? 1] : [slope, 1] };
}
