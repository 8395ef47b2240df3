// The loop of a trainer: submits, reports, and going on after the loss of a device.
import { ArgumentError, DeviceError, type RectigradError } from '../errors.ts';
import type { Context } from '../gpu/context.ts';
import type { Range } from '../gpu/runtime.ts';
import type { BufferSpec } from '../graph/tensor.ts';
import { coresOf } from '../plan/plan.ts';
import { createChanges } from './changes.ts';
import { type Landed, NOTHING, pace, positive, submit, sumOf } from './drive.ts';
import type { Flying, Interval, Progress, Runner, Snapshot } from './runner.ts';
import type { Trained } from './session.ts';
import type { RunOptions } from './trainer.ts';

/** Milliseconds from one snapshot to the next, at least. */
const KEEP = 1000;
/** Devices that may be lost one after the other, without a submit that landed between. */
const PATIENCE = 3;

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
    readonly shared: Trained;
    readonly onRecovery: (step: number, reason: RectigradError) => void;
  },
): Runner {
  let saved: Snapshot | null = null;
  let keptAt = Number.NEGATIVE_INFINITY;
  let keptStep = 0;
  const changes = createChanges(context, () => progress.submitted);
  let lost = 0;
  let running = false;
  /** The step whose report the run has given, and has not been asked for more since. */
  let resting: number | null = null;
  let reviving: Promise<void> | null = null;
  let destroyed = false;
  let speed = pace(stepsPerSubmit);
  const flying: Flying[] = [];

  /** The state as it is after what was submitted, if there can be a device to go on with. */
  function snapshot(): Flying['snapshot'] {
    if (!context.renewable) return null;
    keptAt = performance.now();
    keptStep = progress.submitted;
    const made = changes.made();
    const read = progress.runtime.read(kept);
    // Whoever awaits it hears of a failure; until then, it must not count as unhandled.
    read.catch(() => undefined);
    return (step, tally) =>
      read.then(
        (words) => {
          saved = { step, words, tally };
          changes.forget(made);
        },
        () => undefined,
      );
  }

  /** Its device was lost, and can be followed by another. */
  const isBehind = () => context.renewable && progress.runtime.isLost();

  const epoch = (step: number) => Math.floor(step / stepsPerEpoch);
  const isDue = () => epoch(progress.submitted) > epoch(keptStep) && performance.now() - keptAt > KEEP;

  /** Nobody else has trained the model since the state that was kept. */
  const isOwn = () => shared.by === null || shared.by === progress;

  async function recover(error: unknown, failed: boolean): Promise<void> {
    if (!(error instanceof DeviceError) || !saved || !context.renewable || destroyed || lost >= PATIENCE) throw error;
    if (!(await progress.runtime.wasLost(failed))) throw error;
    if (!isOwn())
      throw new DeviceError(
        'the GPU device was lost after another trainer had trained this model, and this one cannot tell what came of it; load what that one saves, or create a new trainer',
      );
    lost += 1;
    await context.renew();
    const { plan } = progress.runtime;
    const next = await context.build(plan, undefined, coresOf(plan));
    if (destroyed) {
      next.destroy();
      throw error;
    }
    progress.runtime.destroy();
    progress.runtime = next;
    for (const [index, { buffer }] of kept.entries()) {
      const words = saved.words[index];
      if (words) context.write(buffer, words);
    }
    progress.submitted = saved.step;
    keptStep = saved.step;
    changes.startAgain();
    speed = pace(stepsPerSubmit);
    onRecovery(saved.step, error);
  }

  async function bringBack(): Promise<void> {
    if (destroyed || !(await progress.runtime.wasLost())) return;
    // What was submitted beyond a report is submitted again when the run goes on.
    await Promise.allSettled(flying.splice(0).map(({ result }) => result));
    const goal = resting ?? progress.submitted;
    await recover(new DeviceError('the GPU device was lost between two steps; create a new engine'), false);
    const steps = goal - progress.submitted;
    if (steps > 0) for await (const _ of train({ steps, every: steps }));
  }

  /** Once for all who ask meanwhile. */
  function revive(): Promise<void> {
    reviving ??= bringBack().finally(() => {
      reviving = null;
    });
    return reviving;
  }

  /** A run sees to it itself; what is asked within one is not held up by it. */
  async function reviveUnlessRunning(): Promise<void> {
    if (reviving || !running || resting !== null) await revive();
  }

  /** From now on, what comes of the model is this trainer's. */
  function take(): void {
    shared.by = progress;
    shared.revive = reviveUnlessRunning;
  }

  async function* run(options: RunOptions = {}): AsyncGenerator<Interval, void, void> {
    const { epochs = 1, steps, every } = options;
    if (epochs !== Number.POSITIVE_INFINITY) positive('run: epochs', epochs);
    if (steps !== undefined) positive('run: steps', steps);
    if (every !== undefined) positive('run: every', every);
    if (running) throw new ArgumentError('run: this trainer is already running; end that loop first');
    running = true;
    try {
      await revive();
      for await (const interval of train(options)) {
        resting = interval.step;
        yield interval;
        resting = null;
        if (reviving) await reviving;
      }
    } finally {
      resting = null;
      running = false;
    }
  }

  async function* train({ epochs = 1, steps: total, every, gate }: RunOptions): AsyncGenerator<Interval, void, void> {
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
      take();
      const result = submit(runtime, submitted, steps, ring, submitted + steps === due ? told : null);
      // It is awaited below; until then, a failure must not count as unhandled.
      result.catch(() => undefined);
      progress.submitted += steps;
      const last = progress.submitted;
      changes.catchUp();
      const own = isDue() ? snapshot() : null;
      flying.push({ steps, last, lr, due: last === due, since: performance.now(), result, snapshot: own });
    }

    // What was kept is of no use once somebody else has trained.
    if (!isOwn()) saved = null;
    try {
      snapshot()?.(progress.submitted, NOTHING);
      while (progress.submitted < end || flying.length > 0) {
        let landed: Landed;
        try {
          while (progress.submitted < end && flying.length < 2) {
            const shut = gate?.();
            if (shut && flying.length > 0) {
              // What is on its way is told first; then the gate is asked again.
              shut.catch(() => undefined);
              break;
            }
            if (shut) await shut;
            fly();
          }
          landed = await (flying[0] as Flying).result;
        } catch (error) {
          await Promise.allSettled(flying.map(({ result }) => result));
          await recover(error, true);
          flying.length = 0;
          tally = saved?.tally ?? NOTHING;
          continue;
        }
        const head = flying.shift() as Flying;
        lost = 0;
        // The GPU began with it when it was submitted, or when the one before had landed.
        speed.landed(head.steps, landed.at - Math.max(before, head.since));
        before = landed.at;
        tally = sumOf(tally, landed.tally);
        head.snapshot?.(head.last, head.due ? NOTHING : tally);
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
      await Promise.allSettled(flying.map(({ result }) => result));
      flying.length = 0;
    }
  }

  // There may be a loss before the first run.
  snapshot()?.(progress.submitted, NOTHING);
  return {
    run,
    revive: reviveUnlessRunning,
    isRunning: () => running,
    adopt() {
      take();
      saved = null;
      snapshot()?.(progress.submitted, NOTHING);
    },
    destroy() {
      destroyed = true;
      saved = null;
      progress.runtime.destroy();
    },
    check() {
      if (!isBehind()) context.check();
    },
    change(writes, before) {
      const step = changes.add(writes, before, isBehind());
      const last = flying.at(-1);
      if (last && performance.now() - keptAt > KEEP) last.snapshot = snapshot();
      return step;
    },
  };
}
