// What the page has of a data set, which is the worker's: as many samples as are drawn.
import type { Dataset } from '../src/index.ts';
import type { Sets } from './choices.ts';

export interface Excerpt extends Sets {
  /** Of whole sets. */
  readonly counts: { readonly train: number; readonly test: number };
}

/** However many there are: of these, guesses are made and points drawn. */
const MOST = 1000;
/** Its multiples, less whole numbers, are evenly spread. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * One sample of each of as many equal stretches, in memory of their own: samples may be in the order of their classes. Not
 * the first of each stretch, as classes may take turns.
 */
export function someOf(set: Dataset): Dataset {
  const count = Math.min(set.count, MOST);
  const chosen = Array.from({ length: count }, (_, index) => {
    const [from, to] = [index, index + 1].map((edge) => Math.floor((edge * set.count) / count)) as [number, number];
    return from + Math.floor(((index * GOLDEN) % 1) * (to - from));
  });
  const part = (values: Dataset['x'] | Dataset['y']) => {
    const size = values.length / set.count;
    const some = values.slice(0, count * size);
    chosen.forEach((at, index) => {
      some.set(values.subarray(at * size, (at + 1) * size), index * size);
    });
    return some;
  };
  return { ...set, count, x: part(set.x), y: part(set.y) } as Dataset;
}

export function excerptOf({ train, test, ...rest }: Sets): Excerpt {
  const counts = { train: train.count, test: test.count };
  return { ...rest, train: someOf(train), test: someOf(test), counts };
}
