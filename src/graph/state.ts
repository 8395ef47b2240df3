// What a model keeps between steps, as data: named entries in pools of GPU memory. The memory itself is the runtime's.
import type { Graph } from './graph.ts';
import type { Shape } from './shape.ts';
import type { BufferSpec, Place, Tensor } from './tensor.ts';

/**
 * Decides who is decayed: weights are; biases, scales and shifts of normalisations, and a rectifier's slopes, are not
 * (He et al. 2015, section 2.1).
 * @inline
 */
export type ParameterKind = 'weight' | 'bias' | 'norm' | 'rectifier';

/** What an initial value may depend on. */
export interface InitContext {
  readonly shape: Shape;
  readonly seed: number;
  /** Derived from the parameter's name, so that values do not depend on the order of creation. */
  readonly stream: number;
}

/** A parameter of a layer; identity is the object itself. Its shape is known once the layer has seen its input's. */
export interface ParameterSpec {
  readonly name: string;
  /** A buffer is state that no optimizer touches, such as a running mean. */
  readonly kind: ParameterKind | 'buffer';
}

export type InitialValues = (context: InitContext) => Float32Array<ArrayBuffer>;

/** Any object that owns parameters; a module. */
export type ModuleKey = object & { readonly trace: (x: Tensor) => Tensor };

/** One of the parameters packed in an entry, by elements. */
export interface Part {
  readonly name: string;
  readonly at: number;
  readonly count: number;
}

export interface Entry {
  /** PyTorch's state_dict name: `0.weight`. */
  readonly name: string;
  readonly spec: ParameterSpec;
  readonly shape: Shape;
  readonly place: Place;
  /** What it consists of; mostly itself. */
  readonly parts: readonly Part[];
}

/** The parameters of one model, in one pool. */
export interface State {
  readonly entries: readonly Entry[];
  readonly parameters: BufferSpec;
}

/** What tracing asks of whoever keeps state. */
export interface Host {
  readonly seed: number;
  parameter(graph: Graph, spec: ParameterSpec, shape: Shape, init: InitialValues, parts?: readonly Part[]): Tensor;
  /** The state of a module that has been traced; undefined before. */
  state(module: ModuleKey): State | undefined;
  /** Called before a root module is traced on `x`: its state is laid out. */
  enter(module: ModuleKey, x: Tensor): void;
  /** Of a module's parameters, leaves those of these names: what an update of the module then changes. */
  narrow(module: ModuleKey, names: readonly (string | undefined)[]): void;
  /** Undoes `enter`, for a trace that failed. */
  forget(module: ModuleKey): void;
  /** What belongs to two owners together: the same owners and name always give what `make` gave first. */
  keep<T extends object>(owners: readonly [object, object], name: string, make: () => T): T;
}

/** Bytes at which every entry of a pool starts: WebGPU's alignment for the offset of a binding. */
export const ALIGNMENT = 256;

export function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
