// Runs a traced function on the GPU and compares its result, and every gradient of it, with the reference; and checks
// gradients of whole networks by finite differences. A case of an operator is one line: its inputs, and the operator.
import { type CompileOptions, type DType, type Engine, grad, mul, sum, type Tensor } from '../../src/index.ts';
import { createStates } from '../../src/nn/states.ts';
import { newGraph } from '../../src/ops/methods.ts';
import { normal, streamOf } from '../../src/random.ts';
import { openEngine } from './open-engine.ts';
import { dotTolerance, expectClose, type Numbers, type Shape, size } from './reference.ts';

export { openEngine };

/** A shape, for standard normal random numbers; or a shape with its values (u32 where they are a Uint32Array). */
export type Given = Shape | { readonly shape: Shape; readonly values: Numbers };

type Data = Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
type By<K extends string, T> = Readonly<Record<K, T>>;

/** Expected values, and how far each f32 result may lie from them. */
export interface Close {
  readonly values: Numbers;
  readonly tolerance: Numbers | ((index: number) => number);
}

/** The same for the same name, in every test. */
export const random = (name: string, shape: Shape): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: size(shape) }, (_, i) => normal(1, streamOf(name), i));

const shapeOf = (given: Given): Shape => ('shape' in given ? given.shape : given);
const dtypeOf = (given: Given): DType => ('shape' in given && given.values instanceof Uint32Array ? 'u32' : 'f32');

function dataOf<K extends string>(inputs: By<K, Given>): By<K, Data> {
  const data = mapValues(inputs, (given, name): Data => {
    if (!('shape' in given)) return random(name, given);
    return dtypeOf(given) === 'u32' ? Uint32Array.from(given.values) : Float32Array.from(given.values);
  });
  return data as By<K, Data>;
}

export function mapValues<T, R>(record: By<string, T>, f: (value: T, key: string) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value, key)]));
}

/** Compiles, runs once, and reads every output. */
export async function compute<K extends string, O extends string>(
  engine: Engine,
  inputs: By<K, Given>,
  fn: (tensors: By<K, Tensor>) => By<O, Tensor>,
  options: CompileOptions = {},
): Promise<By<O, Float32Array<ArrayBuffer>> & { readonly printed: string }> {
  const specs = mapValues(inputs, (given) => ({ shape: shapeOf(given), dtype: dtypeOf(given) }));
  const trace = (tensors: By<string, Tensor>) => fn(tensors as By<K, Tensor>) as By<string, Tensor>;
  const step = await engine.compile(specs, trace, options);
  try {
    step.run(dataOf(inputs) as never);
    const results: Record<string, Float32Array<ArrayBuffer>> = {};
    for (const name of step.plan.outputs.keys()) results[name] = await step.read(name);
    return Object.assign(results as By<O, Float32Array<ArrayBuffer>>, { printed: String(step.plan) });
  } finally {
    step.destroy();
  }
}

/** The shape of what `fn` computes; traced, not run. */
function shapeOfResult<K extends string>(inputs: By<K, Given>, fn: (tensors: By<K, Tensor>) => Tensor): Shape {
  const graph = newGraph(createStates(0), 'train');
  const symbols = mapValues(inputs, (given, name) => graph.input(name, shapeOf(given), dtypeOf(given)));
  return fn(symbols as By<K, Tensor>).shape;
}

const isFloat = ([, given]: [string, Given]) => dtypeOf(given) === 'f32';

/**
 * Compares the result `y` of `fn`, and the gradient of each f32 input under a random `dy`, with what `expected` says.
 * Every one of them must be expected.
 */
export async function checkOperator<K extends string>(
  engine: Engine,
  inputs: By<K, Given>,
  fn: (tensors: By<K, Tensor>) => Tensor,
  expected: (data: By<K, Numbers>, dy: Numbers) => Readonly<Partial<Record<K | 'y', Close>>>,
): Promise<void> {
  const names = Object.entries<Given>(inputs)
    .filter(isFloat)
    .map(([name]) => name as K);
  const shape = shapeOfResult(inputs, fn);
  const all: By<string, Given> = { ...inputs, probe: shape };
  const results = await compute(engine, all, (tensors) => {
    const y = fn(tensors as By<K, Tensor>);
    const gradients = grad(
      sum(mul(y, tensors.probe as Tensor)),
      names.map((name) => tensors[name] as Tensor),
    );
    return { y, ...Object.fromEntries(gradients.map((gradient, i) => [names[i], gradient])) };
  });
  const data = dataOf(all);
  const wanted: Readonly<Partial<Record<string, Close>>> = expected(data as By<K, Numbers>, data.probe as Data);
  for (const name of ['y', ...names]) {
    const close = wanted[name];
    if (!close) throw new Error(`checkOperator: nothing is expected of ${name}`);
    const what = name === 'y' ? 'result' : `gradient of ${name}`;
    near(what, (results as By<string, Numbers>)[name] as Numbers, close);
  }
}

export function near(what: string, actual: Numbers, { values, tolerance }: Close): void {
  try {
    expectClose(actual, values, tolerance);
  } catch (error) {
    throw new Error(`${what}: ${(error as Error).message}`);
  }
}

