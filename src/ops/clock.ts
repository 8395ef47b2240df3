// The calls around a step: its beginning (step number, learning rate, samples), the batch, and the record of its loss.
// What they read and change is state; none of it has a gradient.
import advanceCore from '../../shaders/core/advance.wgsl';
import gatherCore from '../../shaders/core/gather.wgsl';
import recordCore from '../../shaders/core/record.wgsl';
import end from '../../shaders/end/record.wgsl';
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

/** Step state before the first step; without a data set, every row of a batch is valid. */
export function initialStep(seed: number): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(layout.size / 4);
  const valid = 0xffffffff;
  pack(layout, { t: 0, epoch: 0, cursor: 0, valid, lr: 0, c1: 0, c2: 0, seed: seed >>> 0 }, new DataView(words.buffer));
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

/** A data set on the GPU. */
export interface Source {
  readonly x: BufferSpec;
  readonly y: BufferSpec;
  readonly samples: number;
  readonly shape: Shape;
  readonly targetShape: Shape;
  readonly targetType: DType;
}

interface Clock {
  readonly rates?: Rates;
  readonly data?: { readonly samples: number; readonly batch: number; readonly shuffle: boolean };
}

const CONSTANT: BufferSpec = { name: 'lr_table', bytes: 4 };

/**
 * Adds the call that begins a step, as the first of the graph; returns the rows that the step takes. `state` is the
 * step state, which all other calls see as a uniform.
 */
export function advance(graph: Graph, state: BufferSpec, { rates, data }: Clock): Tensor {
  if (graph.step) throw new ArgumentError('advance: a step begins once; use one optimizer in a traced function');
  graph.step = state;
  const table = rates?.table ?? CONSTANT;
  const uniforms: Record<string, UniformValue> = {
    samples: data?.samples ?? 0,
    batch: data?.batch ?? 0,
    shuffle: Number(data?.shuffle ?? false),
    table: table.bytes / 4,
    ...betas(rates?.beta1 ?? 0, rates?.beta2 ?? 0),
  };
  return graph.call({
    parts: { core: advanceCore },
    reads: { lr_table: graph.leaf(table, [table.bytes / 4]) },
    writes: { rows: { shape: [data?.batch ?? 1], dtype: 'u32' } },
    updates: { state: graph.leaf(state, [state.bytes / 4], 'u32') },
    uniforms,
    extent: { groups: 1 },
    first: true,
  }).rows;
}

/** β and 1 − β, the difference taken in float64: in f32 it would lose digits. */
export function betas(beta1: number, beta2: number) {
  return { beta1, rest1: 1 - beta1, beta2, rest2: 1 - beta2 };
}

/**
 * The batch of a step: samples and targets of the given rows. Where every call that reads a batch can take its rows from
 * the data set itself, the plan leaves the gathering out. Rows beyond the valid ones hold anything finite.
 */
export function gather(rows: Tensor, source: Source): { readonly x: Tensor; readonly y: Tensor } {
  const { samples } = source;
  return {
    x: gatherRows(rows, rows.graph.leaf(source.x, [samples, ...source.shape])),
    y: gatherRows(rows, rows.graph.leaf(source.y, [samples, ...source.targetShape], source.targetType)),
  };
}

function gatherRows(rows: Tensor, data: Tensor): Tensor {
  const batch = rows.shape[0] ?? 1;
  const shape = data.shape.slice(1);
  const width = sizeOf(shape);
  return rows.graph.call({
    parts: { core: gatherCore },
    reads: { rows, data },
    writes: { out: { shape: [batch, ...shape], dtype: data.dtype } },
    uniforms: { rows: batch, width },
    extent: { threads: batch * width },
    touches: { data: 4 * batch * width },
    gathers: { data, rows },
  }).out;
}

/** Keeps a step's loss, and its count of correct answers where the loss has one, in a ring until the host reads it. */
export function record(loss: Tensor, rows: number, ring: BufferSpec): void {
  const { graph } = loss;
  graph.call({
    parts: { core: recordCore, end },
    reads: { loss, correct: graph.notes(loss).correct ?? loss },
    updates: { ring: graph.leaf(ring, [ring.bytes / 16, 4]) },
    uniforms: { ring_length: ring.bytes / 16, ring_rows: rows },
    extent: { groups: 1 },
    touches: { ring: 16 },
    epilogue: { kind: 'record', of: 'loss', as: 'loss' },
  });
}
