// What the loop of a trainer works on, and offers.
import type { Runtime } from '../gpu/runtime.ts';
import type { Change, Write } from './changes.ts';
import type { Landed, Tally } from './drive.ts';
import type { RunOptions } from './trainer.ts';

/** Where a trainer is. */
export interface Progress {
  runtime: Runtime;
  /** Steps submitted. */
  submitted: number;
}

/** What a report is made of: the last step before it, and what its interval came to. */
export interface Interval {
  readonly step: number;
  /** Of that step. */
  readonly lr: number;
  readonly tally: Tally;
  readonly landed: Landed;
}

/** A submit on its way. */
export interface Flying {
  readonly steps: number;
  /** The step it ends with, counted from 1. */
  readonly last: number;
  /** That step's learning rate. */
  readonly lr: number;
  /** A report is due after it. */
  readonly due: boolean;
  readonly since: number;
  readonly result: Promise<Landed>;
  /** Keeps the state after it, which is on its way, if it is read back; to be called when it has landed. */
  snapshot: ((step: number, tally: Tally) => Promise<void>) | null;
}

/** A state to go on from, and what of a report had been tallied then. */
export interface Snapshot {
  readonly step: number;
  readonly words: readonly Uint32Array<ArrayBuffer>[];
  readonly tally: Tally;
}

export interface Runner {
  readonly run: (options: RunOptions | undefined) => AsyncGenerator<Interval, void, void>;
  /** Throws DeviceError where nothing can be changed any more. */
  readonly check: () => void;
  /** Writes what the next step that was not submitted yet is to see, and returns that step (from 0). */
  readonly change: (writes: readonly Write[], before: Change['before']) => number;
  /** That step. */
  readonly reached: () => number;
  /** Answers a question about the state; if the device is lost, or is lost meanwhile, once there is a new one. */
  readonly ask: <T>(question: () => Promise<T>) => Promise<T>;
  readonly isRunning: () => boolean;
  /** To be called before something else trains the model on this trainer's behalf, and after it. */
  readonly lend: () => Promise<void>;
  readonly adopt: () => Promise<void>;
  /** The runtime, and whatever device would follow, are no longer wanted. */
  readonly destroy: () => void;
}
