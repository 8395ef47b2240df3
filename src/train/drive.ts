// Runs a plan for many steps: several a submit, at most two submits in flight, what each step came to read from the ring.
// How many steps a submit has never changes a result.
import { ArgumentError, NonFiniteError } from '../errors.ts';
import type { Range, Runtime } from '../gpu/runtime.ts';
import type { BufferSpec } from '../graph/tensor.ts';
import { type Detector, NONE } from '../plan/detect.ts';

export const positive = (what: string, value: number) => {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new ArgumentError(`${what} must be a whole number of at least 1, got ${value}`);
};

/** Steps whose losses the ring holds; no submit has more. */
export const RING = 64;

export function ringBuffer(): BufferSpec {
  return { name: 'ring', bytes: 16 * RING };
}

/** Sums over some steps, in float64. */
export interface Tally {
  readonly steps: number;
  /** Σ loss · rows. */
  readonly loss: number;
  readonly correct: number;
  readonly rows: number;
}

export const NOTHING: Tally = { steps: 0, loss: 0, correct: 0, rows: 0 };

export function sumOf(a: Tally, b: Tally): Tally {
  return { steps: a.steps + b.steps, loss: a.loss + b.loss, correct: a.correct + b.correct, rows: a.rows + b.rows };
}

export interface Landed {
  readonly tally: Tally;
  /** When it came back, on performance.now()'s clock. */
  readonly at: number;
  /** The extra ranges, as they were after this submit's last step; empty unless asked for. */
  readonly extra: readonly Uint32Array<ArrayBuffer>[];
}

/** Milliseconds of GPU work that an adaptive submit aims at: short enough for a page's frames and any watchdog. */
const TARGET = 12;

/** How many steps go into the next submit; learns from how long submits take. */
export interface Pace {
  readonly next: () => number;
  readonly landed: (steps: number, milliseconds: number) => void;
}

export function pace(fixed: number | undefined): Pace {
  let steps = fixed ?? 1;
  return {
    next: () => steps,
    landed(count, milliseconds) {
      if (fixed === undefined)
        steps = Math.max(1, Math.min(RING, Math.round((count * TARGET) / Math.max(milliseconds, 0.1)), steps * 2));
    },
  };
}

function check({ made }: Detector, [rank = NONE, step = 0]: Iterable<number> = []): void {
  const by = made[rank];
  if (by) throw new NonFiniteError(step, by);
}

/**
 * One submit of `steps` steps, the first of which is step `first` (from 0) of the ring's owner. With `extra` ranges, the
 * last step makes its optional calls, too.
 */
export async function submit(
  runtime: Runtime,
  first: number,
  steps: number,
  ring: BufferSpec,
  extra: readonly Range[] | null,
): Promise<Landed> {
  const { detector } = runtime.plan;
  const own = [ring, ...(detector ? [detector.found] : [])].map((buffer) => ({
    buffer,
    offset: 0,
    bytes: buffer.bytes,
  }));
  const [words = new Uint32Array(0), ...rest] = await runtime.runAndRead(
    steps,
    [...own, ...(extra ?? [])],
    extra !== null,
  );
  if (detector) check(detector, rest.shift());
  const at = performance.now();
  const entries = new Float32Array(words.buffer);
  let tally = NOTHING;
  for (let index = first; index < first + steps; index++) {
    const [loss = 0, correct = 0, rows = 0] = entries.subarray(4 * (index % RING), 4 * (index % RING) + 3);
    tally = sumOf(tally, { steps: 1, loss: loss * rows, correct, rows });
  }
  return { tally, at, extra: rest };
}
