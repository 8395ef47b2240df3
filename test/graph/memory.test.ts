// Placement in memory, by a property that any order and mixture of calls must have: run over the places alone, every
// call finds in them what it reads.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { storageOf } from '../../src/graph/graph.ts';
import type { Tensor } from '../../src/graph/tensor.ts';
import { add, concat, linear, matmul, mul, nn, rectifiers, reshape, sum } from '../../src/index.ts';
import { gradients as differentiate } from '../../src/ops/grad.ts';
import { rectify, slotsOf } from '../../src/ops/rectify.ts';
import { fuse, live } from '../../src/plan/fuse.ts';
import { bytesOf, placeInMemory } from '../../src/plan/memory.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { trace } from './trace.ts';

/** Operators on square matrices, by number: any two results may meet. */
const N = 8;
const OUTSIDE = { buffer: { name: 'outside', bytes: 0 }, offset: 0 };
const OPERATORS: readonly ((a: Tensor, b: Tensor) => Tensor)[] = [
  add,
  mul,
  (a, b) => matmul(a, b),
  (a) => mul(a, 2),
  (a, b) => linear(a, b, sum(b, { axes: [0] })),
  (a) => rectify(a, null, rectifiers.relu, slotsOf('relu', rectifiers.relu, {}, a.shape)),
  (a, b) => rectify(a, sum(b, { axes: [0] }), rectifiers.prelu, slotsOf('prelu', rectifiers.prelu, {}, a.shape)),
  (a, b) => add(a, reshape(nn.mse(a, b), [1, 1])),
  (a, b) => sum(reshape(concat([a, b, a], 0), [3, N, N]), { axes: [0] }),
  (a) => reshape(sum(reshape(a, [2, N / 2, N]), { axes: [0, 1], keepDims: true }), [1, N]).expand([N, N]),
];

type Program = typeof program extends fc.Arbitrary<infer P> ? P : never;
const program = fc.record({
  calls: fc.array(fc.tuple(fc.nat(OPERATORS.length - 1), fc.nat(), fc.nat()), { minLength: 1, maxLength: 24 }),
  outputs: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
  gradients: fc.boolean(),
});

function build({ calls, outputs, gradients }: Program) {
  const { graph, input } = trace();
  const results = [input([N, N]), input([N, N])];
  for (const [which, i, j] of calls)
    results.push(OPERATORS[which]!(results[i % results.length]!, results[j % results.length]!));
  const named = outputs.map((i) => results[i % results.length]!);
  if (gradients)
    named.push(...differentiate(sum(results.at(-1)!), results.slice(0, 2)).filter((tensor) => tensor !== null));
  return { nodes: fuse(live(graph.nodes, named), named), outputs: named.map(storageOf) };
}

/** Walks the calls with, for every 256 bytes of every arena, the tensor that was written there last. */
function run({ nodes, outputs }: ReturnType<typeof build>): void {
  const { places } = placeInMemory(nodes, outputs, (tensor) => (tensor.origin.kind === 'call' ? undefined : OUTSIDE));
  const memory = new Map<string, Tensor>();
  const blocks = (tensor: Tensor) => {
    const { buffer, offset } = places.get(tensor)!;
    expect(offset % 256).toBe(0);
    expect(offset + bytesOf(tensor)).toBeLessThanOrEqual(buffer.bytes);
    return Array.from({ length: Math.ceil(bytesOf(tensor) / 256) }, (_, i) => `${buffer.name} ${offset / 256 + i}`);
  };
  const holds = (tensor: Tensor) => blocks(tensor).every((block) => memory.get(block) === tensor);
  for (const { reads, writes, into } of nodes) {
    const [read, written] = [Object.values(reads).map(storageOf), Object.values(writes)];
    const made = read.filter(({ origin }) => origin.kind === 'call');
    expect(made.every(holds)).toBe(true);
    // What is filled bit by bit still holds what it did, and stays where it is.
    for (const tensor of into ? written : []) {
      expect(holds(into!)).toBe(true);
      expect(places.get(tensor)).toEqual(places.get(into!));
    }
    const arenas = new Set(written.map((tensor) => places.get(tensor)!.buffer));
    expect(made.some((tensor) => arenas.has(places.get(tensor)!.buffer))).toBe(false);
    for (const tensor of written) for (const block of blocks(tensor)) memory.set(block, tensor);
    // Two results of one call do not overlap.
    expect(written.every(holds)).toBe(true);
  }
  expect(outputs.filter(({ origin }) => origin.kind === 'call').every(holds)).toBe(true);
}

test('no result is overwritten before its last reader, and no call reads an arena that it writes', () => {
  fc.assert(
    fc.property(program, (given) => run(build(given))),
    { seed: 1, numRuns: 500 },
  );
});

test('memory is used again: a chain of any length takes two arenas', () => {
  const { graph, input } = trace();
  let x = input([64, 64]);
  for (let i = 0; i < 20; i++) x = mul(x, 2);
  const { memory } = makePlan(graph, { x }).cost();
  expect(Object.entries(memory).filter(([name]) => name.startsWith('arena'))).toEqual([
    ['arena 0', 64 * 64 * 4],
    ['arena 1', 64 * 64 * 4],
  ]);
});
