// Which samples a trainer or an evaluator takes first; from there on, the GPU draws them itself.
import { permute } from '../data/permutation.ts';
import { align } from '../graph/state.ts';
import type { Batches } from '../ops/clock.ts';

/** Batches of `batch` out of `samples`, at most as many; epoch 0 in the order that `seed` gives. */
export function batchesOf(samples: number, batch: number, shuffle: boolean, seed: number): Batches {
  const half = align(4 * batch);
  const first = () => {
    const rows = new Uint32Array(half / 2);
    for (let i = 0; i < batch; i++) rows[i] = shuffle ? permute(i, samples, seed >>> 0, 0) : i;
    return rows;
  };
  return { rows: { name: 'rows', bytes: 2 * half, initial: first }, first, samples, batch, shuffle };
}
