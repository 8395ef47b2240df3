// A graph under construction: the calls traced so far, in order, and the tape for the reverse walk. Not a plan: nothing
// here is dropped, fused or placed in memory.
import { ArgumentError } from '../errors.ts';
import { checkShape, type Shape } from './shape.ts';
import type { Host, InitialValues, ModuleKey, ParameterSpec, Part } from './state.ts';
import type { BufferSpec, DType, Made, Node, Notes, Origin, Place, Tensor } from './tensor.ts';

/**
 * Whether a function is traced for training or for evaluation.
 * @inline
 */
export type Mode = 'train' | 'eval';

/** One differentiable operation: how the gradients of its output become those of its inputs. */
export interface TapeEntry {
  readonly operator: string;
  /** Of the layer that it was traced in. */
  readonly layer: string;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  /** `needed[i]` says whether the gradient of input i is asked for; null where it is not, or where there is none. */
  readonly backward: (dy: Tensor, needed: readonly boolean[]) => readonly (Tensor | null)[];
  /** It passes these tensors by: where one of them needs a gradient or has one anyway, the entry before it with this output counts. */
  readonly bypasses?: readonly Tensor[];
}

/** A rectifier layer, as reports name it. */
export interface RectifierMark {
  /** Path of the layer: `1`. */
  readonly layer: string;
  readonly name: string;
  /** Where each parameter is among the layer's learned ones (elements), or its value where it is not learned. */
  readonly parameters: Readonly<Record<string, { readonly offset: number; readonly count: number } | number>>;
  readonly slopes: Tensor | null;
  /** Its input, which another rectifier may take, too. */
  readonly z: Tensor;
  /** Its output. */
  readonly y: Tensor;
}

export type CallSpec = Omit<Node, 'made' | 'writes' | 'updates' | 'after' | 'touches' | 'constants' | 'flops'> &
  Partial<Pick<Node, 'updates' | 'after' | 'touches' | 'constants' | 'flops'>> & {
    readonly writes?: Readonly<Record<string, { readonly shape: Shape; readonly dtype?: DType }>>;
    /** The calls traced after this one see the state that it changes. */
    readonly now?: boolean;
  };

export class Graph {
  readonly #nodes: Node[] = [];
  readonly #updates: Node[] = [];
  readonly tape: TapeEntry[] = [];
  readonly inputs = new Map<string, Tensor>();
  readonly rectifiers: RectifierMark[] = [];
  /** Operators that leave out the empty rows of a short last batch, and the rows that they were given. */
  readonly counted: { readonly operator: string; readonly rows: number }[] = [];
  /** Parameters of the models that it updates. */
  readonly updated = new Set<BufferSpec>();
  /** Modules whose state this trace laid out; forgotten if it fails. */
  readonly entered: ModuleKey[] = [];
  /** Gives back what this trace claimed for itself; called if it comes to nothing. */
  readonly claims: (() => void)[] = [];
  /** Path of the module being traced, outermost first: `['2']` inside the third layer of a sequential. */
  readonly path: string[] = [];
  /** The step state, once a call turns it. */
  step: BufferSpec | null = null;
  /** Where an update leaves the norm of all gradients, before clipping; null where nobody asks. */
  normAt: Place | null = null;
  /** The outermost module being traced; parameters belong to its state. */
  root: ModuleKey | null = null;
  readonly #notes = new WeakMap<Tensor, Notes>();
  readonly #leaves = new Map<BufferSpec, Map<string, Tensor>>();
  readonly #methods: object;
  #count = 0;
  #made: Made | null = null;

  /** `methods` becomes the prototype of every tensor. */
  constructor(
    methods: object,
    readonly host: Host,
    readonly mode: Mode,
  ) {
    this.#methods = methods;
  }

