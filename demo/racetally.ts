// What comes of a race: means and ranges over seeds, epoch by epoch, and its end as a table.
import type { RaceResult } from './race.ts';
import type { RacePlan } from './raceplan.ts';

export const measures = ['testAccuracy', 'testLoss', 'trainLoss'] as const;
export type Measure = (typeof measures)[number];

/** Over those seeds of one value that have come to one epoch. */
interface Range {
  count: number;
  sum: number;
  low: number;
  high: number;
}

/** Columns by epoch; null where no seed has been, or where a loss is no longer a number. */
export interface Spread {
  readonly mean: readonly (number | null)[];
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

/** `deviation`: of a sample; null of fewer than two. */
export interface Summary {
  readonly mean: number;
  readonly deviation: number | null;
}

export interface Row {
  readonly value: string;
  /** Those that have come to the last epoch. */
  readonly done: number;
  /** Over the seeds that are done; while none is, the first one as it is now. null before its first epoch. */
  readonly summaries: Readonly<Record<Measure, Summary>> | null;
}

export interface Tally {
  readonly results: readonly RaceResult[];
  readonly add: (result: RaceResult) => void;
  /** Of these epochs. */
  readonly spread: (measure: Measure, value: string, epochs: readonly number[]) => Spread;
  readonly rows: () => readonly Row[];
}

export function createTally({ values }: RacePlan, epochs: number): Tally {
  const results: RaceResult[] = [];
  /** By measure and value. As many as a race has epochs: added to, not made anew for each drawing. */
  const ranges = new Map<string, Range[]>();
  const finals = new Map<string, RaceResult[]>();
  const latest = new Map<string, RaceResult>();

  return {
    results,
    add(result) {
      const { value, epoch } = result;
      results.push(result);
      latest.set(value, result);
      if (epoch === epochs) finals.set(value, [...(finals.get(value) ?? []), result]);
      for (const measure of measures) {
        const name = `${measure} ${value}`;
        const list = ranges.get(name) ?? [];
        ranges.set(name, list);
        list[epoch] ??= { count: 0, sum: 0, low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY };
        const [range, number] = [list[epoch], result[measure]];
        range.count += 1;
        range.sum += number;
        range.low = Math.min(range.low, number);
        range.high = Math.max(range.high, number);
      }
    },
    spread(measure, value, shown) {
      const list = ranges.get(`${measure} ${value}`) ?? [];
      const column = (of: (range: Range) => number) =>
        shown.map((epoch) => {
          const range = list[epoch];
          return range && Number.isFinite(of(range)) ? of(range) : null;
        });
      return {
        mean: column(({ sum, count }) => sum / count),
        low: column(({ low }) => low),
        high: column(({ high }) => high),
      };
    },
    rows: () =>
      values.map((value) => {
        const ended = finals.get(value) ?? [];
        const now = latest.get(value);
        const counted = ended.length > 0 || !now ? ended : [now];
        const summary = (measure: Measure) => summaryOf(counted.map((result) => result[measure]));
        const summaries =
          counted.length > 0
            ? { testAccuracy: summary('testAccuracy'), testLoss: summary('testLoss'), trainLoss: summary('trainLoss') }
            : null;
        return { value, done: ended.length, summaries };
      }),
  };
}

export function summaryOf(numbers: readonly number[]): Summary {
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const squares = numbers.reduce((sum, number) => sum + (number - mean) ** 2, 0);
  return { mean, deviation: numbers.length > 1 ? Math.sqrt(squares / (numbers.length - 1)) : null };
}

/** One line for each value, seed and epoch, with all digits. */
export function csvOf({ key }: RacePlan, results: readonly RaceResult[]): string {
  const lines = results.map(({ value, seed, epoch, trainLoss, testLoss, testAccuracy }) =>
    [value, seed, epoch, trainLoss, testLoss, testAccuracy].join(','),
  );
  return `${[`${key},seed,epoch,training loss,test loss,test accuracy`, ...lines].join('\n')}\n`;
}
