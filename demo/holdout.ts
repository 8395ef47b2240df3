// A set for testing out of one that came without: a sixth, drawn once and for all, so that a run is the same again.
import { DataError, type Dataset, data } from '../src/index.ts';
import type { Sets } from './choices.ts';

const SHARE = 1 / 6;

/** Throws DataError of a single sample. */
export function holdOut(all: Dataset): Sets {
  const { count, name } = all;
  if (count < 2) throw new DataError(`${name} has a single sample; two are needed, one to train and one to test.`);
  const order = shuffled(count);
  const { x, y } = all;
  const mixed = { ...all, x: byRows(x, order), y: byRows(y, order) } as Dataset;
  return data.split(mixed, count - Math.max(1, Math.round(SHARE * count)));
}

/** 0 to count - 1 in an order that is always the same: Fisher and Yates, with numbers by mulberry32. */
function shuffled(count: number): Uint32Array {
  let state = 1;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(uniform() * (last + 1));
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
  return order;
}

function byRows(values: Dataset['x'] | Dataset['y'], order: Uint32Array): typeof values {
  const mixed = values.slice();
  const size = values.length / order.length;
  for (const [to, from] of order.entries()) mixed.set(values.subarray(from * size, (from + 1) * size), to * size);
  return mixed;
}
