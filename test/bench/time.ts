// Clocks and medians. Runs in Node and in a page.

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Milliseconds that `run` took. */
export async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/** Median milliseconds of each entrant: `rounds` rounds in which all run once, one after the other. */
export async function race(entrants: readonly (() => Promise<unknown>)[], rounds: number): Promise<readonly number[]> {
  const times: number[][] = entrants.map(() => []);
  for (let round = 0; round < rounds; round++)
    for (const [index, run] of entrants.entries()) times[index]?.push(await timed(run));
  return times.map(median);
}
