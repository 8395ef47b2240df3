// Anomaly detection: calls that look through all results of a step, and the parameters after it, for numbers that are not
// finite; the first in the order of computation is named.
import detectCore from '../../shaders/core/detect.wgsl';
import { type Graph, storageOf } from '../graph/graph.ts';
import { sizeOf } from '../graph/shape.ts';
import type { BufferSpec, Made, Node, Place, Tensor } from '../graph/tensor.ts';
import { tableOf } from '../wgsl/pack.ts';

export interface Detector {
  /** (rank, step) of the first finding; both NONE without one. */
  readonly found: BufferSpec;
  /** By rank. */
  readonly made: readonly Made[];
}

export const NONE = 0xffffffff;
/** Words of a span: what one workgroup looks through. */
const WORDS = 4096;

/** The calls to append to `nodes`, whose results lie where `placeOf` says and are never overwritten within a step. */
export function detect(
  graph: Graph,
  nodes: readonly Node[],
  placeOf: (tensor: Tensor) => Place,
): { readonly detector: Detector; readonly calls: readonly Node[] } {
  const made: Made[] = [];
  const spans = new Map<BufferSpec, { first: number; count: number; rank: number }[]>();
  const add = (tensor: Tensor, by: Made) => {
    const { buffer, offset } = placeOf(tensor);
    const own = spans.get(buffer) ?? [];
    spans.set(buffer, own);
    const size = sizeOf(tensor.shape);
    for (let at = 0; at < size; at += WORDS)
      own.push({ first: offset / 4 + at, count: Math.min(WORDS, size - at), rank: made.length });
    made.push(by);
  };
  for (const { writes, into } of nodes)
    for (const tensor of Object.values(writes)) {
      const { origin, dtype } = storageOf(tensor);
      // What several calls fill is looked at once, in the end.
      if (!into && dtype === 'f32' && origin.kind === 'call') add(tensor, origin.node.made);
    }
  for (const pool of graph.updated)
    for (const leaf of graph.leaves(pool)) {
      const { name } = graph.notes(leaf);
      if (name) add(leaf, { operator: 'update', layer: name, gradient: false });
    }
  const found: BufferSpec = { name: 'found', bytes: 8, initial: () => Uint32Array.of(NONE, NONE) };
  const all = (buffer: BufferSpec) => graph.leaf(buffer, [buffer.bytes / 4], 'u32');
  const calls = [...spans].map(
    ([buffer, own]): Node => ({
      parts: { core: detectCore },
      reads: { words: all(buffer), spans: all(tableOf(detectCore, 'spans', own)) },
      writes: {},
      updates: { found: all(found) },
      after: [],
      uniforms: {},
      constants: {},
      extent: { groups: own.length },
      touches: { words: 4 * own.reduce((sum, { count }) => sum + count, 0) },
      flops: 0,
      made: { operator: 'detect', layer: '', gradient: false },
    }),
  );
  return { detector: { found, made }, calls };
}
