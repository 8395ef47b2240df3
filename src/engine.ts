// createEngine: one GPU device and the states of the models that are trained on it.

import { ArgumentError, type DeviceError } from './errors.ts';
import { createContext } from './gpu/context.ts';
import { type DeviceSource, openDevice } from './gpu/device.ts';
import type { Tensor } from './graph/tensor.ts';
import type { Module } from './nn/module.ts';
import { createStates } from './nn/states.ts';
import { gemms } from './ops/matmul.ts';
import { checkKeys } from './options.ts';
import { decode } from './train/checkpoint.ts';
import { type CompileOptions, compileStep, type InputSpec, type Step } from './train/compile.ts';
import { createTrainer } from './train/createtrainer.ts';
import { createSession } from './train/session.ts';
import type { Trainer, TrainerOptions } from './train/trainer.ts';
import { nameOf } from './wgsl/compose.ts';

/** What {@link createEngine} takes: a seed, and where the device comes from. */
export interface EngineOptions extends DeviceSource {
  /** Seeds initial weights and the order of samples; a whole number from 0 to 2³² − 1. Default 0. */
  readonly seed?: number;
  /**
   * The kernel that computes matrix products: 'gemm', 'gemm_8x8', 'gemm_shared' or 'gemm_quad'. Default: the fastest for
   * each product, by a short measurement. All give the same bits.
   */
  readonly gemm?: string;
}

/** One GPU device and the states of the models that are trained on it. */
export interface Engine {
  /** The adapter's name, for people: vendor, architecture, device. */
  readonly adapter: string;
  /** The seed that it was created with. */
  readonly seed: number;
  /**
   * Prepares training: uploads the data, compiles every kernel.
   * Throws ShapeError and ArgumentError for what does not fit together, DataError for labels out of range, LimitError
   * for what the device cannot hold; before anything is allocated.
   */
  readonly trainer: (model: Module, options: TrainerOptions) => Promise<Trainer>;
  /**
   * A trainer that goes on from a file that `trainer.save()` made, given the same model, data and options: what comes next
   * is to the bit as if the run had not been interrupted, on the same device. The file's learning rates and parameter
   * groups hold, not those of the options.
   * Throws as `trainer` does; DataError for a file that is none, is damaged or was written by a later version; ShapeError
   * for another model, ArgumentError for other data or another optimizer.
   */
  readonly load: (file: Uint8Array | ArrayBuffer, model: Module, options: TrainerOptions) => Promise<Trainer>;
  /**
   * Traces `fn` once, with symbols for its inputs, into a step: an own loop, a forward pass, a gradient check.
   * `fn` returns the tensors to read, by name. Throws as `trainer` does.
   */
  readonly compile: <const I extends Readonly<Record<string, InputSpec>>, O extends Readonly<Record<string, Tensor>>>(
    inputs: I,
    fn: (tensors: { readonly [K in keyof I]: Tensor }) => O,
    options?: CompileOptions,
  ) => Promise<Step<I, keyof O & string>>;
  /**
   * Resolves with the reason when the device is destroyed, or lost and there is no other: from one that WebGPU took away,
   * trainers recover.
   */
  readonly lost: Promise<DeviceError>;
  /** Frees all GPU memory. Pending reads fail with a DeviceError. */
  readonly destroy: () => void;
}

/**
 * Opens a GPU device, that of `navigator.gpu` unless `options` bring another.
 *
 * Throws UnsupportedError where there is none, ArgumentError for a bad seed or an unknown gemm.
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  checkKeys('createEngine', options, { seed: 1, gemm: 1, gpu: 1, adapter: 1, device: 1 });
  const { seed = 0, gemm } = options;
  if (!Number.isSafeInteger(seed) || seed < 0 || seed > 0xffffffff)
    throw new ArgumentError(`createEngine: seed must be a whole number from 0 to 4294967295, got ${seed}`);
  const known = gemms.map(nameOf);
  if (gemm !== undefined && !known.includes(gemm))
    throw new ArgumentError(`createEngine: unknown gemm '${gemm}'; one of ${known.sort().join(', ')}`);
  const context = createContext(await openDevice(options), gemm);
  const session = createSession(context, createStates(seed));
  return {
    adapter: context.name,
    seed,
    trainer: (model, trainerOptions) => createTrainer(session, model, trainerOptions),
    async load(file, model, trainerOptions) {
      return createTrainer(session, model, trainerOptions, decode(file));
    },
    compile: (inputs, fn, compileOptions) => compileStep(session, inputs, fn, compileOptions),
    lost: context.lost,
    destroy: context.destroy,
  };
}
