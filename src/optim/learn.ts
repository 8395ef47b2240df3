// The update of a model's parameters: which gradient each learns from, and how fast. The planner lets the call that
// computes a gradient do it at once where it can; for the rest, one call runs over a pool of gradients.
import normCore from '../../shaders/core/norm.wgsl';
import normSquares from '../../shaders/core/norm_squares.wgsl';
import core from '../../shaders/core/update_pool.wgsl';
import { type Graph, storageOf } from '../graph/graph.ts';
import { sizeOf } from '../graph/shape.ts';
import { align, type State } from '../graph/state.ts';
import type { BufferSpec, Learned, Node, Tensor } from '../graph/tensor.ts';
import { expand } from '../ops/elementwise.ts';
import type { Fragment } from '../wgsl/fragment.ts';
import { tableOf, type UniformValue } from '../wgsl/pack.ts';
import type { Row } from './rates.ts';

/** What sets one optimizer apart from another. */
export interface Rule {
  readonly rule: Fragment;
  /** What it keeps for each parameter: numbers an element, by the rule's binding. */
  readonly pools: Readonly<Record<string, number>>;
  readonly uniforms: Readonly<Record<string, UniformValue>>;
  /** Of one element. */
  readonly flops: number;
}

/** Elements of a segment: the threads of a workgroup. */
const SEGMENT = core.workgroup?.[0] ?? 1;

/** What an optimizer keeps for a model. */
export interface Kept {
  readonly rows: readonly Row[];
  /** How each row learns. */
  readonly rates: BufferSpec;
  /** The rule's pools, by binding. */
  readonly pools: Readonly<Record<string, BufferSpec>>;
}

/** No norm is above it. */
const NO_LIMIT = 1e30;
const NO_NORM: BufferSpec = { name: 'norm', bytes: 4 };
const { SQUARES = 1 } = normSquares.constants;

/**
 * Adds the update of `state` by the gradients of its entries; an entry without one rests. The norm of all gradients
 * together is scaled down to
 * `clipNorm`, and left where the graph says.
 */
export function learn(
  graph: Graph,
  state: State,
  { rule, pools, uniforms, flops }: Rule,
  kept: Kept,
  gradients: readonly (Tensor | null)[],
  clipNorm: number | undefined,
): void {
  const whole = clipNorm !== undefined || graph.normAt !== null;
  const storages = gradients.map((gradient) => gradient && storageOf(gradient));
  const owned = gradients.map((gradient, index) => {
    const only = storages.indexOf(storages[index] ?? null) === storages.lastIndexOf(storages[index] ?? null);
    return gradient && own(gradient, only);
  });
  const learned = kept.rows.flatMap(({ entry, at, count }, row): Learned[] => {
    const [gradient, place] = [owned[entry], state.entries[entry]?.place];
    return gradient && place ? [{ gradient, sum: { at, count, first: at, chunks: 1, stride: 0 }, place, row }] : [];
  });
  const all = (buffer: BufferSpec) => graph.leaf(buffer, [buffer.bytes / 4]);
  const updates = {
    values: all(state.parameters),
    ...Object.fromEntries(Object.entries(kept.pools).map(([name, buffer]) => [name, all(buffer)])),
  };
  const reads = { rates: all(kept.rates) };

  function rest(some: readonly Learned[]): readonly Node[] {
    let bytes = 0;
    const firsts = new Map<Tensor, number>();
    for (const { gradient } of some) {
      if (firsts.has(gradient)) continue;
      firsts.set(gradient, bytes / 4);
      bytes += align(4 * sizeOf(gradient.shape));
    }
    const pool: BufferSpec = { name: 'gradients', bytes };
    for (const [gradient, first] of firsts) graph.notes(gradient).place = { buffer: pool, offset: 4 * first };
    const pooled = { gradients: all(pool) };
    const after = [...firsts.keys()];
    const norms = whole ? normOf(graph, pooled, after) : [];
    const norm = norms.at(-1)?.writes.norm ?? all(NO_NORM);
    if (graph.normAt) graph.notes(norm).place = graph.normAt;
    const segments = some.flatMap(({ gradient, sum: { at, count, first, chunks, stride }, place, row }) =>
      Array.from({ length: Math.ceil(count / SEGMENT) }, (_, index) => ({
        at: place.offset / 4 + at + index * SEGMENT,
        count: Math.min(SEGMENT, count - index * SEGMENT),
        first: (firsts.get(gradient) ?? 0) + first + index * SEGMENT,
        chunks,
        stride,
        row,
      })),
    );
    const elements = segments.reduce((sum, { count }) => sum + count, 0);
    const touches = Object.entries(pools).map(([name, width]) => [name, 4 * width * elements]);
    const update: Node = {
      ...NOTHING,
      parts: { core, rule },
      reads: { ...reads, ...pooled, norm, segments: all(tableOf(core, 'segments', segments)) },
      updates,
      after,
      // As `fold` divides the threads.
      constants: { TEAMS: Number(segments.some(({ count, chunks }) => chunks > 1 && 2 * count <= SEGMENT)) },
      uniforms: { segments: segments.length, max_norm: clipNorm ?? NO_LIMIT, ...uniforms },
      extent: { groups: segments.length },
      touches: { values: 4 * elements, ...Object.fromEntries(touches) },
      flops: elements * flops,
    };
    return [...norms, update];
  }

  graph.call({
    parts: { core, rule },
    reads: {},
    updates,
    after: learned.map(({ gradient }) => gradient),
    uniforms,
    extent: { groups: 0 },
    update: { pool: state.parameters, reads, learned, flops, whole, rest },
  });
}

const NOTHING = {
  reads: {},
  writes: {},
  updates: {},
  after: [],
  constants: {},
  touches: {},
  flops: 0,
  made: { operator: 'update', layer: '', gradient: false },
};

/** The norm of all gradients of a pool; between them there are zeros. */
function normOf(graph: Graph, all: Node['reads'], after: readonly Tensor[]): readonly Node[] {
  const size = all.gradients ? sizeOf(all.gradients.shape) : 0;
  const squares = result(graph, 'squares', SQUARES, {
    ...NOTHING,
    parts: { core: normSquares },
    reads: all,
    after,
    uniforms: { size },
    extent: { groups: SQUARES },
    flops: 2 * size,
  });
  const norm = result(graph, 'norm', 1, {
    ...NOTHING,
    parts: { core: normCore },
    reads: squares.writes,
    uniforms: {},
    extent: { groups: 1 },
  });
  return [squares, norm];
}

/** A call with one result, for the planner to take in. */
function result(graph: Graph, binding: string, size: number, spec: Omit<Node, 'writes'>): Node {
  const writes: Record<string, Tensor> = {};
  const node: Node = { ...spec, writes };
  writes[binding] = graph.tensor([size], 'f32', { kind: 'call', node, binding });
  return node;
}

/** The gradient itself where no other parameter and nothing else uses it; else a copy. */
function own(gradient: Tensor, only: boolean): Tensor {
  const { graph } = gradient;
  const storage = storageOf(gradient);
  const free =
    only &&
    storage.origin.kind === 'call' &&
    !storage.origin.node.into &&
    sizeOf(storage.shape) === sizeOf(gradient.shape) &&
    !graph.nodes.some(({ reads }) => Object.values(reads).some((tensor) => storageOf(tensor) === storage));
  return free ? storage : storageOf(expand(gradient, gradient.shape));
}
