// Trains a model on a data set that lies on the GPU: batches are drawn, gathered and trained on there, and the host
// reads a few numbers now and then.
import type { Dataset } from '../data/dataset.ts';
import { ArgumentError, type RectigradError } from '../errors.ts';
import type { Range } from '../gpu/runtime.ts';
import type { Graph } from '../graph/graph.ts';
import { sizeOf } from '../graph/shape.ts';
import type { State } from '../graph/state.ts';
import type { Module } from '../nn/module.ts';
import { gather, turn } from '../ops/clock.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import { type Groups, mergeGroups } from '../optim/rates.ts';
import { coresOf, type Plan } from '../plan/plan.ts';
import { batchesOf } from './batches.ts';
import { type decode, encode } from './checkpoint.ts';
import { RING, ringBuffer } from './drive.ts';
import { createEvaluator, type Evaluation, type Evaluator } from './evaluate.ts';
import { buildForBatch } from './fit.ts';
import { checkFacts, checkPieces, keptOf, piecesOf, writesOf } from './kept.ts';
import { checkLoss, type Loss } from './loss.ts';
import { denseLayers, type PretrainOptions, type PretrainReport, pretrainLayers } from './pretrain.ts';
import { type RectifierReport, type Report, rectifierReports } from './report.ts';
import { createRunner, type Interval, type Progress, positive } from './run.ts';
import type { Session } from './session.ts';
import { type TelemetryOptions, telemetryOf } from './telemetry.ts';

/** What {@link Engine.trainer} takes beside the model. */
export interface TrainerOptions {
  /** What is trained on; it is uploaded once. */
  readonly data: Dataset;
  /** Samples of a step. The last batch of an epoch may have fewer. */
  readonly batchSize: number;
  /** What is minimised: `nn.crossEntropy`, `nn.bceWithLogits`, `nn.mse`, or a function of your own. */
  readonly loss: Loss;
  /** One that no other trainer or step uses for this model. */
  readonly optimizer: Optimizer;
  /** Draw samples in a new order each epoch. Default true. */
  readonly shuffle?: boolean;
  /** Steps that go to the GPU at once, 1 to 64; never changes a result. By default it follows the device's speed. */
  readonly stepsPerSubmit?: number;
  /** Tells in reports what goes on inside. Default: nothing, at no cost. */
  readonly telemetry?: boolean | TelemetryOptions;
  /**
   * Look through all results of every step for numbers that are not finite; a run then throws NonFiniteError, which names
   * the first. Default false.
   */
  readonly detectAnomaly?: boolean;
  /** Hears of every kernel that is compiled. */
  readonly onProgress?: (ready: number, total: number) => void;
  /**
   * Hears when the GPU device was lost in mid-run and training goes on, on another one, from the state after `step`; what
   * is trained again has the same bits, and is not reported again.
   */
  readonly onRecovery?: (step: number, reason: RectigradError) => void;
}

/** How far {@link Trainer.run} goes, and how often it reports. */
export interface RunOptions {
  /** Default 1; Infinity trains until stopped. An epoch that an earlier run was left in counts as the first. */
  readonly epochs?: number;
  /** Steps to train, instead of whole epochs. */
  readonly steps?: number;
  /** Steps from one report to the next. By default a report comes with the end of each epoch. */
  readonly every?: number;
}

