// Draws calls into the calls that feed them. Knows no operator: a call says what it may become the epilogue of, and a
// producer says which fragment takes it in. Nor does a call gather a batch that all its readers can find themselves.
import { storageOf } from '../graph/graph.ts';
import { sizeOf } from '../graph/shape.ts';
import type { Node, Tensor } from '../graph/tensor.ts';

/** The calls that the outputs and the state updates need, in order. What optional calls alone need is optional. */
export function live(nodes: readonly Node[], outputs: readonly Tensor[]): Node[] {
  /** Whether each is needed in every step. */
  const needed = new Map<Tensor, boolean>(outputs.map((tensor) => [storageOf(tensor), true]));
  const kept: Node[] = [];
  for (const node of nodes.slice().reverse()) {
    const asked = Object.values(node.writes).flatMap((tensor) => needed.get(tensor) ?? []);
    const updates = Object.keys(node.updates).length > 0;
    if (!updates && asked.length === 0) continue;
    const optional = updates ? (node.optional ?? false) : !asked.includes(true);
    kept.push(optional ? { ...node, optional } : node);
    for (const tensor of tensorsBefore(node)) {
      const storage = storageOf(tensor);
      needed.set(storage, (needed.get(storage) ?? false) || !optional);
    }
  }
  return kept.reverse();
}

const tensorsBefore = ({ reads, after }: Node): readonly Tensor[] => [...Object.values(reads), ...after];

/** Takes the other way to a call's result, where what that way begins with is computed in every step anyway. */
export function shorten(nodes: readonly Node[], outputs: readonly Tensor[]): Node[] {
  const kept = new Set(outputs.map(storageOf));
  const read = new Set(nodes.flatMap(tensorsBefore).map(storageOf));
  const every = new Set(nodes.flatMap(({ optional, writes }) => (optional ? [] : Object.values(writes))));
  let result = nodes.slice();
  for (const node of nodes) {
    const { instead, writes } = node;
    if (!instead || !every.has(storageOf(instead.given))) continue;
    if (
      Object.entries(writes).some(
        ([binding, tensor]) => binding !== instead.of && (kept.has(tensor) || read.has(tensor)),
      )
    )
      continue;
    const { call } = instead;
    const both = { ...call, writes: { ...call.writes, [instead.as]: writes[instead.of] as Tensor } };
    // It may be among the calls for its other results.
    result = result.filter(
      (other) => !Object.values(other.writes).some((tensor) => Object.values(call.writes).includes(tensor)),
    );
    result[result.indexOf(node)] = both;
  }
  return live(result, outputs);
}

/** Leaves out the gathering of a batch where all that reads it can take the rows from the data set itself. */
export function gatherOnLoad(nodes: readonly Node[], outputs: readonly Tensor[]): Node[] {
  const kept = new Set(outputs.map(storageOf));
  let result = nodes.slice();
  for (const { gathers, writes } of nodes) {
    const batch = Object.values(writes)[0];
    if (!gathers || !batch || kept.has(batch)) continue;
    const reads = (node: Node) =>
      [...Object.values(node.reads), ...node.after].filter((t) => storageOf(t) === batch).length;
    const takes = ({ byRows, reads: { [byRows?.binding ?? '']: tensor } }: Node) =>
      // A view may have other rows than the batch has samples.
      byRows !== undefined && tensor !== undefined && tensor.shape[0] === batch.shape[0] && storageOf(tensor) === batch;
    if (!result.every((node) => reads(node) === 0 || (takes(node) && reads(node) === 1))) continue;
    const changes = ({ updates }: Node) => Object.values(updates).some((tensor) => sameBuffer(tensor, gathers.rows));
    const turn = result.findIndex(changes);
    result = result.map((node, index) => {
      if (!node.byRows || !takes(node)) return node;
      const { binding, sample, turned } = node.byRows;
      const own = index === turn ? turned : undefined;
      const rows = turn >= 0 && index > turn ? gathers.past : gathers.rows;
      return {
        ...node,
        parts: { ...node.parts, sample: own ?? sample },
        reads: { ...node.reads, [binding]: gathers.data, ...(!own && { rows }) },
        touches: { ...node.touches, [binding]: 4 * sizeOf(batch.shape) },
      };
    });
  }
  return live(result, outputs);
}

function sameBuffer({ origin: a }: Tensor, { origin: b }: Tensor): boolean {
  return a.kind === 'buffer' && b.kind === 'buffer' && a.place.buffer === b.place.buffer;
}

/** Replaces a producer and its epilogue by one call. What the outputs are made of is written in any case. */
export function fuse(nodes: readonly Node[], outputs: readonly Tensor[]): Node[] {
  const kept = new Set(outputs.map(storageOf));
  const result = nodes.slice();
  for (const node of nodes) {
    const { epilogue } = node;
    const input = epilogue && node.reads[epilogue.of];
    if (!epilogue || !input) continue;
    const source = storageOf(input);
    const at = result.findIndex(({ writes }) => Object.values(writes).includes(source));
    const producer = result[at];
    const taken = producer?.fusable?.[epilogue.kind];
    if (!producer || !taken) continue;
    // What the producer writes is handed over within the call.
    const own = Object.values(producer.writes);
    const others = Object.entries(node.reads).filter(([, tensor]) => !own.includes(storageOf(tensor)));
    // The epilogue runs where its producer did: what else it reads must exist by then.
    const ready = others.every(([, tensor]) => {
      const writer = result.findIndex(({ writes }) => Object.values(writes).includes(storageOf(tensor)));
      return writer < at;
    });
    if (!ready) continue;
    const { extent } = producer;
    if (epilogue.columns && !('tiles' in extent && extent.tiles[1] === epilogue.columns)) continue;
    const readers = result.filter(({ reads, after }) =>
      [...Object.values(reads), ...after].some((tensor) => storageOf(tensor) === source),
    );
    if (!epilogue.as && (readers.length > 1 || kept.has(source))) continue;
    const written = Object.fromEntries(
      Object.entries(producer.writes).flatMap(([binding, tensor]) => {
        if (tensor !== source) return [[binding, tensor]];
        return epilogue.as ? [[epilogue.as, tensor]] : [];
      }),
    );
    const { fusable: _, ...rest } = producer;
    result[at] = {
      ...rest,
      parts: { ...producer.parts, ...node.parts, core: producer.parts.core, [taken.role]: taken },
      reads: { ...producer.reads, ...Object.fromEntries(others) },
      writes: { ...written, ...node.writes },
      updates: { ...producer.updates, ...node.updates },
      uniforms: { ...node.uniforms, ...producer.uniforms },
      constants: { ...node.constants, ...producer.constants },
      flops: producer.flops + node.flops,
    };
    result.splice(result.indexOf(node), 1);
  }
  return result;
}
