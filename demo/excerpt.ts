// What the page has of a data set, which is the worker's: as many samples as are drawn.
import type { Dataset } from '../src/index.ts';
import type { Sets } from './choices.ts';

export interface Excerpt extends Sets {
  /** Of whole sets. */
  readonly counts: { readonly train: number; readonly test: number };
}

/** However many there are: of these, guesses are made and points drawn. */
const MOST = 1000;

/** The first samples, in memory of their own. */
export function firstOf(set: Dataset): Dataset {
  const count = Math.min(set.count, MOST);
  const part = (values: Dataset['x'] | Dataset['y']) => values.slice(0, (count * values.length) / set.count);
  return { ...set, count, x: part(set.x), y: part(set.y) } as Dataset;
}

export function excerptOf({ train, test, ...rest }: Sets): Excerpt {
  const counts = { train: train.count, test: test.count };
  return { ...rest, train: firstOf(train), test: firstOf(test), counts };
}
