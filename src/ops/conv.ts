// Convolutions of images: what they take, and which operator computes them.
import { ShapeError } from '../errors.ts';
import { show } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { conv, transposed } from './convproduct.ts';
import { add } from './elementwise.ts';
import { groupedConv } from './groupedconv.ts';
import { checkFloats } from './operator.ts';

/** How {@link conv2d} and {@link convTranspose2d} move their kernel; the same in both directions. */
export interface ConvOptions {
  /** Pixels from one place of the kernel to the next. Default 1. */
  readonly stride?: number;
  /** Rows and columns of zeros around each image. Default 0. */
  readonly padding?: number;
  /** Pixels from one tap of the kernel to the next. Default 1. */
  readonly dilation?: number;
}

/** What {@link conv2d} takes. */
export interface Conv2dOptions extends ConvOptions {
  /** Parts that input and output channels are divided into; each output sees the inputs of its part alone. Default 1. */
  readonly groups?: number;
}

function checked(name: string, x: Tensor, w: Tensor, b: Tensor | null, options: ConvOptions) {
  checkFloats(name, x, w, b);
  const { stride = 1, padding = 0, dilation = 1 } = options;
  for (const [what, value, least] of [
    ['stride', stride, 1],
    ['padding', padding, 0],
    ['dilation', dilation, 1],
  ] as const)
    if (!Number.isSafeInteger(value) || value < least)
      throw new ShapeError(`${name}: ${what} must be a whole number of at least ${least}, got ${value}`);
  const [images, height, width, channels] = x.shape;
  const [kernelHeight, kernelWidth, third, fourth] = w.shape;
  if (x.shape.length !== 4 || !images || !height || !width || !channels)
    throw new ShapeError(
      `${name}: expected images of shape [images, height, width, channels], got ${show(x.shape)}; reshape them`,
    );
  if (w.shape.length !== 4 || !kernelHeight || !kernelWidth || !third || !fourth)
    throw new ShapeError(`${name}: expected weights of four axes, kernel height and width first, got ${show(w.shape)}`);
  return { stride, padding, dilation, images, height, width, channels, kernelHeight, kernelWidth, third, fourth };
}

/** The length of what a kernel of `taps` covers. */
const reach = (taps: number, dilation: number) => (taps - 1) * dilation + 1;

/**
 * Cross-correlation of images with a kernel: y[i, p, q, o] = b[o] + Σ x[i, p·stride − padding + r·dilation, q·… + s·dilation, c] w[r, s, c, o],
 * with zeros outside of the images.
 *
 * x: [images, height, width, in]; w: [kernel height, kernel width, in / groups, out]; b: [out] or null;
 * y: [images, ⌊(height + 2 padding − (kernel − 1) dilation − 1) / stride⌋ + 1, …, out]. Gradients of all three.
 * Throws ShapeError for shapes that do not fit, and images (with their padding) smaller than the kernel.
 */
export function conv2d(x: Tensor, w: Tensor, b: Tensor | null = null, options: Conv2dOptions = {}): Tensor {
  const of = checked('conv2d', x, w, b, options);
  const { images, height, width, channels, kernelHeight, kernelWidth, stride, padding, dilation } = of;
  const { groups = 1 } = options;
  if (!Number.isSafeInteger(groups) || groups < 1 || channels % groups !== 0 || of.fourth % groups !== 0)
    throw new ShapeError(
      `conv2d: groups must be a whole number that divides ${channels} input and ${of.fourth} output channels, got ${groups}`,
    );
  if (of.third !== channels / groups)
    throw new ShapeError(
      `conv2d: images ${show(x.shape)} have ${channels} channels${groups > 1 ? `, ${channels / groups} in each of ${groups} groups` : ''}, weights ${show(w.shape)} take ${of.third}`,
    );
  if (b && (b.shape.length !== 1 || b.shape[0] !== of.fourth))
    throw new ShapeError(`conv2d: got a bias of shape ${show(b.shape)}; expected [${of.fourth}]`);
  const [outHeight, outWidth] = [
    [height, kernelHeight],
    [width, kernelWidth],
  ].map(([length = 0, taps = 0]) => Math.floor((length + 2 * padding - reach(taps, dilation)) / stride) + 1);
  if (!outHeight || !outWidth || outHeight < 1 || outWidth < 1)
    throw new ShapeError(
      `conv2d: images of ${height} x ${width} with padding ${padding} are smaller than the kernel, ${reach(kernelHeight, dilation)} x ${reach(kernelWidth, dilation)}; use a smaller kernel or more padding`,
    );
  if (groups > 1) {
    const sizes = { height, width, channels, out_height: outHeight, out_width: outWidth, out_channels: of.fourth };
    const kernel = { kernel_width: kernelWidth, taps: kernelHeight * kernelWidth, depth: of.third };
    const shape = [images, outHeight, outWidth, of.fourth];
    const y = groupedConv(x, w, { ...sizes, ...kernel, stride, padding, dilation }, shape);
    return b ? add(y, b) : y;
  }
  return conv(x, w, b, {
    images,
    height,
    width,
    channels,
    outHeight,
    outWidth,
    outChannels: of.fourth,
    kernelWidth,
    taps: kernelHeight * kernelWidth,
    stride,
    padding,
    dilation,
  });
}

/**
 * What {@link conv2d} does to its images' gradient, as a layer of its own: each pixel of x adds its kernel, times its value, to y.
 *
 * x: [images, height, width, in]; w: [kernel height, kernel width, out, in]; b: [out] or null;
 * y: [images, (height − 1) stride − 2 padding + (kernel − 1) dilation + 1, …, out]. Gradients of all three. Throws ShapeError.
 */
export function convTranspose2d(x: Tensor, w: Tensor, b: Tensor | null = null, options: ConvOptions = {}): Tensor {
  const of = checked('convTranspose2d', x, w, b, options);
  const { images, height, width, channels, kernelHeight, kernelWidth, stride, padding, dilation } = of;
  if (of.fourth !== channels)
    throw new ShapeError(
      `convTranspose2d: images ${show(x.shape)} have ${channels} channels, weights ${show(w.shape)} take ${of.fourth}`,
    );
  if (b && (b.shape.length !== 1 || b.shape[0] !== of.third))
    throw new ShapeError(`convTranspose2d: got a bias of shape ${show(b.shape)}; expected [${of.third}]`);
  const full = (length: number, taps: number) => (length - 1) * stride - 2 * padding + reach(taps, dilation);
  const [toHeight, toWidth] = [full(height, kernelHeight), full(width, kernelWidth)];
  if (toHeight < 1 || toWidth < 1)
    throw new ShapeError(
      `convTranspose2d: padding ${padding} leaves nothing of images ${show(x.shape)} and kernel ${show(w.shape)}`,
    );
  return transposed(x, w, b, {
    images,
    height: toHeight,
    width: toWidth,
    channels: of.third,
    outHeight: height,
    outWidth: width,
    outChannels: channels,
    kernelWidth,
    taps: kernelHeight * kernelWidth,
    stride,
    padding,
    dilation,
  });
}
