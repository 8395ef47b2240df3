// Where a batch is too large for the device: which one is not.
import { LimitError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { BuildOptions, Built, Session, Traced } from './session.ts';

/** Builds for training; if the device cannot hold a batch, the LimitError says which one it can. */
export async function buildForBatch<T extends Traced>(
  { build, fits }: Session,
  batch: number,
  traceFor: (batch: number) => (graph: Graph) => T,
  options: BuildOptions,
): Promise<Built<T>> {
  try {
    return await build('train', traceFor(batch), options);
  } catch (error) {
    if (!(error instanceof LimitError) || fits('train', traceFor(batch))) throw error;
    // The largest is at least `low`, if it is any, and below `high`.
    let [low, high] = [0, batch];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (fits('train', traceFor(middle))) low = middle;
      else high = middle;
    }
    const advice = low > 0 ? `batchSize ${low} is the largest that fits` : 'no batch is small enough';
    throw new LimitError(`${error.message}. Of batches, ${advice}.`, { cause: error });
  }
}
