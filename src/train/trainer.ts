// What a trainer is, as the world sees it.
import type { Dataset } from '../data/dataset.ts';
import type { RectigradError } from '../errors.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import type { Groups } from '../optim/rates.ts';
import type { Plan } from '../plan/plan.ts';
import type { Evaluation } from './evaluate.ts';
import type { Loss } from './loss.ts';
import type { PretrainOptions, PretrainReport } from './pretrain.ts';
import type { RectifierReport, Report } from './report.ts';
import type { TelemetryOptions } from './telemetry.ts';
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
  /**
   * Asked before each submit of new steps: training stands still, even between two reports, until what it returns is
   * resolved.
   */
  readonly gate?: () => Promise<void> | undefined;
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
   * Loss and accuracy on a data set of any size, in eval mode. The four sets that were evaluated last stay on the GPU.
   * Throws ShapeError and DataError for one that does not fit, DeviceError once the trainer is destroyed.
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
  /**
   * Microseconds of each of `plan.kernels()`, from one step run call by call, whose changes are then undone; null where the
   * device has no timestamps. Browsers round them, often to 100 µs. Throws ArgumentError while a run goes on, as a run and
   * `set` do meanwhile; questions wait for it.
   */
  readonly profile: () => Promise<readonly number[] | null>;
  /** Frees what belongs to this trainer alone; the model keeps its parameters. */
  readonly destroy: () => void;
}
