import { avgPool2d as average, maxPool2d as largest, type PoolOptions } from '../ops/pool.ts';
import { mean } from '../ops/reduce.ts';
import { checkKeys } from '../options.ts';
import { type Module, module } from './module.ts';

/** Max pooling, PyTorch's MaxPool2d with channels last. x: [images, height, width, channels]. Throws ShapeError when traced. */
export const maxPool2d = (kernel: number, options: PoolOptions = {}): Module =>
  pooling('maxPool2d', largest, kernel, options);

/** Average pooling, PyTorch's AvgPool2d with channels last. x: [images, height, width, channels]. Throws ShapeError when traced. */
export const avgPool2d = (kernel: number, options: PoolOptions = {}): Module =>
  pooling('avgPool2d', average, kernel, options);

function pooling(name: string, operator: typeof average, kernel: number, options: PoolOptions): Module {
  checkKeys(`nn.${name}`, options, { stride: 1, padding: 1, ceilMode: 1 });
  return module((x) => operator(x, kernel, options));
}

/** The mean of each channel over the whole image: [images, height, width, channels] → [images, channels]. */
export const globalAvgPool2d = (): Module => module((x) => mean(x, { axes: [1, 2] }));
