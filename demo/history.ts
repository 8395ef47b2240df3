// The moments of a run so far, bounded: when there are too many, neighbours are joined, so that hours of training still draw fast.
import type { Moment } from './run.ts';

const LIMIT = 500;

export function append(history: readonly Moment[], moment: Moment): readonly Moment[] {
  const all = [...history, moment];
  if (all.length <= LIMIT) return all;
  const [start, ...rest] = all;
  const joined = rest.flatMap((later, index) => {
    const earlier = rest[index - 1];
    // Pairs are (0, 1), (2, 3), ...; the newest stays as it is where it has no partner.
    if (index % 2 === 0) return index === rest.length - 1 ? [later] : [];
    return earlier ? [join(earlier, later)] : [later];
  });
  return start ? [start, ...joined] : joined;
}

function join(earlier: Moment, later: Moment): Moment {
  return {
    ...later,
    loss: mean(earlier.loss, later.loss),
    accuracy: mean(earlier.accuracy, later.accuracy),
    test: later.test ?? earlier.test,
  };
}

function mean(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (b ?? a) : (a + b) / 2;
}

/** The last test result so far, and the epoch after which it was. */
export function lastTest(history: readonly Moment[]): Moment | undefined {
  return history.findLast(({ test }) => test !== null);
}
