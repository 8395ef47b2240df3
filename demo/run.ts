// One training run: builds engine, model and trainer from the state, and yields what the views draw, as plain numbers.
// It knows no page and no worker.
import {
  type Cost,
  createEngine,
  data,
  type Evaluation,
  type KernelCall,
  nn,
  type RectifierReport,
  RectigradError,
  type Spread,
  type TelemetryOptions,
  type Trainer,
} from '../src/index.ts';
import { entriesOf } from './check.ts';
import type { Sets } from './choices.ts';
import { someOf } from './excerpt.ts';
import { networkOf, optimizerOf } from './factories.ts';
import { createGate } from './gate.ts';
import { createLosable } from './losable.ts';
import { firstShape } from './network.ts';
import { createPredictor, type Predictor } from './predict.ts';
import type { State } from './state.ts';
import { theoryOf } from './theory.ts';
import type { Weights } from './views/filters.ts';
import { type Guess, guessesOf } from './views/logits.ts';

/** Bins wider than what is drawn of a curve, so that the ends, which count what lies beyond, are not seen. */
export const telemetry: TelemetryOptions = { histogram: [-6, 3] };

/** What is known at one point of a run. Losses are means over samples, accuracies shares from 0 to 1. */
export interface Moment {
  readonly step: number;
  /** Epochs trained; a fraction within one. */
  readonly epoch: number;
  /** Over the samples since the last moment; null before the first step. */
  readonly loss: number | null;
  readonly accuracy: number | null;
  /** Over the current epoch so far; at its end, over all of it. */
  readonly epochLoss: number | null;
  readonly epochAccuracy: number | null;
  /** On the test set, where this moment ends an epoch, and at the start; null elsewhere. */
  readonly test: Evaluation | null;
  readonly samplesPerSecond: number | null;
  readonly stepsPerSecond: number | null;
  readonly rectifiers: readonly RectifierReport[];
}

export interface OpenOptions {
  /** Goes on from what `save` gave, with the same data and network; the file's learning rates hold. */
  readonly file?: Uint8Array<ArrayBuffer>;
  /** Hears of every kernel that is compiled. */
  readonly onProgress?: (ready: number, total: number) => void;
}

export interface MomentsOptions {
  /** Hears that the GPU device was lost, and training goes on with another one from the state after `step`. */
  readonly onRecovery?: (step: number) => void;
}

export interface Run {
  readonly adapter: string;
  /** How strong signal and gradient are expected to be in each layer of the first weights; null where there is no theory. */
  readonly theory: Spread | null;
  /** Trained when it was opened: 0, or what a file had come to. */
  readonly step: number;
  /** The network as it begins first, then about eight moments a second, until all epochs are done. */
  readonly moments: (options?: MomentsOptions) => AsyncGenerator<Moment, void, void>;
  /** Training stands still after what is on its way to the GPU; gives the step that it stands at. */
  readonly pause: () => number;
  readonly resume: () => void;
  readonly set: Trainer['set'];
  readonly evaluate: () => Promise<Evaluation>;
  readonly save: Trainer['save'];
  readonly predict: Predictor['predict'];
  readonly guesses: () => Promise<readonly Guess[]>;
  readonly firstWeights: () => Promise<Pick<Weights, 'values' | 'shape'>>;
  /** Takes the GPU device away. */
  readonly lose: () => void;
  readonly plan: () => { readonly text: string; readonly cost: Cost };
  /** The calls of a step, and the paths of the rectifiers. */
  readonly kernels: () => Promise<{ readonly calls: readonly KernelCall[]; readonly rectifiers: readonly string[] }>;
  /** Of each call, as Trainer.profile; for while training stands still. */
  readonly profile: Trainer['profile'];
  readonly close: () => void;
}

