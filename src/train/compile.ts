// Traces a function of one's own into a step that runs on data given each time: for own loops, research and tests.
import { ArgumentError, DataError, DeviceError, ShapeError } from '../errors.ts';
import type { Graph, Mode } from '../graph/graph.ts';
import { type Shape, show, sizeOf } from '../graph/shape.ts';
import type { DType, Tensor } from '../graph/tensor.ts';
import { checkKeys, kindOf } from '../options.ts';
import type { Input, Plan } from '../plan/plan.ts';
import { type Session, trainedOf } from './session.ts';

/** A shape for f32 data, or a shape and a type. */
export type InputSpec = Shape | { readonly shape: Shape; readonly dtype: DType };

type Data<S extends InputSpec> = S extends { readonly dtype: 'u32' }
  ? Uint32Array<ArrayBuffer>
  : Float32Array<ArrayBuffer>;

/** What {@link Engine.compile} takes beside inputs and function. */
export interface CompileOptions {
  /** Whether modules are traced as for training or as for evaluation. Default 'train'. */
  readonly mode?: Mode;
  /** Hears of every pipeline that is ready. */
  readonly onProgress?: (ready: number, total: number) => void;
}

/** A compiled function: write, run, read. */
export interface Step<I extends Readonly<Record<string, InputSpec>>, O extends string> {
  /** The calls that a run makes: print it, or ask its cost(). */
  readonly plan: Plan;
  /**
   * Writes the data, a Uint32Array for each u32 input and a Float32Array for the others, and submits one run; does not
   * wait. Throws before anything is written: ShapeError for a wrong length, DataError for NaN, infinity or a label out
   * of range, DeviceError when the device is lost.
   */
  readonly run: (data: { readonly [K in keyof I]: Data<I[K]> }) => void;
  /**
   * What the last run computed, row-major. u32 results come as their numbers, too. Throws ArgumentError for an unknown
   * name, DeviceError when the device is lost or the step was destroyed.
   */
  readonly read: (name: O) => Promise<Float32Array<ArrayBuffer>>;
  /** Frees what belongs to this step alone; models keep their parameters. */
  readonly destroy: () => void;
}

/** See Engine.compile. */
export async function compileStep<
  const I extends Readonly<Record<string, InputSpec>>,
  O extends Readonly<Record<string, Tensor>>,
>(
  { context, host, build }: Session,
  inputs: I,
  fn: (tensors: { readonly [K in keyof I]: Tensor }) => O,
  options: CompileOptions = {},
): Promise<Step<I, keyof O & string>> {
  checkKeys('compile', options, { mode: 1, onProgress: 1 });
  const { mode = 'train', onProgress } = options;
  if (!['train', 'eval'].includes(mode))
    throw new ArgumentError(`compile: mode must be 'train' or 'eval', got ${kindOf(mode)}`);
  const trace = (graph: Graph) => {
    const tensors: Record<string, Tensor> = {};
    for (const [name, spec] of Object.entries(inputs)) {
      const { shape, dtype } =
        'shape' in Object(spec) ? (spec as Exclude<InputSpec, Shape>) : { shape: spec as Shape, dtype: 'f32' as const };
      if (!Array.isArray(shape))
        throw new ArgumentError(
          `compile: input '${name}' must be a shape, such as [batch, 2], or { shape, dtype }, got ${kindOf(spec)}`,
        );
      tensors[name] = graph.input(name, shape, dtype);
    }
    const outputs = fn(tensors as { readonly [K in keyof I]: Tensor });
    if (outputs instanceof Promise || typeof outputs !== 'object')
      throw new ArgumentError(
        'compile: the function must return the tensors to read, by name, such as { loss }, and be no async one',
      );
    return { outputs };
  };
  const { graph, plan, runtime } = await build(mode, trace, { onProgress });
  const trained =
    graph.claims.length > 0 ? plan.buffers.filter(({ durable }) => durable).map((each) => trainedOf(host, each)) : [];
  /** Nothing is kept of what an own step trains. */
  const revive = async () => {
    if (runtime.isLost())
      throw new DeviceError(
        'the GPU device was lost after a compiled step had trained this model, and what it came to with it; create a new engine, or load what a trainer saved',
      );
  };
  return {
    plan,
    run(data) {
      const given: Readonly<Record<string, Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer> | undefined>> = data;
      const unknown = Object.keys(given).find((name) => !plan.inputs.has(name));
      if (unknown)
        throw new ArgumentError(
          `run: there is no input '${unknown}'; this step takes ${[...plan.inputs.keys()].join(', ')}`,
        );
      for (const [name, input] of plan.inputs) checkData(name, input, given[name]);
      if (context.renewable && runtime.isLost())
        throw new DeviceError('run: the GPU device of this step was lost; compile the step again');
      for (const [name, { buffer }] of plan.inputs) context.write(buffer, given[name] as Float32Array<ArrayBuffer>);
      for (const each of trained) Object.assign(each, { by: runtime, left: null, revive });
      runtime.run(1);
    },
    async read(name) {
      const output = plan.outputs.get(name);
      if (!output)
        throw new ArgumentError(
          `read: there is no output '${name}'; this step returns ${[...plan.outputs.keys()].join(', ') || 'none'}`,
        );
      const [words = new Uint32Array(0)] = await runtime.runAndRead(0, [output]);
      return output.dtype === 'f32' ? new Float32Array(words.buffer) : Float32Array.from(words);
    },
    destroy: runtime.destroy,
  };
}

function checkData(name: string, { shape, dtype, below }: Input, data: Uint32Array | Float32Array | undefined): void {
  const expected = dtype === 'f32' ? Float32Array : Uint32Array;
  if (!(data instanceof expected))
    throw new ArgumentError(
      `run: input '${name}' must be a ${expected.name}, got ${data === undefined ? 'nothing' : Object.prototype.toString.call(data).slice(8, -1)}`,
    );
  if (data.length !== sizeOf(shape))
    throw new ShapeError(
      `run: input '${name}' has ${data.length} elements; shape ${show(shape)} needs ${sizeOf(shape)}`,
    );
  if (dtype === 'f32') checkFinite(`run: input '${name}'`, data);
  else if (below !== undefined) checkBelow(`run: input '${name}'`, data, below);
}

function checkFinite(what: string, data: ArrayLike<number>): void {
  for (let index = 0; index < data.length; index++)
    if (!Number.isFinite(data[index]))
      throw new DataError(
        `${what} is ${data[index]} at element ${index}; all values must be finite: clean or scale the data`,
      );
}

/** Throws DataError for the first label that is not below `limit`. */
export function checkBelow(what: string, labels: ArrayLike<number>, limit: number): void {
  for (let index = 0; index < labels.length; index++)
    if (!((labels[index] ?? limit) < limit))
      throw new DataError(
        `${what} has label ${labels[index]} at element ${index}; the model tells ${limit} classes, so labels are 0 to ${limit - 1}`,
      );
}