/**
 * For an operator whose result is linear in each input: the reference on magnitudes gives the magnitudes of the terms,
 * hence the bound of a result with that many `roundings`. Denormal numbers may be flushed to 0, term by term.
 */
export function multilinear<K extends string, R extends string>(
  reference: (data: By<K, Numbers>, dy: Numbers) => By<R, Numbers>,
  roundings: By<R, number>,
  magnitudes: typeof reference = reference,
) {
  const absolute = (x: Numbers) => Float64Array.from(x, Math.abs);
  return (data: By<K, Numbers>, dy: Numbers): By<R, Close> => {
    const sizes = magnitudes(mapValues<Numbers, Numbers>(data, absolute) as By<K, Numbers>, absolute(dy));
    return mapValues(reference(data, dy), (values, name) => {
      const count = roundings[name as R];
      const magnitude = sizes[name as R];
      return {
        values,
        tolerance: (i: number) => dotTolerance(count, Math.abs(magnitude[i] as number)) + count * 2 ** -126,
      };
    }) as By<R, Close>;
  };
}

/**
 * The gradient of each f32 input of `fn` under a random probe of its result, against central differences of the
 * result, h = 1e-2, input by input and element by element. Throws with the first ones that are wrong.
 *
 * Left and right differences l and r differ by the curvature, or because of a kink between: then the central one is
 * wrong by |r - l| / 2, which is allowed. The result's rounding, 1e-6 / h, adds the rest. Where l and r differ by more
 * than a tenth of the largest difference of that input, or kinks on both sides hide each other, h / 4 is tried; and where
 * that does not settle it, the point says nothing and is skipped. 5 % of the points may be.
 */
export async function checkGradients<K extends string>(
  engine: Engine,
  inputs: By<K, Given>,
  fn: (tensors: By<K, Tensor>) => Tensor,
): Promise<void> {
  const H = 1e-2;
  const names = Object.entries<Given>(inputs)
    .filter(isFloat)
    .map(([name]) => name as K);
  const specs = mapValues(inputs, (given) => ({ shape: shapeOf(given), dtype: dtypeOf(given) }));
  const data = dataOf(inputs);
  const all = { ...inputs, probe: shapeOfResult(inputs, fn) };
  const probe = dataOf<string>(all).probe as Data;
  const gradients: By<string, Numbers> = await compute(engine, all as By<string, Given>, (tensors) => {
    const loss = sum(mul(fn(tensors as By<K, Tensor>), tensors.probe as Tensor));
    return Object.fromEntries(names.map((name) => [name, grad(loss, tensors[name] as Tensor)]));
  });

  const step = await engine.compile(specs, (tensors) => ({ y: fn(tensors as By<K, Tensor>) }));
  const loss = async (changed: Partial<By<K, Data>>): Promise<number> => {
    step.run({ ...data, ...changed } as never);
    return (await step.read('y')).reduce((total, y, i) => total + y * (probe[i] as number), 0);
  };
  const centre = await loss({});
  const wrong: string[] = [];
  let [points, skipped] = [0, 0];
  for (const name of names) {
    const x = data[name] as Float32Array<ArrayBuffer>;
    const differences = async (i: number, h: number) => {
      const value = x[i] as number;
      const [up, down] = [x.with(i, value + h), x.with(i, value - h)];
      const [high, low] = await Promise.all([loss({ [name]: up } as never), loss({ [name]: down } as never)]);
      // What f32 makes of the two steps.
      const [right, left] = [(up[i] as number) - value, value - (down[i] as number)];
      const apart = Math.abs((high - centre) / right - (centre - low) / left);
      return { middle: (high - low) / (right + left), apart };
    };
    // All are on their way before the first one is awaited.
    const found = await Promise.all([...x.keys()].map((i) => differences(i, H)));
    const scale = Math.max(...found.map(({ middle }) => Math.abs(middle)));
    const agrees = (i: number, d: { readonly middle: number; readonly apart: number }) =>
      d.apart <= 0.1 * scale && Math.abs((gradients[name]?.[i] as number) - d.middle) <= d.apart / 2 + 2e-3 * scale;
    const open = [...found.entries()].filter(([i, first]) => !agrees(i, first));
    const closer = await Promise.all(open.map(([i]) => differences(i, H / 4)));
    points += found.length;
    for (const [at, [i, { middle, apart }]] of open.entries()) {
      const g = gradients[name]?.[i] as number;
      const second = closer[at] as (typeof closer)[number];
      if (agrees(i, second)) continue;
      const settled = Math.abs(second.middle - middle) <= Math.abs(g - middle) / 2;
      if (!settled || Math.max(apart, second.apart) > 0.1 * scale) skipped += 1;
      else wrong.push(`${name}[${i}]: gradient ${g}, differences ${middle}`);
    }
  }
  step.destroy();
  if (wrong.length > 0)
    throw new Error(`${wrong.length} of ${points} gradients are wrong: ${wrong.slice(0, 4).join('; ')}`);
  if (skipped > 0.05 * points) throw new Error(`${skipped} of ${points} points say nothing: at most 5 % may`);
}