/** Compiles everything; throws the engine's own errors, whose messages are made to be shown. */
export async function openRun(
  state: State,
  { train, test }: Sets,
  { file, onProgress }: OpenOptions = {},
): Promise<Run> {
  const { gpu, lose } = createLosable();
  const engine = await createEngine({ seed: state.seed, ...(gpu && { gpu }) });
  try {
    const rectifiers = await entriesOf(engine, state);
    const network = networkOf(state, train, rectifiers);
    let hear: MomentsOptions['onRecovery'];
    const { predict, renew } = createPredictor(engine, network, train);
    const options = {
      data: train,
      batchSize: state.batch,
      loss: nn.crossEntropy,
      telemetry,
      optimizer: optimizerOf(state),
      onProgress,
      onRecovery(step: number) {
        renew();
        hear?.(step);
      },
    };
    const trainer = await (file ? engine.load(file, network, options) : engine.trainer(network, options));
    // A run that stands still at its gate cannot be timed: another trainer of the same calls is, with weights of its own.
    let twin: ReturnType<typeof engine.trainer> | null = null;
    const openTwin = () =>
      engine.trainer(networkOf(state, train, rectifiers), {
        ...options,
        optimizer: optimizerOf(state),
        onProgress: undefined,
        onRecovery: undefined,
      });
    const gate = createGate();
    const { stepsPerEpoch } = trainer;
    const batch = Math.min(state.batch, train.count);
    const samplesUpTo = (step: number) =>
      Math.floor(step / stepsPerEpoch) * train.count + (step % stepsPerEpoch) * batch;

    const looked = someOf(test);
    const evaluate = () => trainer.evaluate(test);

    async function* moments({ onRecovery }: MomentsOptions = {}): AsyncGenerator<Moment, void, void> {
      hear = onRecovery;
      const unknown = { loss: null, accuracy: null, epochLoss: null, epochAccuracy: null };
      yield {
        step: trainer.step,
        epoch: trainer.step / stepsPerEpoch,
        ...unknown,
        samplesPerSecond: null,
        stepsPerSecond: null,
        test: await evaluate(),
        rectifiers: await trainer.rectifiers(),
      };
      let speed: number | null = null;
      while (trainer.step < state.epochs * stepsPerEpoch) {
        const first = trainer.step;
        // A file may have been saved within an epoch.
        const done = Math.floor(first / stepsPerEpoch);
        const { epochs, every } = portion({ stepsPerEpoch, done, total: state.epochs, speed });
        const last = (done + epochs) * stepsPerEpoch;
        let [from, spent, lossSum, correct] = [first, 0, 0, 0];
        let before = gate.clock();
        const reports = trainer.run({ steps: last - first, every, gate: gate.pass });
        for await (const { step, epoch, loss, accuracy = 0, rectifiers } of reports) {
          if (!Number.isFinite(loss))
            throw new RectigradError(
              `After step ${step} the loss is no finite number any more. The learning rate may be too high, or the rectifier may give none for some x: change it, and train again.`,
            );
          spent += Math.max(gate.clock() - before, 0.1);
          speed = (1000 * (step - first)) / spent;
          const samples = samplesUpTo(step) - samplesUpTo(from);
          lossSum += samples * loss;
          correct += samples * accuracy;
          from = step;
          const all = samplesUpTo(step) - samplesUpTo(first);
          yield {
            step,
            epoch,
            loss,
            accuracy,
            epochLoss: lossSum / all,
            epochAccuracy: correct / all,
            test: step === last ? await evaluate() : null,
            samplesPerSecond: (1000 * all) / spent,
            stepsPerSecond: speed,
            rectifiers,
          };
          before = gate.clock();
        }
      }
    }

    return {
      adapter: engine.adapter,
      theory: theoryOf(state, train, rectifiers),
      step: trainer.step,
      moments,
      pause() {
        gate.shut();
        return trainer.step;
      },
      resume: gate.open,
      set: trainer.set,
      evaluate,
      save: trainer.save,
      predict,
      async guesses() {
        const { x, y, count, classes = 1 } = data.toFloats(looked);
        return guessesOf(await predict(x, count), y, classes);
      },
      async firstWeights() {
        const [values = new Float32Array(0)] = Object.values(await trainer.parameters());
        return { values, shape: firstShape(state, train, values.length) };
      },
      lose,
      plan: () => ({ text: String(trainer.plan), cost: trainer.plan.cost() }),
      async kernels() {
        const rectifiers = await trainer.rectifiers();
        return { calls: trainer.plan.kernels(), rectifiers: rectifiers.map(({ layer }) => layer) };
      },
      async profile() {
        twin ??= openTwin();
        return (await twin).profile();
      },
      close() {
        engine.destroy();
        gate.open(); // what waits there ends
      },
    };
  } catch (error) {
    engine.destroy();
    throw error;
  }
}

/** The adapter's name. Throws UnsupportedError where nothing can be trained. */
export async function probe(): Promise<string> {
  const engine = await createEngine();
  engine.destroy();
  return engine.adapter;
}

const REPORTS_PER_SECOND = 8;
/** However fast the device is, a run has about as many moments, so that there is a curve to see. */
const PORTIONS = 20;

/**
 * How far to train next, and how many steps from one report to the next: whole epochs, the last one alone, so that
 * its mean is known. `speed`: steps per second; null at first.
 */
export function portion(run: {
  readonly stepsPerEpoch: number;
  readonly done: number;
  readonly total: number;
  readonly speed: number | null;
}): { readonly epochs: number; readonly every: number } {
  const { stepsPerEpoch, done, total } = run;
  const steps = (run.speed ?? stepsPerEpoch) / REPORTS_PER_SECOND;
  const most = Math.max(1, Math.min(Math.floor(total / PORTIONS), total - done - 1));
  const epochs = Math.max(1, Math.min(Math.floor(steps / stepsPerEpoch), most));
  const parts = epochs > 1 ? 1 : Math.max(1, Math.round(stepsPerEpoch / Math.max(steps, 1)));
  return { epochs, every: Math.ceil((epochs * stepsPerEpoch) / parts) };
}
