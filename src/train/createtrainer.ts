// Trains a model on a data set that lies on the GPU: batches are drawn, gathered and trained on there, and the host
// reads a few numbers now and then.
import { ArgumentError, DataError, DeviceError } from '../errors.ts';
import type { Range } from '../gpu/runtime.ts';
import type { Graph } from '../graph/graph.ts';
import { sizeOf } from '../graph/shape.ts';
import type { State } from '../graph/state.ts';
import type { Module } from '../nn/module.ts';
import { gather, turn } from '../ops/clock.ts';
import { type Groups, isRate, mergeGroups } from '../optim/rates.ts';
import { checkKeys, kindOf } from '../options.ts';
import { coresOf } from '../plan/plan.ts';
import { batchesOf } from './batches.ts';
import type { Write } from './changes.ts';
import { checkData, checkOptions } from './checkoptions.ts';
import { type decode, encode } from './checkpoint.ts';
import { ringBuffer } from './drive.ts';
import { createEvaluator, createEvaluators } from './evaluate.ts';
import { buildForBatch } from './fit.ts';
import { checkFacts, checkPieces, keptOf, piecesOf, writesOf } from './kept.ts';
import { checkLoss } from './loss.ts';
import { denseLayers, type PretrainOptions, type PretrainReport, pretrainLayers } from './pretrain.ts';
import { type Report, rectifierReports } from './report.ts';
import { createRunner } from './run.ts';
import type { Interval, Progress } from './runner.ts';
import { type Session, trainedOf } from './session.ts';
import { telemetryOf } from './telemetry.ts';
import type { RunOptions, Trainer, TrainerOptions } from './trainer.ts';

/** Of a step, counted from 0; the last rate holds on. */
const rateIn = (table: Float32Array<ArrayBuffer>, index: number) => table[Math.min(index, table.length - 1)] ?? 0;