/** A model in training on a data set that lies on the GPU. */
export interface Trainer {
  /** The calls of a step: print it, or ask its cost(). */
  readonly plan: Plan;
  /** Steps of an epoch. */
  readonly stepsPerEpoch: number;
  /** Steps trained so far, those on their way included. */
  readonly step: number;
  /**
   * Trains on from where the last run ended. Leaving the loop stops; what is on its way to the GPU still runs.
   * If the device is lost, it goes on with another from a state that was read back (at most once an epoch and a second),
   * unless the engine was given a device or an adapter of the caller's.
   * Throws ArgumentError for options out of range or while another run goes on, DeviceError when the device is lost for good.
   */
  readonly run: (options?: RunOptions) => AsyncGenerator<Report, void, void>;
  /**
   * Loss and accuracy on a data set of any size, in eval mode.
   * Throws ShapeError and DataError for one that does not fit.
   */
  readonly evaluate: (data: Dataset) => Promise<Evaluation>;
  /**
   * Changes the learning rate, or how groups of parameters learn (added to what held before), from the next step on that
   * was not submitted yet; returns that step (from 0). Throws ArgumentError, and then changes nothing.
   */
  readonly set: (options: { readonly lr?: number; readonly groups?: Groups }) => number;
  /**
   * Greedy layer-wise pre-training: each nn.linear that feeds a rectifier learns in turn, from the first to the last, to
   * reconstruct its own input, y = f(x W + b) → y Wᵀ, by the mean squared error; labels are not looked at, and the
   * rectifiers' parameters rest. Leaving the loop stops. Hinton et al. 2006 and Bengio et al. 2007, in miniature.
   *
   * Throws ArgumentError for options out of range, a model without such a layer, or while a run goes on.
   */
  readonly pretrain: (options: PretrainOptions) => AsyncGenerator<PretrainReport, void, void>;
  /** The rectifiers' parameters as they are now. */
  readonly rectifiers: () => Promise<readonly RectifierReport[]>;
  /**
   * The model's parameters as they are now, running statistics included, by PyTorch's names (`0.weight`), row-major;
   * dense weights are [in, out].
   */
  readonly parameters: () => Promise<Readonly<Record<string, Float32Array<ArrayBuffer>>>>;
  /**
   * The whole run as a file, in the safetensors format: parameters, moments, running statistics, step and place in the epoch,
   * learning rates and what `set` changed, as they are after the steps submitted so far. `note`: words of the caller's.
   * `engine.load` goes on from it as if it had not been interrupted, to the bit on the same device.
   */
  readonly save: (note?: string) => Promise<Uint8Array<ArrayBuffer>>;
  /** Frees what belongs to this trainer alone; the model keeps its parameters. */
  readonly destroy: () => void;
}

