import { ArgumentError, ShapeError } from '../errors.ts';
import { show } from '../graph/shape.ts';
import type { InitialValues, ParameterSpec } from '../graph/state.ts';
import type { Tensor } from '../graph/tensor.ts';
import { type BatchNormOptions, batchNorm } from '../ops/batchnorm.ts';
import { checkNumber } from '../ops/channels.ts';
import { type LayerNormOptions, layerNorm as normaliseRows } from '../ops/layernorm.ts';
import { localResponseNorm as normaliseResponse, type ResponseNormOptions } from '../ops/responsenorm.ts';
import { checkKeys } from '../options.ts';
import { type Module, module } from './module.ts';

/** What {@link batchNorm1d} and {@link batchNorm2d} take beside their channels. */
export interface BatchNormLayerOptions extends Omit<BatchNormOptions, 'running'> {
  /** Learn a scale and a shift for each channel, initially 1 and 0. Default true. */
  readonly affine?: boolean;
}

/** What {@link layerNorm} takes beside its features. */
export interface LayerNormLayerOptions extends LayerNormOptions {
  /** Learn a scale and a shift for each feature, initially 1 and 0. Default true. */
  readonly affine?: boolean;
}

const all =
  (value: number): InitialValues =>
  ({ shape: [count = 0] }) =>
    new Float32Array(count).fill(value);

function checkWidth(name: string, what: string, width: number): void {
  if (!Number.isSafeInteger(width) || width < 1)
    throw new ArgumentError(`nn.${name}: ${what} must be a whole number of at least 1, got ${width}`);
}

/** A scale and a shift for each channel of x, if wanted. */
function affineOf(width: number, affine: boolean): (x: Tensor) => readonly [Tensor | null, Tensor | null] {
  const scale: ParameterSpec = { name: 'weight', kind: 'norm' };
  const shift: ParameterSpec = { name: 'bias', kind: 'norm' };
  return ({ graph }) =>
    affine ? [graph.parameter(scale, [width], all(1)), graph.parameter(shift, [width], all(0))] : [null, null];
}

function batchNormOver(name: string, axes: string, channels: number, given: BatchNormLayerOptions): Module {
  checkKeys(`nn.${name}`, given, { affine: 1, eps: 1, momentum: 1 });
  const { affine = true, ...options } = given;
  checkWidth(name, 'channels', channels);
  checkNumber(`nn.${name}: eps`, options.eps ?? 1, 0, Number.MAX_VALUE, true);
  checkNumber(`nn.${name}: momentum`, options.momentum ?? 0, 0, 1);
  const rank = axes.split(',').length + 1;
  const parameters = affineOf(channels, affine);
  const runningMean: ParameterSpec = { name: 'running_mean', kind: 'buffer' };
  const runningVar: ParameterSpec = { name: 'running_var', kind: 'buffer' };
  return module((x) => {
    if (x.shape.length !== rank || x.shape.at(-1) !== channels)
      throw new ShapeError(
        `nn.${name}(${channels}): expected an input of shape [${axes}, ${channels}], got ${show(x.shape)}`,
      );
    const [w, b] = parameters(x);
    const mean = x.graph.parameter(runningMean, [channels], all(0));
    const variance = x.graph.parameter(runningVar, [channels], all(1));
    return batchNorm(x, w, b, { ...options, running: { mean, variance } });
  });
}

/**
 * Batch normalisation of rows, y = (x − mean) / √(variance + eps) · w + b for each channel, PyTorch's BatchNorm1d.
 *
 * x, y: [rows, channels]; w, b: [channels]. In training, mean and variance are those of the batch, without the empty rows
 * of a short last one; evaluation takes the running ones, which each step of training updates (`momentum`, 0.1, is the
 * batch's share). Parameters: `weight`, `bias` (`affine`; never decayed), and `running_mean`, `running_var`, which no
 * optimizer touches. Throws ArgumentError for numbers out of range, ShapeError when traced on another shape.
 * Ioffe & Szegedy 2015.
 */
export const batchNorm1d = (channels: number, options: BatchNormLayerOptions = {}): Module =>
  batchNormOver('batchNorm1d', 'rows', channels, options);

/**
 * Batch normalisation of images, PyTorch's BatchNorm2d with channels last: {@link batchNorm1d} over all pixels.
 *
 * x, y: [images, height, width, channels]. Parameters and errors are the same.
 */
export const batchNorm2d = (channels: number, options: BatchNormLayerOptions = {}): Module =>
  batchNormOver('batchNorm2d', 'images, height, width', channels, options);

/**
 * Layer normalisation, y = (x − mean) / √(variance + eps) · w + b, mean and variance of each row's features; PyTorch's
 * LayerNorm over the last axis.
 *
 * x, y: [rows, …, features]; w, b: [features]. Parameters: `weight`, `bias` (`affine`; never decayed). Throws
 * ArgumentError for numbers out of range, ShapeError when traced on other features. Ba et al. 2016.
 */
export function layerNorm(features: number, given: LayerNormLayerOptions = {}): Module {
  checkKeys('nn.layerNorm', given, { affine: 1, eps: 1 });
  const { affine = true, ...options } = given;
  checkWidth('layerNorm', 'features', features);
  checkNumber('nn.layerNorm: eps', options.eps ?? 1, 0, Number.MAX_VALUE, true);
  const parameters = affineOf(features, affine);
  return module((x) => {
    if (x.shape.length < 2 || x.shape.at(-1) !== features)
      throw new ShapeError(
        `nn.layerNorm(${features}): expected an input of shape [rows, …, ${features}], got ${show(x.shape)}`,
      );
    return normaliseRows(x, ...parameters(x), options);
  });
}

/**
 * Local response normalisation, y = x / (k + alpha · mean of x² over `size` neighbouring channels)^beta, PyTorch's
 * LocalResponseNorm with channels last.
 *
 * x, y: [rows, …, channels]; the window reaches ⌊size / 2⌋ channels back and ⌊(size − 1) / 2⌋ on, with zeros beyond the
 * ends. Default alpha 1e-4, beta 0.75, k 1. Throws, when traced, what the operator throws. Krizhevsky et al. 2012.
 */
export function localResponseNorm(size = 5, options: ResponseNormOptions = {}): Module {
  checkKeys('nn.localResponseNorm', options, { alpha: 1, beta: 1, k: 1 });
  return module((x) => normaliseResponse(x, size, options));
}
