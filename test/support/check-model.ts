// The result and the gradients of a whole network, parameter by parameter, against its float64 reference.
import { type Engine, grad, type Module, mul, sum, type Tensor } from '../../src/index.ts';
import { createStates } from '../../src/nn/states.ts';
import { newGraph } from '../../src/ops/methods.ts';
import { mapValues, random } from './check.ts';
import { at, type Numbers, type Shape } from './reference.ts';
import { network } from './reference-models.ts';

type By<T> = Readonly<Record<string, T>>;

interface Input {
  readonly shape: Shape;
  readonly values: Float32Array<ArrayBuffer>;
  /** A change of every element that changes all that follows by about as much as there is of it. */
  readonly unit: number;
  /** Terms of each sum that it has a part in as weights. */
  readonly terms: number;
}

const total = (values: Numbers, f: (value: number, i: number) => number): number =>
  Array.from(values).reduce((result, value, i) => result + f(value, i), 0);
const norm = (values: Numbers) => Math.sqrt(total(values, (value) => value ** 2));

/** Samples and parameters: as training starts, but for what starts at 0 or 1, which is moved off it. */
function inputsOf(model: Module, shape: Shape) {
  const graph = newGraph(createStates(0), 'train');
  const output = model(graph.input('x', shape, 'f32')).shape;
  const state = graph.host.state(model);
  const pool = state?.parameters.initial?.() as Float32Array<ArrayBuffer>;
  const inputs: Record<string, Input> = { x: { shape, values: random('x', shape), unit: 1, terms: 0 } };
  for (const { name, spec, shape: own, place } of state?.entries ?? []) {
    if (spec.kind === 'buffer') continue;
    const moves = random(name, own);
    const start = pool.slice(place.offset / 4, place.offset / 4 + moves.length);
    const terms = start.length / (own.at(-1) ?? 1);
    inputs[name] =
      spec.kind === 'weight'
        ? { shape: own, values: start, unit: norm(start) / Math.sqrt(start.length), terms }
        : { shape: own, values: start.map((value, i) => value + 0.1 * at(moves, i)), unit: 1, terms: 0 };
  }
  // As the operator numbers itself.
  const streams = [...graph.tape.keys()].filter((i) => graph.tape[i]?.operator === 'dropout');
  return { inputs, output, streams };
}

/** The model, with its parameters taken from `tensors`. */
function traced(model: Module, tensors: By<Tensor>): Tensor {
  const x = tensors.x as Tensor;
  const { host } = x.graph;
  const parameter: typeof host.parameter = (own, spec, ...rest) =>
    tensors[[...own.path, spec.name].join('.')] ?? host.parameter(own, spec, ...rest);
  Object.assign(x.graph, { host: { ...host, parameter } });
  return model(x);
}

/**
 * Compares the model's result, and the gradient of each parameter and of the samples under a random probe, with the
 * network `name` of the reference: along a random direction, and for the element where the gradient is largest.
 *
 * In float64, a difference quotient with steps of 2^-20 is exact to about 1e-8, and pooling picks the same pixels on both
 * sides. So what is allowed is the engine's own rounding. A sum of n terms is off by about √n roundings, which are as likely up as
 * down (Higham and Mary 2019); each product is taken once forward and once backward; and errors of different sums add up
 * in squares: √(2 Σ n) 2^-24 of the gradient's size, six times over. Throws with those that are wrong.
 */
export async function checkModel(engine: Engine, name: string, model: Module, shape: Shape): Promise<void> {
  const { inputs, output, streams } = inputsOf(model, shape);
  const names = Object.keys(inputs);
  const probe = random('probe', output);
  const specs = { ...mapValues(inputs, ({ shape: own }) => own), probe: output };
  const step = await engine.compile(specs, (tensors: By<Tensor>): By<Tensor> => {
    const y = traced(model, tensors);
    const wanted = names.map((key) => tensors[key] as Tensor);
    const gradients = grad(sum(mul(y, tensors.probe as Tensor)), wanted);
    return { y, ...Object.fromEntries(gradients.map((gradient, i) => [`d ${names[i]}`, gradient])) };
  });
  step.run({ ...mapValues(inputs, ({ values }) => values), probe });

  /** The reference's result where one input is `h` further along `direction`. */
  const moved = (changed: string, direction: Numbers, h: number): Numbers => {
    const [x, ...parameters] = Object.entries(inputs).map(([key, { shape: own, values }]) => ({
      shape: own,
      values: key === changed ? Float64Array.from(values, (value, i) => value + h * at(direction, i)) : values,
    }));
    return network(name, x as { readonly shape: Shape; readonly values: Numbers }, parameters, streams);
  };
  const roundings = Math.sqrt(2 * Object.values(inputs).reduce((sofar, { terms }) => sofar + terms, 0));
  const allowed = 6 * roundings * 2 ** -24;
  const wrong: string[] = [];

  const y = await step.read('y');
  const exact = moved('', y, 0);
  const off = norm(y.map((value, i) => value - at(exact, i))) / norm(exact);
  if (!(off <= allowed)) wrong.push(`the result: off by ${off}`);
  for (const [key, { unit, shape: own }] of Object.entries(inputs)) {
    const g = await step.read(`d ${key}`);
    const largest = g.reduce((best, value, i) => (Math.abs(value) > Math.abs(at(g, best)) ? i : best), 0);
    const lines = [
      { what: key, direction: random(`along ${key}`, own), size: norm(g) },
      { what: `${key}[${largest}]`, direction: g.map((_, i) => Number(i === largest)), size: Math.abs(at(g, largest)) },
    ];
    for (const { what, direction, size } of lines) {
      const h = unit * 2 ** -20;
      const [high, low] = [moved(key, direction, h), moved(key, direction, -h)];
      const quotient = total(probe, (value, i) => value * (at(high, i) - at(low, i))) / (2 * h);
      const gradient = total(g, (value, i) => value * at(direction, i));
      if (!(size > 0 && Math.abs(gradient - quotient) <= allowed * size))
        wrong.push(`${what}: gradient ${gradient}, differences ${quotient}`);
    }
  }
  step.destroy();
  if (wrong.length > 0)
    throw new Error(`${name}: ${wrong.length} of ${2 * names.length + 1} are wrong: ${wrong.slice(0, 4).join('; ')}`);
}
