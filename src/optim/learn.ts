// The update of a model's parameters: which gradient each learns from, and how fast. The planner lets the call that
// computes a gradient do it at once where it can; for the rest, one call runs over a pool of gradients.
import core from '../../shaders/core/update_pool.wgsl';
import { type Graph, storageOf } from '../graph/graph.ts';
import { sizeOf } from '../graph/shape.ts';
import { ALIGNMENT, align, type State } from '../graph/state.ts';
import type { BufferSpec, Learned, Node, Sum, Tensor } from '../graph/tensor.ts';
import { expand } from '../ops/elementwise.ts';
import type { Fragment } from '../wgsl/fragment.ts';
import { pack, type UniformValue } from '../wgsl/pack.ts';

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

/**
 * Adds the update of `state` by the gradients of its entries; an entry without one rests. `kept` are the rule's pools,
 * `rates` those of an entry.
 */
export function learn(
  graph: Graph,
  state: State,
  { rule, pools, uniforms, flops }: Rule,
  kept: Readonly<Record<string, BufferSpec>>,
  gradients: readonly (Tensor | null)[],
  rates: readonly Learned['rates'][],
): void {
  const storages = gradients.map((gradient) => gradient && storageOf(gradient));
  const all = state.entries.flatMap(({ place, shape }, index): Learned[] => {
    const gradient = gradients[index];
    const [storage, rate] = [storages[index], rates[index]];
    if (!gradient || !storage || !rate) return [];
    const only = storages.indexOf(storage) === storages.lastIndexOf(storage);
    const whole: Sum = { at: 0, count: sizeOf(shape), first: 0, chunks: 1, stride: 0 };
    return [{ gradient: own(gradient, only), sums: [whole], place, rates: rate }];
  });
  const whole = (buffer: BufferSpec) => graph.leaf(buffer, [buffer.bytes / 4]);
  const updates = {
    values: whole(state.parameters),
    ...Object.fromEntries(Object.entries(kept).map(([name, buffer]) => [name, whole(buffer)])),
  };

  function rest(learned: readonly Learned[]): Node {
    let bytes = 0;
    const firsts = new Map<Tensor, number>();
    for (const { gradient } of learned) {
      if (firsts.has(gradient)) continue;
      firsts.set(gradient, bytes / 4);
      bytes += align(4 * sizeOf(gradient.shape));
    }
    const pool: BufferSpec = { name: 'gradients', bytes };
    for (const [gradient, first] of firsts) graph.notes(gradient).place = { buffer: pool, offset: 4 * first };
    const segments = learned.flatMap(({ gradient, sums, place, rates: rate }) =>
      sums.flatMap(({ at, count, first, chunks, stride }) =>
        Array.from({ length: Math.ceil(count / SEGMENT) }, (_, index) => ({
          rates: rate,
          at: place.offset / 4 + at + index * SEGMENT,
          count: Math.min(SEGMENT, count - index * SEGMENT),
          first: (firsts.get(gradient) ?? 0) + first + index * SEGMENT,
          chunks,
          stride,
        })),
      ),
    );
    const elements = segments.reduce((sum, { count }) => sum + count, 0);
    const table = tableOf(segments);
    return {
      parts: { core, rule },
      reads: { segments: whole(table), gradients: whole(pool) },
      writes: {},
      updates,
      after: [...firsts.keys()],
      uniforms: { segments: segments.length, ...uniforms },
      constants: {},
      extent: { groups: segments.length },
      touches: {
        values: 4 * elements,
        ...Object.fromEntries(Object.entries(pools).map(([name, width]) => [name, 4 * width * elements])),
      },
      flops: elements * flops,
    };
  }

  graph.call({
    parts: { core, rule },
    reads: {},
    updates,
    after: all.map(({ gradient }) => gradient),
    uniforms,
    extent: { groups: 0 },
    update: { pool: state.parameters, learned: all, flops, rest },
  });
}

/** The gradient itself where no other parameter and nothing else uses it; else a copy. */
function own(gradient: Tensor, only: boolean): Tensor {
  const { graph } = gradient;
  const storage = storageOf(gradient);
  const free =
    only &&
    storage.origin.kind === 'call' &&
    sizeOf(storage.shape) === sizeOf(gradient.shape) &&
    !graph.nodes.some(({ reads }) => Object.values(reads).some((tensor) => storageOf(tensor) === storage));
  return free ? storage : storageOf(expand(gradient, gradient.shape));
}

function tableOf(segments: readonly Readonly<Record<string, UniformValue>>[]): BufferSpec {
  const layout = core.bindings.find(({ name }) => name === 'segments');
  if (!layout) throw new Error(`${core.file} binds no segments`);
  const bytes = layout.size * segments.length;
  return {
    name: 'segments',
    bytes: Math.max(bytes, ALIGNMENT),
    initial: () => {
      const words = new Uint32Array(bytes / 4);
      segments.forEach((segment, index) => {
        pack(layout, segment, new DataView(words.buffer), index * layout.size);
      });
      return words;
    },
  };
}