/** See Engine.trainer; with `from`, Engine.load. */
export async function createTrainer(
  session: Session,
  model: Module,
  options: TrainerOptions,
  from?: ReturnType<typeof decode>,
): Promise<Trainer> {
  const {
    data,
    batchSize,
    loss,
    optimizer,
    shuffle = true,
    stepsPerSubmit,
    telemetry: wanted = false,
    detectAnomaly,
    onProgress,
    onRecovery = () => undefined,
  } = options;
  const { context, host, source } = session;
  positive('trainer: batchSize', batchSize);
  if (
    stepsPerSubmit !== undefined &&
    !(Number.isSafeInteger(stepsPerSubmit) && stepsPerSubmit >= 1 && stepsPerSubmit <= RING)
  )
    throw new ArgumentError(`trainer: stepsPerSubmit must be a whole number from 1 to ${RING}, got ${stepsPerSubmit}`);
  const samples = source(data);
  const batch = Math.min(batchSize, data.count);
  const stepsPerEpoch = Math.ceil(data.count / batch);
  const ring = ringBuffer();
  const same = { samples: data.count, batchSize: batch, shuffle, optimizer: optimizer.name };
  if (from) checkFacts(from.facts, same);

  const traceFor = (batch: number) => (graph: Graph) => {
    const batches = batchesOf(data.count, batch, shuffle, host.seed);
    const { step, rates } = optimizer.clock(graph, model, 'trainer');
    const { x, y } = gather(graph, batches, samples);
    const value = loss(model(x), y);
    const dense = denseLayers(graph).map(({ weight }) => weight);
    const hasAccuracy = checkLoss('trainer', value, y, data, batch);
    turn(value, step, { rates, batches, ring });
    const telemetry = telemetryOf(graph, wanted === true ? {} : wanted || { layers: false });
    graph.normAt = telemetry.norm;
    optimizer.update(value, model);
    telemetry.trace();
    const countsValidRows = graph.notes(value).countsValidRows ?? false;
    return { outputs: {}, batches, rates, telemetry, hasAccuracy, countsValidRows, dense };
  };
  const { graph, plan, runtime, traced } = await buildForBatch(session, batch, traceFor, {
    onProgress,
    detectAnomaly,
    ...(from && { cores: from.facts.cores }),
  });
  const { batches, rates, telemetry, hasAccuracy, countsValidRows, dense } = traced;
  const state = host.state(model) as State;
  const kept = keptOf(plan, batches.rows);
  const table = rates.table.initial?.() as Float32Array<ArrayBuffer>;
  let groups: Groups = {};
  if (from) {
    try {
      checkPieces(from.pieces, kept, state);
    } catch (error) {
      runtime.destroy();
      for (const giveBack of graph.claims) giveBack();
      throw error;
    }
    for (const { buffer, offset, words } of writesOf(kept, from.pieces, state)) {
      context.write(buffer, words, offset);
      if (buffer === rates.table) table.set(new Float32Array(words.buffer));
    }
    ({ groups } = from.facts);
    optimizer.regroup(host, model, groups);
  }

  const { ranges: slopes, describe } = rectifierReports(graph.rectifiers);
  const evaluators = new Map<Dataset, Promise<Evaluator>>();
  const progress: Progress = { runtime, submitted: from?.facts.step ?? 0 };
  const runner = createRunner(context, progress, {
    ring,
    told: [...slopes, ...telemetry.ranges],
    kept,
    stepsPerEpoch,
    stepsPerSubmit,
    rateOf: (index) => table[Math.min(index, table.length - 1)] ?? 0,
    onRecovery(step, reason) {
      // Those of the lost device; they are made anew when they are asked for.
      evaluators.clear();
      onRecovery(step, reason);
    },
  });
  let pretraining = false;

  const report = ({ step, lr, tally, landed }: Interval): Report => ({
    step,
    epoch: step / stepsPerEpoch,
    loss: tally.loss / tally.rows,
    accuracy: hasAccuracy ? tally.correct / tally.rows : undefined,
    lr,
    ...withTelemetry(landed.extra),
  });

  function withTelemetry(words: readonly Uint32Array<ArrayBuffer>[]): Pick<Report, 'rectifiers' | 'gradNorm'> {
    const { layers, gradNorm } = telemetry.read(words.slice(slopes.length));
    return { rectifiers: describe(words, layers), ...(gradNorm !== undefined && { gradNorm }) };
  }

  async function* pretrain(wanted: PretrainOptions): AsyncGenerator<PretrainReport, void, void> {
    if (pretraining || runner.isRunning())
      throw new ArgumentError('pretrain: this trainer is running; end that loop first');
    pretraining = true;
    try {
      yield* pretrainLayers(model, dense, wanted, (coder, own) =>
        createTrainer(session, coder, { ...options, telemetry: false, ...own }),
      );
    } finally {
      pretraining = false;
    }
  }

  async function* run(wanted?: RunOptions): AsyncGenerator<Report, void, void> {
    if (pretraining) throw new ArgumentError('run: this trainer is pre-training; end that loop first');
    for await (const interval of runner.run(wanted)) yield report(interval);
  }

  async function read(ranges: readonly Range[]) {
    await runner.revive();
    return progress.runtime.read(ranges);
  }

  return {
    plan,
    stepsPerEpoch,
    get step() {
      return progress.submitted;
    },
    run,
    pretrain,
    async evaluate(set) {
      await runner.revive();
      const evaluator = evaluators.get(set) ?? createEvaluator(session, model, loss, set, countsValidRows);
      evaluators.set(set, evaluator);
      evaluator.catch(() => evaluators.delete(set));
      return (await evaluator).run();
    },
    set({ lr, groups: wantedGroups }) {
      if (lr !== undefined && !(Number.isFinite(lr) && lr >= 0))
        throw new ArgumentError(`set: lr must be a finite number of at least 0, got ${lr}`);
      context.check();
      const { submitted } = progress;
      if (wantedGroups) {
        const { buffer, words } = optimizer.regroup(host, model, wantedGroups);
        context.write(buffer, words);
        groups = mergeGroups(groups, wantedGroups);
      }
      if (lr !== undefined) {
        const first = Math.min(submitted, table.length - 1);
        context.write(rates.table, table.fill(lr, first).slice(first), 4 * first);
      }
      runner.changed();
      return submitted;
    },
    async rectifiers() {
      return describe(await read(slopes));
    },
    async parameters() {
      const ranges = state.entries.map(({ place, shape }) => ({ ...place, bytes: 4 * sizeOf(shape) }));
      const words = await read(ranges);
      return Object.fromEntries(
        state.entries.map(({ name }, index) => [name, new Float32Array(words[index]?.buffer ?? new ArrayBuffer(0))]),
      );
    },
    async save(note = '') {
      await runner.revive();
      const { submitted: step, runtime: current } = progress;
      const facts = { step, seed: host.seed, ...same, groups, cores: coresOf(current.plan), note };
      return encode(facts, piecesOf(kept, await current.read(kept), state));
    },
    destroy() {
      progress.runtime.destroy();
      for (const evaluator of evaluators.values())
        evaluator.then(
          ({ destroy }) => destroy(),
          () => undefined,
        );
      evaluators.clear();
    },
  };
}
