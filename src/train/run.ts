// The loop of a trainer: submits and reports.
import { ArgumentError, type RectigradError } from '../errors.ts';
import type { Context } from '../gpu/context.ts';
import type { Range } from '../gpu/runtime.ts';
import type { BufferSpec } from '../graph/tensor.ts';
import { checkKeys } from '../options.ts';
import { type Landed, NOTHING, pace, positive, submit, sumOf } from './drive.ts';
import { createRecovery } from './recovery.ts';
import type { Flying, Interval, Progress, Runner } from './runner.ts';
import type { Trained } from './session.ts';
import type { RunOptions } from './trainer.ts';

export function createRunner(
  context: Context,
  progress: Progress,
  {
    ring,
    told,
    kept,
    stepsPerEpoch,
    stepsPerSubmit,
    rateOf,
    parameters,
    shared,
    onRecovery,
  }: {
    readonly ring: BufferSpec;
    /** Read back for each report. */
    readonly told: readonly Range[];
    /** Read back now and then, to go on from. */
    readonly kept: readonly Range[];
    readonly stepsPerEpoch: number;
    readonly stepsPerSubmit: number | undefined;
    /** The learning rate of a step, counted from 0, as it is now. */
    readonly rateOf: (index: number) => number;
    /** The model's own, which `shared` is of. */
    readonly parameters: BufferSpec;
    readonly shared: Trained;
    readonly onRecovery: (step: number, reason: RectigradError) => void;
  },
): Runner {
  const flying: Flying[] = [];
  let speed = pace(stepsPerSubmit);

  async function settle(): Promise<void> {
    await Promise.allSettled(flying.splice(0).map(({ result }) => result));
  }
  const recovery = createRecovery(context, progress, {
    kept,
    parameters,
    shared,
    onRecovery(step, reason) {
      speed = pace(stepsPerSubmit);
      onRecovery(step, reason);
    },
    settle,
    async train(steps) {
      for await (const _ of train({ steps, every: steps }, true));
    },
  });
  const { changes } = recovery;

  const epoch = (step: number) => Math.floor(step / stepsPerEpoch);
  async function* run(options: RunOptions = {}): AsyncGenerator<Interval, void, void> {
    checkKeys('run', options, { epochs: 1, steps: 1, every: 1, gate: 1 });
    const { epochs = 1, steps, every } = options;
    if (epochs !== Number.POSITIVE_INFINITY) positive('run: epochs', epochs);
    if (steps !== undefined) positive('run: steps', steps);
    if (every !== undefined) positive('run: every', every);
    if (recovery.isRunning()) throw new ArgumentError('run: this trainer is already running; end that loop first');
    try {
      await recovery.begin();
      for await (const interval of train(options)) {
        recovery.stand(interval.step);
        yield interval;
        await recovery.goOn();
      }
    } finally {
      recovery.end();
    }
  }

  /** `again`: what was trained before the device was lost; of that, nothing new is kept. */
  async function* train(
    { epochs = 1, steps: total, every, gate }: RunOptions,
    again = false,
  ): AsyncGenerator<Interval, void, void> {
    const first = progress.submitted;
    let reported = first;
    // By default, a run that was left within an epoch goes on to the end of that one first.
    const start = every === undefined ? epoch(reported) * stepsPerEpoch : reported;
    const interval = every ?? stepsPerEpoch;
    const end = total === undefined ? start + epochs * stepsPerEpoch : reported + total;
    let tally = NOTHING;
    let before = performance.now();

    function fly(): void {
      const { runtime, submitted } = progress;
      // What comes before the first step is trained again, and belongs to no report of this run.
      const bound = submitted < first ? first : end;
      const due = Math.min(start + (Math.floor((submitted - start) / interval) + 1) * interval, bound);
      const next = changes.next();
      const steps = Math.min(speed.next(), due - submitted, (next?.step ?? due) - submitted);
      const lr = (next?.before ?? rateOf)(submitted + steps - 1);
      recovery.take();
      const result = submit(runtime, submitted, steps, ring, submitted + steps === due ? told : null);
      // It is awaited below; until then, a failure must not count as unhandled.
      result.catch(() => undefined);
      progress.submitted += steps;
      const last = progress.submitted;
      recovery.flew();
      const own = recovery.snapshotIf(epoch(last) > epoch(recovery.keptStep()));
      flying.push({ steps, last, lr, due: last === due, since: performance.now(), result, snapshot: own });
    }

    try {
      if (!again) recovery.start();
      while (progress.submitted < end || flying.length > 0) {
        let landed: Landed;
        try {
          while (progress.submitted < end && flying.length < 2) {
            const shut = recovery.isCatchingUp() ? undefined : gate?.();
            if (shut && flying.length > 0) {
              // What is on its way is told first; then the gate is asked again.
              shut.catch(() => undefined);
              break;
            }
            if (shut) {
              recovery.stand(progress.submitted);
              await shut;
              await recovery.goOn();
            }
            fly();
          }
          landed = await (flying[0] as Flying).result;
        } catch (error) {
          await settle();
          await recovery.recover(error);
          tally = recovery.tally();
          continue;
        }
        const head = flying.shift() as Flying;
        recovery.works();
        // The GPU began with it when it was submitted, or when the one before had landed.
        speed.landed(head.steps, landed.at - Math.max(before, head.since));
        before = landed.at;
        tally = sumOf(tally, landed.tally);
        head.snapshot?.(head.last, head.due ? NOTHING : tally).catch(() => undefined);
        if (!head.due) continue;
        // What is trained again after a loss was reported before.
        const known = head.last <= reported;
        const whole = { step: head.last, lr: head.lr, tally, landed };
        tally = NOTHING;
        if (known) continue;
        reported = head.last;
        yield whole;
      }
    } finally {
      await settle();
    }
  }

  const { ask, isRunning, lend, adopt, destroy, isBehind } = recovery;
  return {
    run,
    ask,
    isRunning,
    lend,
    adopt,
    destroy,
    check() {
      if (!isBehind()) context.check();
    },
    reached: changes.first,
    change(writes, before) {
      const step = changes.add(writes, before, isBehind());
      const last = flying.at(-1);
      const own = last && recovery.snapshotIf(true);
      if (own) last.snapshot = own;
      return step;
    },
  };
}
