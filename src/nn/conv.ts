import { ArgumentError, ShapeError } from '../errors.ts';
import { show, sizeOf } from '../graph/shape.ts';
import type { ParameterSpec } from '../graph/state.ts';
import type { Tensor } from '../graph/tensor.ts';
import { type Conv2dOptions, conv2d as convolve, convTranspose2d as convolveBack } from '../ops/conv.ts';
import { checkKeys } from '../options.ts';
import { checkInit, type Init, initialValues } from './init.ts';
import { type Module, module } from './module.ts';

/** What {@link conv2d} takes beside its channels and kernel; {@link convTranspose2d} takes no groups. */
export interface ConvLayerOptions extends Conv2dOptions {
  /** Add a learned bias to each channel, initially 0. Default true. */
  readonly bias?: boolean;
  /** How the weights start. Default 'auto'. */
  readonly init?: Init;
}

type Convolve = typeof convolve;

function layer(
  name: string,
  operator: Convolve,
  [inChannels, outChannels, kernel]: readonly [number, number, number],
  shape: readonly [number, number],
  given: ConvLayerOptions,
  fans?: Parameters<typeof initialValues>[0]['fans'],
): Module {
  checkKeys(`nn.${name}`, given, { stride: 1, padding: 1, dilation: 1, groups: 1, bias: 1, init: 1 });
  const { bias = true, init = 'auto', ...options } = given;
  for (const [what, value] of Object.entries({ inChannels, outChannels, kernel }))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new ArgumentError(`nn.${name}: ${what} must be a whole number of at least 1, got ${value}`);
  if (shape.some((channels) => !Number.isSafeInteger(channels)) || outChannels % (options.groups ?? 1) !== 0)
    throw new ArgumentError(
      `nn.${name}: groups must divide ${inChannels} input and ${outChannels} output channels, got ${options.groups}`,
    );
  checkInit(init);
  const weight: ParameterSpec = { name: 'weight', kind: 'weight' };
  const offset: ParameterSpec = { name: 'bias', kind: 'bias' };
  return module((x) => {
    if (x.shape.length !== 4 || x.shape[3] !== inChannels)
      throw new ShapeError(
        `nn.${name}(${inChannels}, ${outChannels}, ${kernel}): expected an input of shape [images, height, width, ${inChannels}], got ${show(x.shape)}`,
      );
    const w = x.graph.parameter(weight, [kernel, kernel, ...shape], (context) =>
      initialValues({ ...context, init, ...(fans && { fans }) }),
    );
    const b = bias ? x.graph.parameter(offset, [outChannels], ({ shape }) => new Float32Array(sizeOf(shape))) : null;
    return operator(x, w, b, options);
  });
}

/**
 * A convolution layer of square kernels, y = x ⋆ W + b, PyTorch's Conv2d with channels last.
 *
 * x: [images, height, width, inChannels]; W: [kernel, kernel, inChannels / groups, outChannels]; b: [outChannels];
 * y: [images, ⌊(height + 2 padding − (kernel − 1) dilation − 1) / stride⌋ + 1, …, outChannels].
 * Parameters: `weight`, `bias`. Throws ArgumentError for numbers below 1 and unknown initialisations, ShapeError when
 * traced on images of other channels, or smaller than the kernel.
 */
export const conv2d = (
  inChannels: number,
  outChannels: number,
  kernel: number,
  options: ConvLayerOptions = {},
): Module =>
  layer(
    'conv2d',
    convolve,
    [inChannels, outChannels, kernel],
    [inChannels / (options.groups ?? 1), outChannels],
    options,
  );

/**
 * A transposed convolution layer, PyTorch's ConvTranspose2d with channels last: what {@link conv2d} does to gradients.
 *
 * x: [images, height, width, inChannels]; W: [kernel, kernel, outChannels, inChannels]; b: [outChannels];
 * y: [images, (height − 1) stride − 2 padding + (kernel − 1) dilation + 1, …, outChannels].
 * Parameters: `weight`, `bias`. Throws as {@link conv2d} does.
 */
export const convTranspose2d = (
  inChannels: number,
  outChannels: number,
  kernel: number,
  options: Omit<ConvLayerOptions, 'groups'> = {},
): Module =>
  layer('convTranspose2d', convolveBack, [inChannels, outChannels, kernel], [outChannels, inChannels], options, () => ({
    // Its weights are those of the convolution that it undoes: [.., out, in]. An output sees each stride-th row and column.
    fanIn: (inChannels * kernel ** 2) / (options.stride ?? 1) ** 2,
    fanOut: outChannels * kernel ** 2,
  }));

/** Each sample in one row, y: [images, …] → [images, all the rest]: from convolutions to nn.linear. */
export const flatten = (): Module => module((x: Tensor) => x.reshape([x.shape[0] ?? 1, -1]));

/**
 * Each sample in the shape `shape`, y: [images, …] → [images, ...shape]: from rows to images. Throws ShapeError, when
 * traced, for samples of another size.
 */
export const unflatten = (shape: readonly number[]): Module =>
  module((x: Tensor) => x.reshape([x.shape[0] ?? 1, ...shape]));
