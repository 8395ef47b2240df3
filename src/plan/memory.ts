// Places the results of calls in memory. Within one call a buffer is either read or written, judged by the whole buffer;
// so results live in a few arenas, coloured so that no call reads from an arena it writes. Within an arena, ranges are
// used again once their last reader has run.
import { storageOf } from '../graph/graph.ts';
import { sizeOf } from '../graph/shape.ts';
import { align } from '../graph/state.ts';
import type { BufferSpec, Node, Place, Tensor } from '../graph/tensor.ts';

export interface Memory {
  readonly arenas: readonly BufferSpec[];
  readonly places: ReadonlyMap<Tensor, Place>;
}

interface Span {
  /** More than one where several calls set parts of it, one after the other. */
  readonly tensors: Tensor[];
  readonly bytes: number;
  /** Indices of the writer and of the last reader. */
  readonly from: number;
  to: number;
  arena: number;
  offset: number;
}

/** Bytes of a tensor's elements; all of them have four. */
export function bytesOf(tensor: Tensor): number {
  return 4 * sizeOf(tensor.shape);
}

/** `fixed` gives the place of tensors that have one already; `outputs` keep theirs to the end of the plan. With `reuse`, ranges are used again. */
export function placeInMemory(
  nodes: readonly Node[],
  outputs: readonly Tensor[],
  fixed: (tensor: Tensor) => Place | undefined,
  reuse = true,
): Memory {
  const spans = new Map<Tensor, Span>();
  nodes.forEach((node, index) => {
    for (const tensor of Object.values(node.writes)) {
      if (fixed(tensor)) continue;
      const begun = node.into && spans.get(node.into);
      begun?.tensors.push(tensor);
      const span = { tensors: [tensor], bytes: bytesOf(tensor), from: index, to: index, arena: -1, offset: 0 };
      spans.set(tensor, begun ?? span);
    }
    for (const read of [...Object.values(node.reads), ...node.after]) {
      const span = spans.get(storageOf(read));
      if (span) span.to = index;
    }
  });
  for (const output of outputs) {
    const span = spans.get(storageOf(output));
    if (span) span.to = nodes.length;
  }

  // Two results of which one call reads the one and writes the other must lie in different arenas.
  const all = new Set(spans.values());
  const apart = new Map<Span, Set<Span>>([...all].map((span) => [span, new Set<Span>()]));
  for (const { reads, writes } of nodes)
    for (const written of Object.values(writes))
      for (const read of Object.values(reads)) {
        const [a, b] = [spans.get(written), spans.get(storageOf(read))];
        if (!a || !b) continue;
        apart.get(a)?.add(b);
        apart.get(b)?.add(a);
      }

  const sizes: number[] = [];
  const done: Span[] = [];
  for (const span of all) {
    const taken = new Set([...(apart.get(span) ?? [])].map(({ arena }) => arena));
    span.arena = 0;
    while (taken.has(span.arena)) span.arena += 1;
    const busy = done
      .filter((other) => other.arena === span.arena && (!reuse || (other.to >= span.from && other.from <= span.to)))
      .sort((a, b) => a.offset - b.offset);
    for (const other of busy) {
      if (span.offset + align(span.bytes) <= other.offset) break;
      span.offset = Math.max(span.offset, other.offset + align(other.bytes));
    }
    sizes[span.arena] = Math.max(sizes[span.arena] ?? 0, span.offset + align(span.bytes));
    done.push(span);
  }
  const arenas = sizes.map((bytes, index) => ({ name: `arena ${index}`, bytes }));
  const places = new Map<Tensor, Place>();
  for (const { tensors, arena, offset } of done) {
    const buffer = arenas[arena];
    if (buffer) for (const tensor of tensors) places.set(tensor, { buffer, offset });
  }
  return { arenas, places };
}
