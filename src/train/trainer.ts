// Trains a model on a data set that lies on the GPU: batches are drawn, gathered and trained on there, and the host
// reads a few numbers now and then.
import type { Dataset } from '../data/dataset.ts';
import { ArgumentError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { sizeOf } from '../graph/shape.ts';
import type { Module } from '../nn/module.ts';
import { gather, turn } from '../ops/clock.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import type { Groups } from '../optim/rates.ts';
import type { Plan } from '../plan/plan.ts';
import { batchesOf } from './batches.ts';
import { type Landed, NOTHING, pace, RING, ringBuffer, submit, sumOf, type Tally } from './drive.ts';
import { createEvaluator, type Evaluation, type Evaluator } from './evaluate.ts';
import { buildForBatch } from './fit.ts';
import { checkLoss, type Loss } from './loss.ts';
import { denseLayers, type PretrainOptions, type PretrainReport, pretrainLayers } from './pretrain.ts';
import { type RectifierReport, type Report, rectifierReports } from './report.ts';
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
   * Throws ArgumentError for options out of range or while another run goes on, DeviceError when the device is lost.
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
  /** Frees what belongs to this trainer alone; the model keeps its parameters. */
  readonly destroy: () => void;
}

/** A submit on its way. */
interface Flying {
  readonly steps: number;
  /** The step it ends with, counted from 1, and that step's learning rate. */
  readonly last: number;
  readonly lr: number;
  /** A report is due after it. */
  readonly due: boolean;
  readonly since: number;
  readonly result: Promise<Landed>;
}

const positive = (what: string, value: number) => {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new ArgumentError(`${what} must be a whole number of at least 1, got ${value}`);
};

/** See Engine.trainer. */
export async function createTrainer(session: Session, model: Module, options: TrainerOptions): Promise<Trainer> {
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
    return { outputs: {}, rates, telemetry, hasAccuracy, countsValidRows, dense };
  };
  const { graph, plan, runtime, traced } = await buildForBatch(session, batch, traceFor, {
    onProgress,
    detectAnomaly,
  });
  const { rates, telemetry, hasAccuracy, countsValidRows, dense } = traced;

  const { ranges: slopes, describe } = rectifierReports(graph.rectifiers);
  const told = [...slopes, ...telemetry.ranges];
  const evaluators = new Map<Dataset, Promise<Evaluator>>();
  const table = rates.table.initial?.() as Float32Array<ArrayBuffer>;
  const rateOf = (index: number) => table[Math.min(index, table.length - 1)] ?? 0;
  const speed = pace(stepsPerSubmit);
  let submitted = 0;
  let running = false;

  const report = (tally: Tally, { extra }: Landed, { last, lr }: Flying): Report => ({
    step: last,
    epoch: last / stepsPerEpoch,
    loss: tally.loss / tally.rows,
    accuracy: hasAccuracy ? tally.correct / tally.rows : undefined,
    lr,
    ...withTelemetry(extra),
  });

  function withTelemetry(words: readonly Uint32Array<ArrayBuffer>[]): Pick<Report, 'rectifiers' | 'gradNorm'> {
    const { layers, gradNorm } = telemetry.read(words.slice(slopes.length));
    return { rectifiers: describe(words, layers), ...(gradNorm !== undefined && { gradNorm }) };
  }

  async function* pretrain(wanted: PretrainOptions): AsyncGenerator<PretrainReport, void, void> {
    if (running) throw new ArgumentError('pretrain: this trainer is running; end that loop first');
    running = true;
    try {
      yield* pretrainLayers(model, dense, wanted, (coder, own) =>
        createTrainer(session, coder, { ...options, telemetry: false, ...own }),
      );
    } finally {
      running = false;
    }
  }

  async function* run(options: RunOptions = {}): AsyncGenerator<Report, void, void> {
    const { epochs = 1, steps: total, every } = options;
    if (epochs !== Number.POSITIVE_INFINITY) positive('run: epochs', epochs);
    if (total !== undefined) positive('run: steps', total);
    if (every !== undefined) positive('run: every', every);
    if (running) throw new ArgumentError('run: this trainer is already running; end that loop first');
    running = true;
    // By default, a run that was left within an epoch goes on to the end of that one first.
    const start = every === undefined ? Math.floor(submitted / stepsPerEpoch) * stepsPerEpoch : submitted;
    const interval = every ?? stepsPerEpoch;
    const end = total === undefined ? start + epochs * stepsPerEpoch : submitted + total;
    let tally = NOTHING;
    let before = performance.now();
    const flying: Flying[] = [];
    try {
      while (submitted < end || flying.length > 0) {
        while (submitted < end && flying.length < 2) {
          const due = Math.min(start + (Math.floor((submitted - start) / interval) + 1) * interval, end);
          const steps = Math.min(speed.next(), due - submitted);
          const result = submit(runtime, submitted, steps, ring, submitted + steps === due ? told : null);
          // It is awaited below; until then, a failure must not count as unhandled.
          result.catch(() => undefined);
          submitted += steps;
          flying.push({
            steps,
            last: submitted,
            lr: rateOf(submitted - 1),
            due: submitted === due,
            since: performance.now(),
            result,
          });
        }
        const head = flying.shift();
        if (!head) break;
        const landed = await head.result;
        // The GPU began with it when it was submitted, or when the one before had landed.
        speed.landed(head.steps, landed.at - Math.max(before, head.since));
        before = landed.at;
        tally = sumOf(tally, landed.tally);
        if (head.due) {
          yield report(tally, landed, head);
          tally = NOTHING;
        }
      }
    } finally {
      await Promise.allSettled(flying.map(({ result }) => result));
      running = false;
    }
  }

  return {
    plan,
    stepsPerEpoch,
    get step() {
      return submitted;
    },
    run,
    pretrain,
    async evaluate(set) {
      const evaluator = evaluators.get(set) ?? createEvaluator(session, model, loss, set, countsValidRows);
      evaluators.set(set, evaluator);
      evaluator.catch(() => evaluators.delete(set));
      return (await evaluator).run();
    },
    set({ lr, groups }) {
      if (lr !== undefined && !(Number.isFinite(lr) && lr >= 0))
        throw new ArgumentError(`set: lr must be a finite number of at least 0, got ${lr}`);
      context.check();
      if (groups) {
        const { buffer, words } = optimizer.regroup(host, model, groups);
        context.write(buffer, words);
      }
      if (lr !== undefined) {
        const from = Math.min(submitted, table.length - 1);
        context.write(rates.table, table.fill(lr, from).slice(from), 4 * from);
      }
      return submitted;
    },
    async rectifiers() {
      return describe(await runtime.runAndRead(0, slopes));
    },
    async parameters() {
      const entries = host.state(model)?.entries ?? [];
      const ranges = entries.map(({ place, shape }) => ({ ...place, bytes: 4 * sizeOf(shape) }));
      const read = await runtime.runAndRead(0, ranges);
      return Object.fromEntries(
        entries.map(({ name }, index) => [name, new Float32Array(read[index]?.buffer ?? new ArrayBuffer(0))]),
      );
    },
    destroy() {
      runtime.destroy();
      for (const evaluator of evaluators.values())
        evaluator.then(
          ({ destroy }) => destroy(),
          () => undefined,
        );
      evaluators.clear();
    },
  };
}
