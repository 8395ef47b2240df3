// Tensors while tracing: symbols with a shape and an origin. They hold no data; data exists on the GPU alone, while a
// plan runs, and is read through the plan's named outputs.

import type { Parts } from '../wgsl/compose.ts';
import type { Fragment } from '../wgsl/fragment.ts';
import type { UniformValue } from '../wgsl/pack.ts';
import type { Graph } from './graph.ts';
import type { Shape } from './shape.ts';

/** The type of a tensor's elements: 32-bit floats, or whole numbers such as labels. */
export type DType = 'f32' | 'u32';

/** A piece of GPU memory that lives outside the plan, or a plan's own arena. Identity is the object itself. */
export interface BufferSpec {
  readonly name: string;
  readonly bytes: number;
  /** It lives on when no plan binds it any more: what a model has learned. */
  readonly durable?: boolean;
  /** Contents before the first use; zeros without one, and after its end. */
  readonly initial?: () => Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
}

export interface Place {
  readonly buffer: BufferSpec;
  /** Bytes, a multiple of 256. */
  readonly offset: number;
}

export type Origin =
  | { readonly kind: 'call'; readonly node: Node; readonly binding: string }
  | { readonly kind: 'buffer'; readonly place: Place }
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'view'; readonly of: Tensor };

/**
 * A symbolic tensor: a shape, and no numbers while tracing. Return it from the traced function under a name, and read
 * that.
 *
 * The operators are its methods, too (they are added to this interface in `ops`).
 */
export interface Tensor {
  /** @internal */
  readonly graph: Graph;
  /** @internal */
  readonly id: number;
  /** Lengths of its axes, known while tracing. */
  readonly shape: Shape;
  /** The type of its elements. Operators take `f32`; labels are `u32`. */
  readonly dtype: DType;
  /** @internal */
  readonly origin: Origin;
}

/** Whether it is one, of whatever a caller gave. */
export const isTensor = (value: unknown): value is Tensor => 'graph' in Object(value) && 'origin' in Object(value);

/** What happens to a tensor while the graph is built; only `graph` and `ops` write it. */
export interface Notes {
  /** Where a call's result has to lie, such as a gradient's place in the gradient pool. */
  place?: Place;
  /** For printing: a parameter's name. */
  name?: string;
  /** Of labels: values must be below this. Checked when data is given. */
  below?: number;
  /** Of a loss: a tensor whose last element is the number of samples classified right. */
  correct?: Tensor;
  /** Of a loss: it leaves out the invalid rows of a short last batch. */
  countsValidRows?: boolean;
  /** Seeds the reverse walk: multiplying by it changes nothing. */
  one?: boolean;
}

/** How much work a call is, in the units in which its core counts. */
export type Extent =
  | { readonly tiles: readonly [rows: number, cols: number]; readonly parts?: number }
  | { readonly threads: number }
  | { readonly groups: number };

/** How a following call may be drawn into this one: the fragment that takes it in, by the follower's kind. */
export type Fusable = Readonly<Partial<Record<FusionKind, Fragment>>>;
export type FusionKind = 'activation' | 'activation_dx' | 'activation_backward' | 'turn' | 'update';

/** Elements at..at+count of a result, where they are sums: element e is Σ over c < chunks of first + c · stride + e. */
export interface Sum {
  readonly at: number;
  readonly count: number;
  readonly first: number;
  readonly chunks: number;
  readonly stride: number;
}

/** Parameters that a call changes by a gradient. */
export interface Learned {
  /** Written by a call, and read by nothing else; the part of it, or what it is the sum of, is `sum`. */
  readonly gradient: Tensor;
  readonly sum: Sum;
  /** Of the entry, whose elements `sum.at` counts. */
  readonly place: Place;
  /** Of the table that says how it learns. */
  readonly row: number;
}

/** An update of parameters by a rule (parts.rule); what it changes are pools that have room for each parameter. */
export interface Update {
  readonly pool: BufferSpec;
  /** What the rule reads, by binding. */
  readonly reads: Readonly<Record<string, Tensor>>;
  readonly learned: readonly Learned[];
  /** Of one element. */
  readonly flops: number;
  /** It needs all gradients before it changes anything. */
  readonly whole: boolean;
  /** The calls that do it for those whose gradients are not computed within a call that can do it itself. */
  readonly rest: (learned: readonly Learned[]) => readonly Node[];
}

/** What a call computes, for people. */
export interface Made {
  readonly operator: string;
  /** Path of the layer; a parameter's name, of an update. */
  readonly layer: string;
  /** Of the backward pass. */
  readonly gradient: boolean;
}

/** One kernel call. */
export interface Node {
  readonly made: Made;
  readonly parts: Parts;
  /** Cores that compute the same, to the bit: the device chooses. The best in software comes first. */
  readonly cores?: readonly Fragment[];
  /** Read-only bindings. */
  readonly reads: Readonly<Record<string, Tensor>>;
  /** Bindings it sets (`=`); each tensor has exactly one writer. */
  readonly writes: Readonly<Record<string, Tensor>>;
  /** State it changes in place. A node with any is never dropped. */
  readonly updates: Readonly<Record<string, Tensor>>;
  /**
   * What this call sets a part of, and earlier ones the rest: its one result is that tensor, with the same place in
   * memory. Read by no other call.
   */
  readonly into?: Tensor;
  /** Tensors that must be computed before, though no binding names them. */
  readonly after: readonly Tensor[];
  readonly uniforms: Readonly<Record<string, UniformValue>>;
  readonly constants: Readonly<Record<string, number>>;
  readonly extent: Extent;
  /** What it touches of a binding, in bytes, where that is less than the whole of it. */
  readonly touches: Readonly<Record<string, number>>;
  readonly flops: number;
  readonly fusable?: Fusable;
  /** This call's result `of` is the one result of `call` that bears its name there: with what `call` reads at hand, that is less work. */
  readonly instead?: { readonly of: string; readonly call: Node; readonly as: string; readonly given: Tensor };
  /** Made only in steps that are asked about. */
  readonly optional?: boolean;
  /** A state update, which the planner may divide among the calls that compute the gradients. */
  readonly update?: Update;
  /** The one result of this call consists of these sums over what this binding reads. */
  readonly sums?: { readonly of: string; readonly parts: readonly Sum[] };
  /** The one result of this call is these rows of `data`, and nothing else. After the turn, they are found in `past`. */
  readonly gathers?: { readonly data: Tensor; readonly rows: Tensor; readonly past: Tensor };
  /**
   * If what this binding reads is gathered, the call can read it from where it lies, with the fragment `sample`; with
   * `turned` where it is the call that changes the rows.
   */
  readonly byRows?: { readonly binding: string; readonly sample: Fragment; readonly turned?: Fragment };
  /**
   * This call may become the epilogue of the call that writes `of`: its bindings move there. `of` is then written under
   * the name `as`; without one it is not written at all, so nothing else may read it. `columns` must be the producer's.
   */
  readonly epilogue?: {
    readonly kind: FusionKind;
    readonly of: string;
    readonly as?: string;
    readonly columns?: number;
  };
}
