// Pooling of images: the largest or the mean of each window.
import averageCore from '../../shaders/core/average_pool.wgsl';
import maxCore from '../../shaders/core/max_pool.wgsl';
import maxDxCore from '../../shaders/core/max_pool_dx.wgsl';
import { ShapeError } from '../errors.ts';
import { type Shape, show, sizeOf } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { pooledConvolution } from './convpool.ts';
import { checkFloats, derivative, operator } from './operator.ts';

/** How {@link maxPool2d} and {@link avgPool2d} move their window; the same in both directions. */
export interface PoolOptions {
  /** Pixels from one window to the next. Default: the kernel, so that windows do not overlap. */
  readonly stride?: number;
  /** Rows and columns around each image that windows may cover; at most half the kernel. Default 0. */
  readonly padding?: number;
  /** Keep what is left at the end as a smaller window, as long as it begins within the image. Default false. */
  readonly ceilMode?: boolean;
}

/** Sizes, as the shaders name them. */
export interface Geometry {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly out_height: number;
  readonly out_width: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

function geometryOf(name: string, x: Tensor, kernel: number, options: PoolOptions) {
  checkFloats(name, x);
  const { stride = kernel, padding = 0, ceilMode = false } = options;
  const [images, height, width, channels] = x.shape;
  if (x.shape.length !== 4 || !images || !height || !width || !channels)
    throw new ShapeError(
      `${name}: expected images of shape [images, height, width, channels], got ${show(x.shape)}; reshape them`,
    );
  for (const [what, value, least, most] of [
    ['kernel', kernel, 1, Number.MAX_SAFE_INTEGER],
    ['stride', stride, 1, Number.MAX_SAFE_INTEGER],
    ['padding', padding, 0, Math.floor(kernel / 2)],
  ] as const)
    if (!Number.isSafeInteger(value) || value < least || value > most)
      throw new ShapeError(
        `${name}: ${what} must be a whole number of at least ${least}${what === 'padding' ? ` and at most half the kernel, ${most}` : ''}, got ${value}`,
      );
  const [out_height, out_width] = [height, width].map((length) => {
    const steps = (length + 2 * padding - kernel) / stride;
    if (!ceilMode) return Math.floor(steps) + 1;
    const count = Math.ceil(steps) + 1;
    // The last window begins within the image or the padding before it, as in PyTorch.
    return (count - 1) * stride >= length + padding ? count - 1 : count;
  }) as [number, number];
  if (out_height < 1 || out_width < 1)
    throw new ShapeError(
      `${name}: images of ${height} x ${width} with padding ${padding} are smaller than the kernel, ${kernel} x ${kernel}; use a smaller kernel or more padding`,
    );
  const geometry: Geometry = { height, width, channels, out_height, out_width, kernel, stride, padding };
  return { geometry, shape: [images, out_height, out_width, channels] as Shape };
}

const largest = /* @__PURE__ */ operator<readonly [Tensor, Geometry, Shape], Tensor>({
  name: 'maxPool2d',
  inputs: (x) => [x],
  forward: (graph, x, geometry, shape) => {
    const size = sizeOf(shape);
    const { out, chosen } = graph.call({
      parts: { core: maxCore },
      reads: { x },
      writes: { out: { shape }, chosen: { shape, dtype: 'u32' } },
      uniforms: { size, ...geometry },
      extent: { threads: size },
      flops: size * geometry.kernel ** 2,
    });
    return { output: out, saved: chosen };
  },
  backward: (dy, chosen, _needed, x, geometry) => [largestGradient(dy, chosen, x.shape, geometry)],
});

function largestGradient(dy: Tensor, chosen: Tensor, shape: Shape, geometry: Geometry): Tensor {
  const size = sizeOf(shape);
  const { dx } = dy.graph.call({
    parts: { core: maxDxCore },
    reads: { dy, chosen },
    writes: { dx: { shape } },
    uniforms: { size, ...geometry },
    extent: { threads: size },
    flops: size,
  });
  derivative('maxPool2d', [dy], [dx]);
  return dx;
}

function averageCall(x: Tensor, shape: Shape, geometry: Geometry, spread: boolean): Tensor {
  const size = sizeOf(shape);
  return x.graph.call({
    parts: { core: averageCore },
    reads: { x },
    writes: { out: { shape } },
    uniforms: { size, ...geometry },
    constants: { SPREAD: Number(spread) },
    extent: { threads: size },
    flops: size * geometry.kernel ** 2,
  }).out;
}

const average = /* @__PURE__ */ operator<readonly [Tensor, Geometry, Shape], null>({
  name: 'avgPool2d',
  inputs: (x) => [x],
  forward: (_, x, geometry, shape) => ({ output: averageCall(x, shape, geometry, false), saved: null }),
  backward: (dy, _saved, _needed, x, geometry) => {
    const dx = averageCall(dy, x.shape, geometry, true);
    derivative('avgPool2d', [dy], [dx]);
    return [dx];
  },
});

/**
 * The largest of each window of `kernel` x `kernel` pixels, channel by channel; what lies around an image is smaller than all of it.
 *
 * x: [images, height, width, channels]; y: [images, ⌊(height + 2 padding − kernel) / stride⌋ + 1, …, channels].
 * Gradient: dy to the first of the largest, row by row. Throws ShapeError.
 */
export function maxPool2d(x: Tensor, kernel: number, options: PoolOptions = {}): Tensor {
  const { geometry, shape } = geometryOf('maxPool2d', x, kernel, options);
  const y = largest(x, geometry, shape);
  const { height, width, out_height, out_width, stride, padding } = geometry;
  const halves = kernel === 2 && stride === 2 && padding === 0;
  const whole = out_height === Math.floor(height / 2) && out_width === Math.floor(width / 2);
  return (
    (halves && whole && pooledConvolution(x, y, (dy, chosen) => largestGradient(dy, chosen, x.shape, geometry))) || y
  );
}

/**
 * The mean of each window of `kernel` x `kernel` pixels, channel by channel; padding counts as zeros, as in PyTorch.
 *
 * x: [images, height, width, channels]; y as of {@link maxPool2d}. Gradient: dy / pixels, to each. Throws ShapeError.
 */
export function avgPool2d(x: Tensor, kernel: number, options: PoolOptions = {}): Tensor {
  const { geometry, shape } = geometryOf('avgPool2d', x, kernel, options);
  return average(x, geometry, shape);
}
