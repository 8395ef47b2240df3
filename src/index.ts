/**
 * Everything for pages, and all but the device for Node: engine, layers, losses, optimizers, data, operators, errors.
 * @module rectigrad
 */

// Declares the operators as methods of tensors; without it, a program that imports the package would not see them.
import './ops/methods.ts';

export type { Dataset } from './data/dataset.ts';
/** Data sets: of your own, handwritten digits, points in the plane. */
export * as data from './data/index.ts';
export { createEngine, type Engine, type EngineOptions } from './engine.ts';
export * from './errors.ts';
export type { Shape } from './graph/shape.ts';
export type { ParameterKind } from './graph/state.ts';
export type { DType, Tensor } from './graph/tensor.ts';
/** Layers, losses and initialisations, named as in PyTorch. */
export * as nn from './nn/index.ts';
export type { Module } from './nn/module.ts';
export { type BatchNormOptions, batchNorm } from './ops/batchnorm.ts';
export { concat } from './ops/concat.ts';

export { type Conv2dOptions, type ConvOptions, conv2d, convTranspose2d } from './ops/conv.ts';
export { add, expand, mul, sub } from './ops/elementwise.ts';
export { grad } from './ops/grad.ts';
export { type LayerNormOptions, layerNorm } from './ops/layernorm.ts';
export { linear, matmul } from './ops/matmul.ts';
export { avgPool2d, maxPool2d, type PoolOptions } from './ops/pool.ts';
export { mean, sum } from './ops/reduce.ts';
export { detach, reshape } from './ops/reshape.ts';
export { localResponseNorm, type ResponseNormOptions } from './ops/responsenorm.ts';
export { upsampleNearest2d } from './ops/upsample.ts';

/** Optimizers and learning-rate schedules. */
export * as optim from './optim/index.ts';
export type { Optimizer } from './optim/optimizer.ts';
export type { Cost, KernelCall, Plan } from './plan/plan.ts';
export { type OwnRectifier, type Rectifier, type RectifierName, rectifiers } from './rectifiers.ts';
export { type CheckpointFacts, readCheckpoint } from './train/checkpoint.ts';
export { checkRectifier, type Disagreement, type RectifierCheck } from './train/checkrectifier.ts';
export type { CompileOptions, InputSpec, Step } from './train/compile.ts';
export type { Evaluation } from './train/evaluate.ts';
export type { Loss } from './train/loss.ts';
export type { PretrainOptions, PretrainReport } from './train/pretrain.ts';
export {
  type Compiler,
  type ExpectedOptions,
  expectedSpread,
  type Probe,
  type ProbeOptions,
  probe,
  type Spread,
} from './train/probe.ts';
export type { RectifierReport, Report } from './train/report.ts';
export type { Histogram, LayerStatistics, TelemetryOptions } from './train/telemetry.ts';
export type { RunOptions, Trainer, TrainerOptions } from './train/trainer.ts';