  /**
   * The calls traced so far. Those that change state come last, whenever they were traced: within one step, everything
   * else sees the state from before it. Exceptions are calls made `now`: the turn of the step, and running statistics, which
   * nothing else of a training step reads.
   */
  get nodes(): readonly Node[] {
    return [...this.#nodes, ...this.#updates];
  }

  tensor(shape: Shape, dtype: DType, origin: Origin): Tensor {
    checkShape('tensor', shape);
    this.#count += 1;
    return Object.assign(Object.create(this.#methods) as object, {
      graph: this as Graph,
      id: this.#count,
      shape,
      dtype,
      origin,
    }) as Tensor;
  }

  notes(tensor: Tensor): Notes {
    const notes = this.#notes.get(tensor) ?? {};
    this.#notes.set(tensor, notes);
    return notes;
  }

  /** Data that the caller gives before each run. */
  input(name: string, shape: Shape, dtype: DType): Tensor {
    if (this.inputs.has(name)) throw new ArgumentError(`input: '${name}' is declared twice`);
    const tensor = this.tensor(shape, dtype, { kind: 'input', name });
    this.inputs.set(name, tensor);
    return tensor;
  }

  /** Part of a buffer that lives outside the graph. The same place and shape give the same tensor. */
  leaf(buffer: BufferSpec, shape: Shape, dtype: DType = 'f32', offset = 0): Tensor {
    const known = this.#leaves.get(buffer) ?? new Map<string, Tensor>();
    this.#leaves.set(buffer, known);
    const key = `${offset} ${dtype} ${shape.join()}`;
    const leaf = known.get(key) ?? this.tensor(shape, dtype, { kind: 'buffer', place: { buffer, offset } });
    known.set(key, leaf);
    return leaf;
  }

  /**
   * A parameter of the module being traced; `init` gives its values where it has none yet, `parts` say what is packed
   * in it.
   */
  parameter(spec: ParameterSpec, shape: Shape, init: InitialValues, parts?: readonly Part[]): Tensor {
    return this.host.parameter(this, spec, shape, init, parts);
  }

  /** The parts of a buffer that are tensors so far. */
  leaves(buffer: BufferSpec): readonly Tensor[] {
    return [...(this.#leaves.get(buffer)?.values() ?? [])];
  }

  /** Traces `fn` as part of an operator; within another one, as part of that. */
  as<T>(operator: string, layer: string, gradient: boolean, fn: () => T): T {
    const outer = this.#made;
    this.#made ??= { operator, layer, gradient };
    try {
      return fn();
    } finally {
      this.#made = outer;
    }
  }

  /** Appends one kernel call and returns what it writes, by binding name. */
  call<S extends CallSpec>(spec: S): { readonly [K in keyof S['writes'] & string]: Tensor } {
    const writes: Record<string, Tensor> = {};
    const { now = false, ...rest } = spec;
    const made = this.#made ?? { operator: '', layer: this.path.join('.'), gradient: false };
    const node: Node = { made, updates: {}, after: [], touches: {}, constants: {}, flops: 0, ...rest, writes };
    for (const [binding, { shape, dtype }] of Object.entries(spec.writes ?? {}))
      writes[binding] = this.tensor(shape, dtype ?? 'f32', { kind: 'call', node, binding });
    for (const tensor of [...Object.values(node.reads), ...node.after]) this.own(tensor);
    if (Object.keys(node.updates).length > 0 && !now) this.#updates.push(node);
    else this.#nodes.push(node);
    return writes as { readonly [K in keyof S['writes'] & string]: Tensor };
  }

  /** Throws if a tensor of another trace is used here: its symbol means nothing in this one. */
  own(tensor: Tensor): void {
    if (tensor.graph !== this)
      throw new ArgumentError(
        'a tensor of another traced function is used here; tensors cannot leave the function that traces them: pass data as an input',
      );
  }
}

/** Follows views to the tensor that has storage of its own. */
export function storageOf(tensor: Tensor): Tensor {
  return tensor.origin.kind === 'view' ? storageOf(tensor.origin.of) : tensor;
}
