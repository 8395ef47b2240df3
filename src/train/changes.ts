// What the host writes between two steps, such as learning rates: made again at its step, if steps are trained again.
import type { Context } from '../gpu/context.ts';
import type { BufferSpec } from '../graph/tensor.ts';

export interface Write {
  readonly buffer: BufferSpec;
  readonly words: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
  readonly offset?: number;
}

export interface Change {
  /** The first step that saw it, from 0. */
  readonly step: number;
  readonly writes: readonly Write[];
  /** The learning rates before it. */
  readonly before: (index: number) => number;
}

/**
 * `now`: the next step to be submitted, from 0; `reached`: the next that never was, which is later while steps are trained
 * again.
 */
export function createChanges(context: Context, now: () => number, reached: () => number) {
  /** Since the state that was kept. */
  let all: readonly Change[] = [];
  /** Of them, those that are yet to be made again. */
  let again: readonly Change[] = [];

  function make({ writes }: Change): void {
    for (const { buffer, words, offset } of writes) context.write(buffer, words, offset);
  }

  /** Makes those again that the next step saw. */
  function catchUp(): void {
    const due = again.filter(({ step }) => step <= now());
    due.forEach(make);
    again = again.slice(due.length);
  }

  /** The step that would see a change first. */
  const first = () => Math.max(reached(), again.at(-1)?.step ?? 0);

  return {
    catchUp,
    first,
    /** The next that is yet to be made again. */
    next: () => again[0],
    /** Those that a state which is read now has in it. */
    made: () => all.slice(0, all.length - again.length),
    /** The state with these in it was kept. */
    forget(made: readonly Change[]): void {
      all = all.filter((change) => !made.includes(change));
    },
    /** The state that was kept is that of now. */
    startAgain(): void {
      again = all;
      catchUp();
    },
    /** Says which step sees it first. `later`: nothing can be written yet. */
    add(writes: readonly Write[], before: Change['before'], later: boolean): number {
      const step = first();
      const change = { step, writes, before };
      if (context.renewable) all = [...all, change];
      // Those before it are made again first.
      if (again.length > 0 || step > now()) again = [...again, change];
      else if (!later) make(change);
      return step;
    },
  };
}
