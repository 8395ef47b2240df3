// A plan: a traced function as plain data, a list of kernel calls over named buffers. It can be printed, costed and
// checked against limits before any of it exists on a GPU; running it is the runtime's.
import { ArgumentError } from '../errors.ts';
import { type Graph, storageOf } from '../graph/graph.ts';
import type { Shape } from '../graph/shape.ts';
import { align } from '../graph/state.ts';
import type { BufferSpec, DType, Place, Tensor } from '../graph/tensor.ts';
import { stepBuffer } from '../ops/clock.ts';
import { nameOf } from '../wgsl/compose.ts';
import { type Detector, detect } from './detect.ts';
import { fuse, gatherOnLoad, live, shorten } from './fuse.ts';
import { type Call, lower } from './lower.ts';
import { bytesOf, placeInMemory } from './memory.ts';
import { updateInPlace } from './update.ts';

export interface Input {
  readonly buffer: BufferSpec;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Of labels: values must be below this. */
  readonly below?: number;
}

export interface Output extends Place {
  readonly bytes: number;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** What a plan costs, known before it runs. */
export interface Cost {
  /** Kernel calls of a step. */
  readonly dispatches: number;
  /** What a step that is asked about makes beyond them. */
  readonly optionalDispatches: number;
  /** Floating-point operations of a step, counted from the shapes. */
  readonly flops: number;
  /** Bytes that the calls of a step touch: each range once per call. */
  readonly bytes: number;
  /** Bytes of GPU memory, by buffer; shared buffers (parameters, data) included. */
  readonly memory: Readonly<Record<string, number>>;
  /** The sum of `memory`, in bytes. */
  readonly totalMemory: number;
}

/** A traced function as data: a list of kernel calls over named buffers, which can be printed and costed. */
export interface Plan {
  /** @internal */
  readonly calls: readonly Call[];
  /** @internal */
  readonly inputs: ReadonlyMap<string, Input>;
  /** @internal */
  readonly outputs: ReadonlyMap<string, Output>;
  /** @internal */
  readonly step: BufferSpec;
  /**
   * Finds numbers that are not finite, if asked for.
   * @internal
   */
  readonly detector: Detector | null;
  /**
   * Every buffer that the plan binds, arenas, uniforms and inputs included.
   * @internal
   */
  readonly buffers: readonly BufferSpec[];
  /** Dispatches, operations and bytes of one step, and the memory behind it. */
  readonly cost: () => Cost;
  /** What each call is, in their order. */
  readonly kernels: () => readonly KernelCall[];
  /** One line a call, then one a buffer. */
  readonly toString: () => string;
}

/** One call of a plan, for people who want to look into it. */
export interface KernelCall {
  /** The fragments it is made of: `gemm+dense+bias_act+prelu`. */
  readonly name: string;
  /** Path of the layer that it was traced in; of an update, empty. */
  readonly layer: string;
  /** What it computes: `linear`. */
  readonly operator: string;
  /** It belongs to the backward pass. */
  readonly gradient: boolean;
  /** The WGSL as it is compiled. */
  readonly wgsl: string;
  /** Of the dispatch. */
  readonly workgroups: readonly [x: number, y: number];
  /** Floating-point operations, counted from the shapes. */
  readonly flops: number;
  /** Bytes that it touches. */
  readonly bytes: number;
  /** Made only in the steps of reports. */
  readonly optional: boolean;
}

/** Turns a graph into a plan whose named outputs can be read after each run. Throws ArgumentError for tensors of other traces. */
export function makePlan(graph: Graph, named: Readonly<Record<string, Tensor>>, { detectAnomaly = false } = {}): Plan {
  const tensors = Object.values(named);
  for (const [name, tensor] of Object.entries(named)) {
    if (!tensor?.graph)
      throw new ArgumentError(`compile: output '${name}' is not a tensor; return an object of tensors`);
    graph.own(tensor);
  }
  const needed = shorten(live(graph.nodes, tensors), tensors);
  const nodes = updateInPlace(gatherOnLoad(fuse(needed, tensors), tensors), tensors);
  const inputs = new Map<string, Input>();
  for (const [name, tensor] of graph.inputs) {
    const { below } = graph.notes(tensor);
    const buffer: BufferSpec = { name: `input ${name}`, bytes: align(bytesOf(tensor)) };
    inputs.set(name, { buffer, shape: tensor.shape, dtype: tensor.dtype, ...(below !== undefined && { below }) });
  }
  const fixed = (tensor: Tensor): Place | undefined => {
    const { origin } = tensor;
    if (origin.kind === 'buffer') return origin.place;
    if (origin.kind === 'input') return { buffer: (inputs.get(origin.name) as Input).buffer, offset: 0 };
    return graph.notes(tensor).place;
  };
  const memory = placeInMemory(nodes, tensors, fixed, !detectAnomaly);
  const placeOf = (tensor: Tensor): Place => {
    const storage = storageOf(tensor);
    const place = fixed(storage) ?? memory.places.get(storage);
    if (!place) throw new Error(`plan: tensor ${storage.id} has no place in memory`);
    return place;
  };

  const step = graph.step ?? stepBuffer(graph.host.seed);
  const { detector = null, calls: looks = [] } = detectAnomaly ? detect(graph, nodes, placeOf) : {};
  const { calls, uniforms } = lower(graph, [...nodes, ...looks], placeOf);
  const outputs = new Map<string, Output>(
    Object.entries(named).map(([name, tensor]) => [
      name,
      { ...placeOf(tensor), bytes: bytesOf(tensor), shape: tensor.shape, dtype: tensor.dtype },
    ]),
  );
  const bound = calls.flatMap(({ ranges }) => ranges.map(({ buffer }) => buffer));
  const given = [...inputs.values(), ...outputs.values()].map(({ buffer }) => buffer);
  const buffers = [...new Set([...bound, ...memory.arenas, uniforms, ...given, step])];
  return planOf({ calls, inputs, outputs, step, buffers, detector });
}

/** The core of each call, by name, where there is a choice. */
export const coresOf = ({ calls }: Pick<Plan, 'calls'>): readonly string[] =>
  calls.map(({ kernel, cores }) => cores.map(nameOf).find((name) => kernel.name.startsWith(`${name}+`)) ?? '');

/** Adds what is told of the parts of a plan. */
export function planOf(parts: Omit<Plan, 'cost' | 'kernels' | 'toString'>): Plan {
  const { calls, buffers } = parts;
  const cost = (): Cost => {
    const always = calls.filter(({ optional }) => !optional);
    const sizes: Record<string, number> = {};
    for (const { name, bytes } of buffers) sizes[name] = (sizes[name] ?? 0) + bytes;
    return {
      dispatches: always.length,
      optionalDispatches: calls.length - always.length,
      flops: always.reduce((sum, call) => sum + call.flops, 0),
      bytes: always.reduce((sum, { ranges }) => ranges.reduce((part, { touched }) => part + touched, sum), 0),
      memory: sizes,
      totalMemory: buffers.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  };
  const kernels = () =>
    calls.map(({ kernel, made, ranges, workgroups, flops, optional }) => ({
      ...made,
      name: kernel.name,
      wgsl: kernel.code,
      workgroups,
      flops,
      bytes: ranges.reduce((sum, { touched }) => sum + touched, 0),
      optional,
    }));
  const print = () =>
    [...calls.map(({ text }) => text), ...buffers.map(({ name, bytes }) => `${name}: ${bytes} bytes`)].join('\n');
  return { ...parts, cost, kernels, toString: print };
}
