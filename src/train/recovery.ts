// The state of a trainer past the loss of its device: read back now and then, and had again on the next device.
import { DeviceError, type RectigradError } from '../errors.ts';
import type { Context } from '../gpu/context.ts';
import type { Range, Runtime } from '../gpu/runtime.ts';
import type { BufferSpec } from '../graph/tensor.ts';
import { coresOf } from '../plan/plan.ts';
import { createChanges } from './changes.ts';
import { NOTHING } from './drive.ts';
import type { Flying, Progress, Snapshot } from './runner.ts';
import type { Trained } from './session.ts';

/** Milliseconds from one snapshot to the next, at least. */
const KEEP = 1000;
/** Devices that may be lost one after the other, without anything that landed between. */
const PATIENCE = 5;

export function createRecovery(
  context: Context,
  progress: Progress,
  {
    kept,
    parameters,
    shared,
    onRecovery,
    settle,
    train,
  }: {
    /** Read back now and then, to go on from. */
    readonly kept: readonly Range[];
    /** The model's own, which `shared` is of. */
    readonly parameters: BufferSpec;
    readonly shared: Trained;
    readonly onRecovery: (step: number, reason: RectigradError) => void;
    /** Waits for what is on its way to the GPU, and forgets it. */
    readonly settle: () => Promise<void>;
    /** Trains steps that were trained before; nothing new is to be kept of them. */
    readonly train: (steps: number) => Promise<void>;
  },
) {
  let saved: Snapshot | null = null;
  let keptAt = Number.NEGATIVE_INFINITY;
  let keptStep = 0;
  /** Steps that were submitted before the device was lost; a run that comes to fewer since then is catching up. */
  let goal = 0;
  const reached = () => Math.max(goal, progress.submitted);
  const changes = createChanges(context, () => progress.submitted, reached);
  let lost = 0;
  let running = false;
  /** The step at which the run waits for its caller: after a report, or at the gate. */
  let resting: number | null = null;
  let reviving: Promise<void> | null = null;
  /** Called when the run has come to where it was, rests or has ended. */
  const waiting: (() => void)[] = [];
  let destroyed = false;

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
      read.then((words) => {
        saved = { step, words, tally };
        changes.forget(made);
      });
  }

  /** The state as it is now, whenever that is read back; what was kept before will do as well. */
  function keep(): void {
    snapshot()?.(progress.submitted, NOTHING).catch(() => undefined);
  }

  /** Its device was lost, and can be followed by another. */
  const isBehind = () => context.renewable && progress.runtime.isLost();

  /** Nobody else has trained the model since the state that was kept. */
  const isOwn = () => shared.by === null || shared.by === progress;

  function wake(): void {
    for (const each of waiting.splice(0)) each();
  }

  /** The run trains again what it had trained. */
  const isCatchingUp = () => running && resting === null && progress.submitted < goal;

  function wakeIf(): void {
    if (!isCatchingUp()) wake();
  }

  /** `except` is left as it is. */
  async function recover(error: unknown, except?: BufferSpec): Promise<void> {
    if (!(error instanceof DeviceError) || !saved || !context.renewable || destroyed) throw error;
    if (!(await progress.runtime.wasLost(true))) throw error;
    if (!except && !isOwn())
      throw new DeviceError(
        'the GPU device was lost after another trainer had trained this model, and this one cannot tell what came of it; load what that one saves, or create a new trainer',
      );
    const from = saved;
    goal = reached();
    do {
      if (lost >= PATIENCE) throw error;
      lost += 1;
    } while (!(await rebuild(from, except)));
    if (destroyed) throw error;
    keptStep = from.step;
    onRecovery(from.step, error);
    wakeIf();
  }

  /** On another device, which then has the state that was kept; false if that one was lost meanwhile. */
  async function rebuild({ step, words }: Snapshot, except?: BufferSpec): Promise<boolean> {
    let next: Runtime | null = null;
    const { plan } = progress.runtime;
    try {
      await context.renew();
      next = await context.build(plan, undefined, coresOf(plan));
      for (const [index, { buffer }] of kept.entries()) {
        const own = words[index];
        if (own && buffer !== except) context.write(buffer, own);
      }
      progress.submitted = step;
      changes.startAgain();
    } catch (error) {
      next?.destroy();
      if (error instanceof DeviceError && (await context.wasLost())) return false;
      throw error;
    }
    progress.runtime.destroy();
    progress.runtime = next;
    if (destroyed) next.destroy();
    return true;
  }

  const between = () => new DeviceError('the GPU device was lost between two steps; create a new engine');

  async function bringBack(): Promise<void> {
    if (destroyed || !progress.runtime.isLost()) return;
    // What was submitted beyond a report is submitted again when the run goes on, which may be before all is back.
    const goal = resting ?? progress.submitted;
    await settle();
    await recover(between());
    const steps = goal - progress.submitted;
    if (steps > 0) await train(steps);
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

  const woken = () => new Promise<void>((resolve) => waiting.push(resolve));

  /** Asks again if the device is lost meanwhile. */
  async function ask<T>(question: () => Promise<T>): Promise<T> {
    for (;;) {
      await reviveUnlessRunning();
      if (isCatchingUp()) {
        await woken();
        continue;
      }
      const { runtime } = progress;
      try {
        const answer = await question();
        lost = 0;
        return answer;
      } catch (error) {
        if (!(error instanceof DeviceError) || !context.renewable || destroyed) throw error;
        if (progress.runtime !== runtime) continue;
        if (!(await runtime.wasLost(true))) throw error;
        if (running && resting === null && progress.runtime === runtime) await woken();
      }
    }
  }

  /** What is asked from now on may have to bring all back to `step`. */
  function stand(step: number): void {
    resting = step;
    wake();
  }

  async function goOn(): Promise<void> {
    resting = null;
    if (reviving) await reviving;
  }

  /** The model, as it is, must outlive this trainer. */
  function leave(): void {
    if (!context.renewable || destroyed) return;
    const { runtime } = progress;
    const words = runtime.read([{ buffer: parameters, offset: 0, bytes: parameters.bytes }]).then(
      ([own]) => own,
      () => {
        throw new DeviceError(
          'the GPU device was lost before what a trainer had made of this model, when it was destroyed, was read back; create a new engine, or load what was saved',
        );
      },
    );
    words.catch(() => undefined);
    shared.left = { runtime, words };
  }

  /** From now on, what comes of the model is this trainer's. */
  function take(): void {
    shared.by = progress;
    shared.left = null;
    shared.revive = reviveUnlessRunning;
  }

  // There may be a loss before the first run.
  keep();
  return {
    changes,
    ask,
    recover: (error: unknown) => recover(error),
    take,
    stand,
    goOn,
    isBehind,
    /** The tally of the state that is gone on from. */
    tally: () => saved?.tally ?? NOTHING,
    /** Its gate waits until it has. */
    isCatchingUp,
    /** Steps were submitted. */
    flew(): void {
      changes.catchUp();
      wakeIf();
    },
    /** Something has landed: the device works. */
    works(): void {
      lost = 0;
    },
    async begin(): Promise<void> {
      running = true;
      await revive();
    },
    end(): void {
      resting = null;
      running = false;
      goal = 0;
      wake();
    },
    isRunning: () => running,
    /** The state that the loop begins with; what was kept is of no use once somebody else has trained. */
    start(): void {
      if (!isOwn()) saved = null;
      keep();
    },
    /** After what was just submitted, if it is time. */
    snapshotIf: (isDue: boolean) => (isDue && !reviving && performance.now() - keptAt > KEEP ? snapshot() : null),
    keptStep: () => keptStep,
    lend: () => ask(async () => snapshot()?.(progress.submitted, NOTHING)),
    async adopt(): Promise<void> {
      // What it has trained is on the new device by now.
      if (isBehind()) await recover(between(), parameters);
      take();
      saved = null;
      keep();
    },
    destroy(): void {
      if (shared.by === progress) leave();
      destroyed = true;
      saved = null;
      progress.runtime.destroy();
    },
  };
}
