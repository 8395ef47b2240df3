// The signal probe: how a signal, and its gradient, spread through many layers before any training; beside the theory.
import { ArgumentError } from '../errors.ts';
import type { Tensor } from '../graph/tensor.ts';
import { type Init, spreadOf } from '../nn/init.ts';
import { linear } from '../nn/linear.ts';
import { module, within } from '../nn/module.ts';
import { rectifier as rectifierLayer } from '../nn/rectifier.ts';
import { grad } from '../ops/grad.ts';
import type { RectifyOptions } from '../ops/rectify.ts';
import { normal, streamOf } from '../random.ts';
import {
  findRectifier,
  type OwnRectifier,
  parameterValues,
  type Rectifier,
  type RectifierName,
} from '../rectifiers.ts';
import type { CompileOptions, InputSpec, Step } from './compile.ts';

/** What {@link probe} takes. */
export interface ProbeOptions {
  /** Default `relu`. */
  readonly rectifier?: RectifierName | Rectifier | OwnRectifier;
  /** Its parameters and their sharing. */
  readonly options?: RectifyOptions;
  /** Default `auto`. */
  readonly init?: Init;
  /** Layers. Default 50. */
  readonly depth?: number;
  /** Units of each. Default 256. */
  readonly width?: number;
  /** Rows of N(0, 1) that are pushed through. Default 256. */
  readonly samples?: number;
}

/** Root mean squares by layer, from the input on. */
export interface Spread {
  /** Of pre-activations. */
  readonly forward: readonly number[];
  /** Of gradients by them, for a gradient of N(0, 1) by the last. */
  readonly backward: readonly number[];
}

/** The spread that was measured, and what is expected of an infinite width. */
export interface Probe {
  /** On the GPU, of one draw of the weights. */
  readonly measured: Spread;
  /** For an infinite width. */
  readonly expected: Spread;
}

/** What the probe needs of an engine, whose seed draws the weights. */
export interface Compiler {
  /** Engine.seed. */
  readonly seed: number;
  /** Engine.compile. */
  readonly compile: <const I extends Readonly<Record<string, InputSpec>>, O extends Readonly<Record<string, Tensor>>>(
    inputs: I,
    fn: (tensors: { readonly [K in keyof I]: Tensor }) => O,
    options?: CompileOptions,
  ) => Promise<Step<I, keyof O & string>>;
}

/**
 * Pushes N(0, 1) through a network of equal layers, z = W f(z), and N(0, 1) back: the spread of z and of its gradient.
 *
 * Expected: Var z' = n Var w · E[f(z)²] and Var dz = n Var w · E[f'(z)²] · Var dz' for normal z (He et al. 2015, eq. 7 and
 * 13). Throws ArgumentError for numbers out of range and what the layers refuse.
 */
export async function probe(engine: Compiler, options: ProbeOptions = {}): Promise<Probe> {
  const { rectifier = 'relu', options: own = {}, init = 'auto', depth = 50, width = 256, samples = 256 } = options;
  for (const [name, value] of Object.entries({ depth, width, samples }))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new ArgumentError(`probe: ${name} must be a whole number of at least 1, got ${value}`);
  const layers = Array.from(
    { length: depth },
    () => [linear(width, width, { init }), rectifierLayer(rectifier, own)] as const,
  );
  const model = module((x) => {
    let y = x;
    layers.forEach(([product, rectify], index) => {
      const z = within(y, `${2 * index}`, () => product.trace(y));
      y = within(z, `${2 * index + 1}`, () => rectify.trace(z));
    });
    return y;
  });
  const shape = [samples, width];
  const step = await engine.compile({ x: shape, dy: shape }, ({ x, dy }) => {
    model(x);
    const zs = x.graph.rectifiers.map(({ z }) => z);
    const last = zs.at(-1) ?? x;
    const outputs: Record<string, Tensor> = {};
    const gradients = grad(last.mul(dy).sum(), zs);
    // 30 units of Xavier's shrink a gradient to 1e-9; its square would be lost.
    zs.forEach((z, index) => {
      const dz = (gradients[index] ?? z).mul(2 ** 40);
      Object.assign(outputs, { [`z${index}`]: z.mul(z).mean(), [`dz${index}`]: dz.mul(dz).mean() });
    });
    return outputs;
  });
  const noise = (name: string) =>
    Float32Array.from({ length: samples * width }, (_, index) => normal(engine.seed, streamOf(`probe ${name}`), index));
  step.run({ x: noise('x'), dy: noise('dy') });
  const read = (name: string) =>
    Promise.all(layers.map(async (_, index) => Math.sqrt((await step.read(`${name}${index}`))[0] ?? Number.NaN)));
  const [forward, backward] = await Promise.all([read('z'), read('dz')]);
  step.destroy();
  const measured = { forward, backward: backward.map((value) => value * 2 ** -40) };
  return { measured, expected: expectedSpread({ ...options, widths: Array<number>(depth + 1).fill(width) }) };
}

/** What {@link expectedSpread} takes. */
export interface ExpectedOptions extends Pick<ProbeOptions, 'rectifier' | 'options' | 'init'> {
  /** Units of the input and of each dense layer that a rectifier follows. */
  readonly widths: readonly number[];
  /** Root mean square of the inputs. Default 1. */
  readonly input?: number;
}

/**
 * The root mean squares that theory expects of the pre-activations of dense layers and of their gradients, relative to the
 * last layer's, before any training.
 *
 * Var z' = n Var w · E[f(z)²] with n inputs, and Var dz = n' Var w · E[f'(z)²] · Var dz' with n' outputs, for normal z
 * (He et al. 2015, eq. 7 and 13), which wide layers come close to. Throws ArgumentError as the layers do.
 */
export function expectedSpread({
  rectifier = 'relu',
  options = {},
  init = 'auto',
  widths,
  input = 1,
}: ExpectedOptions): Spread {
  const { entry } = findRectifier(rectifier);
  const values = parameterValues(entry, options.values);
  const variances = widths
    .slice(1)
    .map((width, index) => spreadOf(init, [widths[index] ?? 1, width], { entry, values }) ** 2);
  const forward: number[] = [];
  variances.forEach((variance, layer) => {
    const before = forward.at(-1);
    const square = before === undefined ? input ** 2 : moment(before, (z) => entry.formula(z, values));
    forward.push(Math.sqrt((widths[layer] ?? 1) * variance * square));
  });
  const backward = forward.slice(-1).fill(1);
  for (let layer = variances.length - 2; layer >= 0; layer--) {
    const std = forward[layer] ?? 1;
    const h = 1e-4 * std;
    const slope = (z: number) => (entry.formula(z + h, values) - entry.formula(z - h, values)) / (2 * h);
    const factor = (widths[layer + 2] ?? 1) * (variances[layer + 1] ?? 1);
    backward.unshift((backward[0] ?? 1) * Math.sqrt(factor * moment(std, slope)));
  }
  return { forward, backward };
}

/** E[of(z)²] for normal z of a standard deviation. */
function moment(std: number, of: (z: number) => number): number {
  // Midpoint rule over a standard normal; 0, where rectifiers have their kink, is a border between intervals.
  const step = 1 / 64;
  let sum = 0;
  for (let z = -10 + step / 2; z < 10; z += step) sum += of(std * z) ** 2 * Math.exp(-0.5 * z * z);
  return (sum * step) / Math.sqrt(2 * Math.PI);
}