/** See Engine.trainer; with `from`, Engine.load. */
export async function createTrainer(
  session: Session,
  model: Module,
  options: TrainerOptions,
  from?: ReturnType<typeof decode>,
): Promise<Trainer> {
  checkOptions(model, options);
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
  const samples = source(data);
  const batch = Math.min(batchSize, data.count);
  const stepsPerEpoch = Math.ceil(data.count / batch);
  const ring = ringBuffer();
  const same = { samples: data.count, batchSize: batch, shuffle, optimizer: optimizer.name };
  // Of the numbers that it draws; an engine that loads it may have another.
  const seed = from?.facts.seed ?? host.seed;
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
    ...(from && { cores: from.facts.cores, overwritten: true }),
  });
  const { batches, rates, telemetry, hasAccuracy, countsValidRows, dense } = traced;
  const state = host.state(model) as State;
  const kept = keptOf(plan, batches.rows);
  let table = rates.table.initial?.() as Float32Array<ArrayBuffer>;
  let groups: Groups = {};
  if (from) {
    try {
      checkPieces(from.pieces, kept, state);
      ({ groups } = from.facts);
      const writes = writesOf(kept, from.pieces, state);
      const rests = writes.find(({ buffer }) => buffer.name === 'rates')?.words;
      try {
        optimizer.regroup(host, model, groups, from.facts.step, rests && new Uint32Array(rests));
      } catch (error) {
        throw new DataError(`load: the file has groups of another model: ${(error as Error).message}`);
      }
      for (const { buffer, offset, words } of writes) {
        context.write(buffer, words, offset);
        if (buffer === rates.table) table.set(new Float32Array(words.buffer));
      }
    } catch (error) {
      runtime.destroy();
      for (const giveBack of graph.claims) giveBack();
      throw error;
    }
  }

  const { ranges: slopes, describe } = rectifierReports(graph.rectifiers);
  const evaluators = createEvaluators((set) => createEvaluator(session, model, loss, set, countsValidRows));
  const progress: Progress = { runtime, submitted: from?.facts.step ?? 0 };
  const runner = createRunner(context, progress, {
    ring,
    told: [...slopes, ...telemetry.ranges],
    kept,
    stepsPerEpoch,
    stepsPerSubmit,
    parameters: state.parameters,
    shared: trainedOf(host, state.parameters),
    rateOf: (index) => rateIn(table, index),
    onRecovery(step, reason) {
      evaluators.clear();
      onRecovery(step, reason);
    },
  });
  if (from) await runner.adopt();
  let destroyed = false;
  let pretraining = false;
  /** Takes a step and puts the state back: until then, nobody may look at it. */
  let profiling: Promise<readonly number[] | null> | null = null;
  const asked = new Set<Promise<unknown>>();

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
    if (pretraining || profiling || runner.isRunning())
      throw new ArgumentError('pretrain: this trainer is running; end that loop first');
    pretraining = true;
    try {
      await runner.lend();
      yield* pretrainLayers(model, dense, wanted, (coder, own) =>
        createTrainer(session, coder, { ...options, telemetry: false, ...own }),
      );
    } finally {
      pretraining = false;
      await runner.adopt();
    }
  }

  async function* run(wanted?: RunOptions): AsyncGenerator<Report, void, void> {
    if (pretraining) throw new ArgumentError('run: this trainer is pre-training; end that loop first');
    if (profiling) throw new ArgumentError('run: this trainer is profiling; await that first');
    for await (const interval of runner.run(wanted)) yield report(interval);
  }

  async function ask<T>(question: () => Promise<T>): Promise<T> {
    await profiling?.catch(() => undefined);
    const answer = runner.ask(question);
    asked.add(answer);
    try {
      return await answer;
    } finally {
      asked.delete(answer);
    }
  }
  const read = (ranges: readonly Range[]) => ask(() => progress.runtime.read(ranges));

  async function profile(): Promise<readonly number[] | null> {
    await Promise.allSettled(asked);
    const before = await runner.ask(() => progress.runtime.read(kept));
    const { runtime: own } = progress;
    try {
      return await own.profile();
    } finally {
      if (!own.isLost())
        for (const [index, { buffer }] of kept.entries()) context.write(buffer, before[index] ?? new Uint32Array(0));
    }
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
      checkData('evaluate', set);
      return ask(() => evaluators.evaluate(set));
    },
    set(changed) {
      checkKeys('set', changed, { lr: 1, groups: 1 });
      const { lr, groups: wantedGroups } = changed;
      if (lr !== undefined && !isRate(lr))
        throw new ArgumentError(`set: lr must be finite in float32 and at least 0, got ${kindOf(lr)}`);
      if (destroyed) throw new DeviceError('set: this trainer was destroyed; make a new one');
      // It would be undone.
      if (profiling) throw new ArgumentError('set: this trainer is profiling; await that first');
      runner.check();
      const writes: Write[] = [];
      const before = table;
      if (wantedGroups) {
        writes.push(optimizer.regroup(host, model, wantedGroups, runner.reached()));
        groups = mergeGroups(groups, wantedGroups);
      }
      if (lr !== undefined) {
        const first = Math.min(progress.submitted, table.length - 1);
        table = table.slice().fill(lr, first);
        writes.push({ buffer: rates.table, words: table.slice(first), offset: 4 * first });
      }
      return runner.change(writes, (index) => rateIn(before, index));
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
    save: (note = '') =>
      ask(async () => {
        const { submitted: step, runtime: current } = progress;
        const facts = { step, seed, ...same, groups, cores: coresOf(current.plan), note };
        return encode(facts, piecesOf(kept, await current.read(kept), state));
      }),
    async profile() {
      if (pretraining || profiling || runner.isRunning())
        throw new ArgumentError('profile: this trainer is running; end that loop first');
      profiling = profile();
      try {
        return await profiling;
      } finally {
        profiling = null;
      }
    },
    destroy() {
      destroyed = true;
      runner.destroy();
      evaluators.destroy();
    },
  };
}
