// The loss and accuracy of a model on a data set of any size, in eval mode, beside whatever training goes on.
import type { Dataset } from '../data/dataset.ts';
import { DeviceError, LimitError } from '../errors.ts';
import type { Tensor } from '../graph/tensor.ts';
import { gather, initialStep, stepBuffer, turn } from '../ops/clock.ts';
import { batchesOf } from './batches.ts';
import { NOTHING, ringBuffer, submit, sumOf } from './drive.ts';
import { checkLoss, type Loss } from './loss.ts';
import type { Session } from './session.ts';

/** How a model does on a data set. */
export interface Evaluation {
  /** Mean over samples. */
  readonly loss: number;
  /** Share of samples classified right, 0 to 1; undefined for losses that classify nothing. */
  readonly accuracy: number | undefined;
  /** The number of samples. */
  readonly samples: number;
}

/** Rows of one chunk. */
const ROWS = 256;

/** Chunks of one submit: few enough that evaluating does not hold up the page. */
const SUBMIT = 4;

export interface Evaluator {
  readonly run: () => Promise<Evaluation>;
  readonly destroy: () => void;
}

export async function createEvaluator(
  { context, host, build, source }: Session,
  model: (x: Tensor) => Tensor,
  loss: Loss,
  data: Dataset,
  countsValidRows: boolean,
): Promise<Evaluator> {
  const step = stepBuffer(host.seed);
  const ring = ringBuffer();
  const samples = source(data);
  /** As many rows, or fewer where the device cannot hold them. */
  async function buildFor(rows: number) {
    let batch = Math.min(rows, data.count);
    // A loss that would count empty rows gets none.
    while (!countsValidRows && data.count % batch !== 0) batch -= 1;
    const batches = batchesOf(data.count, batch, false, host.seed);
    try {
      const { traced, runtime } = await build('eval', (graph) => {
        const { x, y } = gather(graph, batches, samples);
        const value = loss(model(x), y);
        const hasAccuracy = checkLoss('evaluate', value, y, data, batch);
        turn(value, step, { batches, ring });
        return { outputs: {}, hasAccuracy };
      });
      return { batch, batches, runtime, ...traced };
    } catch (error) {
      if (!(error instanceof LimitError) || batch === 1) throw error;
      return buildFor(batch >> 1);
    }
  }
  const { batch, batches, runtime, hasAccuracy } = await buildFor(ROWS);
  let queue: Promise<unknown> = Promise.resolve();

  async function evaluate(): Promise<Evaluation> {
    context.write(step, initialStep(host.seed));
    context.write(batches.rows, batches.first());
    const chunks = Math.ceil(data.count / batch);
    let tally = NOTHING;
    for (let first = 0; first < chunks; first += SUBMIT) {
      const landed = await submit(runtime, first, Math.min(SUBMIT, chunks - first), ring, []);
      tally = sumOf(tally, landed.tally);
    }
    return {
      loss: tally.loss / tally.rows,
      accuracy: hasAccuracy ? tally.correct / tally.rows : undefined,
      samples: tally.rows,
    };
  }
  return {
    run() {
      // One at a time: they share the step state.
      const result = queue.then(evaluate);
      queue = result.catch(() => undefined);
      return result;
    },
    destroy() {
      // After what is under way: it fails less clearly when its buffers go.
      queue = queue.then(runtime.destroy);
    },
  };
}

/** Of data sets, those that were evaluated last stay compiled and on the GPU: training, validation and test set, and one. */
const MOST = 4;

/** The evaluators of one trainer. */
export function createEvaluators(create: (data: Dataset) => Promise<Evaluator>) {
  const made = new Map<Dataset, Promise<Evaluator>>();
  let destroyed = false;

  function forget(data: Dataset): void {
    made.get(data)?.then(
      ({ destroy }) => destroy(),
      () => undefined,
    );
    made.delete(data);
  }

  return {
    async evaluate(data: Dataset): Promise<Evaluation> {
      if (destroyed) throw new DeviceError('evaluate: this trainer was destroyed; make a new one');
      const evaluator = made.get(data) ?? create(data);
      made.delete(data);
      made.set(data, evaluator);
      evaluator.catch(() => {
        if (made.get(data) === evaluator) made.delete(data);
      });
      for (const oldest of [...made.keys()].slice(0, -MOST)) forget(oldest);
      return (await evaluator).run();
    },
    /** Their device is gone; they are made anew when they are asked for. */
    clear: () => made.clear(),
    destroy(): void {
      destroyed = true;
      for (const data of made.keys()) forget(data);
    },
  };
}
