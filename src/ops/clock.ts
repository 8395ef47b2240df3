// The calls around a step: its batch, and its turn (the record of its loss, its number, rates, and the next samples).
// What they read and change is state; none of it has a gradient.
import concludeCore from '../../shaders/core/conclude.wgsl';
import gatherCore from '../../shaders/core/gather.wgsl';
import gatherBytesCore from '../../shaders/core/gather_bytes.wgsl';
import end from '../../shaders/end/turn.wgsl';
import stepLib from '../../shaders/lib/step.wgsl';
import { ArgumentError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { type Shape, sizeOf } from '../graph/shape.ts';
import type { BufferSpec, DType, Tensor } from '../graph/tensor.ts';
import { pack, type UniformValue } from '../wgsl/pack.ts';

const layout = stepLib.bindings.find(({ name }) => name === 'step') ?? raise();

function raise(): never {
  throw new Error('lib/step.wgsl binds no `step`');
}

/** Step state before the first step: a full batch is next, and without a data set every batch is full. */
export function initialStep(seed: number): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(layout.size / 4);
  const all = 0xffffffff;
  const start = { t: 0, epoch: 0, cursor: 0, valid: all, lr: 0, c1: 0, c2: 0, seed: seed >>> 0, upcoming: all };
  pack(layout, start, new DataView(words.buffer));
  return words;
}

export function stepBuffer(seed: number): BufferSpec {
  return { name: 'step', bytes: layout.size, initial: () => initialStep(seed) };
}

/** What the optimizer wants of a step's beginning. */
export interface Rates {
  /** f32 learning rates by step; the last one holds on. */
  readonly table: BufferSpec;
  readonly beta1: number;
  readonly beta2: number;
}

/** Samples of a data set in one buffer: `count` of them, from `first` on. */
export interface Shard extends BufferSpec {
  readonly first: number;
  readonly count: number;
}

/** A data set on the GPU. */
export interface Source {
  readonly x: readonly Shard[];
  readonly y: readonly Shard[];
  /** Samples are bytes, worth so much each; f32 without it. */
  readonly scale?: number;
  readonly samples: number;
  readonly shape: Shape;
  readonly targetShape: Shape;
  readonly targetType: DType;
}

/** How a data set is drawn from. */
export interface Batches {
  /** Which samples the next batch has, and from half of it on those of the batch before; the first ones at the start. */
  readonly rows: BufferSpec;
  /** What `rows` holds before the first step. */
  readonly first: () => Uint32Array<ArrayBuffer>;
  readonly samples: number;
  readonly batch: number;
  readonly shuffle: boolean;
}

interface Turn {
  readonly rates?: Rates;
  readonly batches?: Batches;
  /** Keeps what the last steps came to: (loss, correct, valid rows, 0) each. */
  readonly ring?: BufferSpec;
}

const CONSTANT: BufferSpec = { name: 'lr_table', bytes: 4 };
const NO_BATCHES: Batches = {
  rows: { name: 'rows', bytes: 8 },
  first: () => new Uint32Array(2),
  samples: 0,
  batch: 0,
  shuffle: false,
};
const NO_RING: BufferSpec = { name: 'ring', bytes: 16 };

/**
 * Adds the turn of a step, when its loss is known: the calls traced after it see the step's number and rates in `state`
 * (all see it as a uniform), and the calls before it take the samples that the turn before has drawn.
 */
export function turn(loss: Tensor, state: BufferSpec, options: Turn): void {
  const { graph } = loss;
  if (graph.step) throw new ArgumentError('update: a step has one turn; use one optimizer in a traced function');
  graph.step = state;
  const { rates, batches = NO_BATCHES, ring = NO_RING } = options;
  const table = rates?.table ?? CONSTANT;
  const uniforms: Record<string, UniformValue> = {
    samples: batches.samples,
    batch: batches.batch,
    shuffle: Number(batches.shuffle),
    past: batches.rows.bytes / 8,
    ring_length: ring.bytes / 16,
    table: table.bytes / 4,
    ...betas(rates?.beta1 ?? 0, rates?.beta2 ?? 0),
  };
  graph.call({
    parts: { core: concludeCore, end },
    reads: { loss, correct: graph.notes(loss).correct ?? loss, lr_table: graph.leaf(table, [table.bytes / 4]) },
    updates: {
      state: graph.leaf(state, [state.bytes / 4], 'u32'),
      rows: graph.leaf(batches.rows, [batches.rows.bytes / 4], 'u32'),
      ring: graph.leaf(ring, [ring.bytes / 16, 4]),
    },
    uniforms,
    extent: { groups: 1 },
    touches: { ring: 16, lr_table: 4, rows: 8 * batches.batch },
    epilogue: { kind: 'turn', of: 'loss', as: 'loss' },
    now: true,
  });
}

/** β and 1 − β, the difference taken in float64: in f32 it would lose digits. */
export function betas(beta1: number, beta2: number) {
  return { beta1, rest1: 1 - beta1, beta2, rest2: 1 - beta2 };
}

/**
 * The batch of a step: its samples and targets. Where every call that reads a batch can take its rows from the data set
 * itself, the plan leaves the gathering out. Rows beyond the valid ones hold anything finite.
 */
export function gather(graph: Graph, batches: Batches, source: Source): { readonly x: Tensor; readonly y: Tensor } {
  const { rows: buffer, batch } = batches;
  const [rows, past] = [0, buffer.bytes / 2].map((offset) => graph.leaf(buffer, [batch], 'u32', offset));
  const take = (shards: readonly Shard[], shape: Shape, dtype: DType, scale?: number) =>
    gatherRows(rows as Tensor, past as Tensor, shards, shape, dtype, scale);
  return {
    x: take(source.x, source.shape, 'f32', source.scale),
    y: take(source.y, source.targetShape, source.targetType),
  };
}

/**
 * One call for each shard sets the rows that lie in it. With a `scale` the data are bytes, which stay so in memory: a batch
 * is expanded as it is gathered, once for all that read it.
 */
function gatherRows(
  rows: Tensor,
  past: Tensor,
  shards: readonly Shard[],
  shape: Shape,
  dtype: DType,
  scale?: number,
): Tensor {
  const { graph } = rows;
  const batch = rows.shape[0] ?? 1;
  const width = sizeOf(shape);
  const samples = shards.reduce((sum, { count }) => sum + count, 0);
  const asBytes = scale !== undefined;
  const gathered = shards.reduce<Tensor | null>((into, shard) => {
    const { bytes, first, count } = shard;
    const data = asBytes ? graph.leaf(shard, [bytes / 4], 'u32') : graph.leaf(shard, [count, ...shape], dtype);
    // As many as there are on average.
    const words = Math.round((batch * count) / samples) * width;
    return graph.call({
      parts: { core: asBytes ? gatherBytesCore : gatherCore },
      reads: { rows, data },
      writes: { out: { shape: [batch, ...shape], dtype } },
      uniforms: { rows: batch, width, first, count, scale: scale ?? 1 },
      extent: { threads: batch * width },
      touches: { data: asBytes ? words : 4 * words, out: 4 * words },
      ...(into && { into, after: [into] }),
      ...(!asBytes && shards.length === 1 && { gathers: { data, rows, past } }),
    }).out;
  }, null);
  return gathered as Tensor;
}
