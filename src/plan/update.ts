// Divides an update of parameters among the calls that compute the gradients: a gradient that its own call can use up is
// never stored. Knows no optimizer: the update says what learns from what, and a call which fragment lets it do so.
import { storageOf } from '../graph/graph.ts';
import { sizeOf } from '../graph/shape.ts';
import type { BufferSpec, Learned, Node, Tensor } from '../graph/tensor.ts';
import type { UniformValue } from '../wgsl/pack.ts';

export function updateInPlace(nodes: readonly Node[], outputs: readonly Tensor[]): Node[] {
  const kept = new Set(outputs.map(storageOf));
  let result = nodes.slice();
  for (const node of nodes) {
    if (!node.update) continue;
    const { pool, learned, rest, whole } = node.update;
    if (whole) {
      result.splice(result.indexOf(node), 1, ...rest(learned));
      continue;
    }
    /** Nothing but this update needs it. */
    const free = (tensor: Tensor) =>
      !kept.has(tensor) &&
      result.every((other) => other === node || !tensorsBefore(other).some((read) => storageOf(read) === tensor));
    const left = new Set(learned);
    result = result.map((producer, index) => {
      const written = Object.entries(producer.writes).map(
        ([binding, tensor]) => [binding, learned.find(({ gradient }) => gradient === tensor)] as const,
      );
      const mine = written.flatMap(([binding, piece]) => (piece ? [[binding, piece] as const] : []));
      if (mine.length === 0 || mine.length < written.length || !mine.every(([, { gradient }]) => free(gradient)))
        return producer;
      const joined = join(producer, node, mine);
      // What computes with the old values must have run; the call itself cannot read a pool that it changes.
      const early = [producer, ...result.slice(index + 1)].some((other) =>
        tensorsBefore(other).some((read) => liesWithin(read, pool, joined?.range)),
      );
      if (!joined || early) return producer;
      for (const [, piece] of mine) left.delete(piece);
      return joined.node;
    });
    let pieces = [...left];
    for (const gradient of new Set(pieces.map((piece) => piece.gradient))) {
      const sum = result.find(({ writes }) => Object.values(writes).includes(gradient));
      const source = sum?.sums && sum.reads[sum.sums.of];
      if (!sum?.sums || !source || storageOf(source) !== source || !free(gradient) || kept.has(source)) continue;
      const { parts } = sum.sums;
      result.splice(result.indexOf(sum), 1);
      pieces = pieces.map((piece) => {
        const own = parts.find(({ at }) => at === piece.sum.at);
        return piece.gradient === gradient && own ? { ...piece, gradient: source, sum: own } : piece;
      });
    }
    result.splice(result.indexOf(node), 1, ...(pieces.length > 0 ? rest(pieces) : []));
  }
  return result;
}

const tensorsBefore = ({ reads, after }: Node): readonly Tensor[] => [...Object.values(reads), ...after];

interface Span {
  readonly start: number;
  readonly end: number;
}

function liesWithin(tensor: Tensor, pool: BufferSpec, range: Span | undefined): boolean {
  const { origin, shape } = storageOf(tensor);
  if (origin.kind !== 'buffer' || origin.place.buffer !== pool || !range) return false;
  return origin.place.offset < range.end && origin.place.offset + 4 * sizeOf(shape) > range.start;
}

/** The producer, its results used up by what learns from them: the part of each pool from the first to the last of it. */
function join(
  producer: Node,
  { updates, parts, uniforms, update }: Node,
  mine: readonly (readonly [binding: string, piece: Learned])[],
): { readonly node: Node; readonly range: Span } | null {
  const store = producer.fusable?.update;
  if (!store || !parts.rule || !update) return null;
  const sizes = mine.map(([, { gradient }]) => 4 * sizeOf(gradient.shape));
  const start = Math.min(...mine.map(([, { place }]) => place.offset));
  const end = Math.max(...mine.map(([, { place }], index) => place.offset + (sizes[index] ?? 0)));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const places: Record<string, UniformValue> = {};
  for (const [binding, { place, row }] of mine) {
    places[`${binding}_at`] = (place.offset - start) / 4;
    places[`${binding}_row`] = row;
  }
  const ranges: Record<string, Tensor> = {};
  const touches: Record<string, number> = {};
  for (const [name, tensor] of Object.entries(updates)) {
    if (tensor.origin.kind !== 'buffer') return null;
    const { buffer } = tensor.origin.place;
    // A pool has room for each parameter, once or several times.
    const width = buffer.bytes / update.pool.bytes;
    ranges[name] = tensor.graph.leaf(buffer, [((end - start) / 4) * width], 'f32', start * width);
    touches[name] = bytes * width;
  }
  const { fusable: _, ...rest } = producer;
  const node = {
    ...rest,
    parts: { ...producer.parts, store, rule: parts.rule },
    reads: { ...producer.reads, ...update.reads },
    writes: {},
    updates: ranges,
    uniforms: { ...uniforms, ...places, ...producer.uniforms },
    touches: { ...producer.touches, ...touches },
    flops: producer.flops + (bytes / 4) * update.flops,
  };
  return { node, range: { start, end } };
}
