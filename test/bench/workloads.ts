// What is measured: four small networks and random data of the right shape. Runs in Node and in a page.
import { sizeOf } from '../../src/graph/shape.ts';
import { data, type Loss, type Module, nn, type Optimizer, optim, type RectifierName } from '../../src/index.ts';
import { uniform } from '../../src/random.ts';

/** Steps of a submit. */
export const K = 20;

/** A multiple of every batch size, so that no batch is short. */
export const SAMPLES = 2048;

/** A network with a rectifier after each layer but the last; plain facts, for peers to build the same. */
export interface Workload {
  readonly name: string;
  /** Of a sample: a row, or an image [rows, columns, channels]. */
  readonly shape: readonly number[];
  /** Of each layer, [in, out]; [rows, columns, in, out]: a convolution without padding, and max pooling of 2 x 2 after it. */
  readonly weights: readonly (readonly number[])[];
  readonly rectifier: RectifierName;
  readonly options?: NonNullable<Parameters<typeof nn.rectifier>[1]>;
  /** Softmax cross-entropy over the outputs as classes, or the mean squared error. */
  readonly loss: 'crossEntropy' | 'mse';
  readonly optimizer: 'sgd' | 'adam';
  readonly lr: number;
  /** Of sgd. */
  readonly momentum: number;
  readonly batch: number;
  /** Bytes of a step that is fused as far as can be: each tensor once per call, read_write once. */
  readonly idealBytes: number;
}

export const workloads: readonly Workload[] = [
  {
    name: 'W1',
    shape: [784],
    weights: [
      [784, 256],
      [256, 128],
      [128, 10],
    ],
    rectifier: 'relu',
    loss: 'crossEntropy',
    optimizer: 'sgd',
    lr: 0.01,
    momentum: 0.9,
    batch: 64,
    idealBytes: 3_988_048,
  },
  {
    name: 'W3',
    shape: [784],
    weights: [
      [784, 256],
      [256, 128],
      [128, 10],
    ],
    rectifier: 'prelu',
    loss: 'crossEntropy',
    optimizer: 'adam',
    lr: 1e-3,
    momentum: 0,
    batch: 128,
    idealBytes: 5_964_920,
  },
  {
    name: 'W4',
    shape: [28, 28, 1],
    weights: [
      [5, 5, 1, 8],
      [5, 5, 8, 16],
      [256, 10],
    ],
    rectifier: 'prelu',
    loss: 'crossEntropy',
    optimizer: 'adam',
    lr: 1e-3,
    momentum: 0,
    batch: 64,
    idealBytes: 2_701_848,
  },
  {
    name: 'W6',
    shape: [2],
    weights: [
      [2, 16],
      [16, 16],
      [16, 1],
    ],
    rectifier: 'relu',
    loss: 'mse',
    optimizer: 'sgd',
    lr: 0.01,
    momentum: 0.9,
    batch: 32,
    idealBytes: 32_520,
  },
];

export const named = (name: string): Workload => workloads.find((workload) => workload.name === name)!;

export function modelOf({ weights, rectifier, options = {} }: Workload): Module {
  return nn.sequential(
    ...weights.flatMap((shape, index) => {
      const [inputs = 0, outputs = 0] = shape.slice(-2);
      const rectify = index < weights.length - 1 ? [nn.rectifier(rectifier, options)] : [];
      if (shape.length === 4) return [nn.conv2d(inputs, outputs, shape[0] ?? 0), ...rectify, nn.maxPool2d(2)];
      const flat = weights[index - 1]?.length === 4 ? [nn.flatten()] : [];
      return [...flat, nn.linear(inputs, outputs), ...rectify];
    }),
  );
}

export function optimizerOf({ optimizer, lr, momentum }: Workload): Optimizer {
  return optimizer === 'sgd' ? optim.sgd({ lr, momentum }) : optim.adam({ lr });
}

export const lossOf = ({ loss }: Workload): Loss => nn[loss];

/** Of the last layer. */
export const outputsOf = ({ weights }: Workload): number => weights.at(-1)?.at(-1) ?? 0;

/** SAMPLES samples, x uniform in [-1, 1); labels, or targets in [-1, 1): the same in every run. */
export function samplesOf(workload: Workload): data.FloatDataset {
  const { name, shape, loss } = workload;
  const outputs = outputsOf(workload);
  const floats = (stream: number, count: number) =>
    Float32Array.from({ length: count }, (_, index) => 2 * uniform(0, stream, index) - 1);
  const x = floats(1, SAMPLES * sizeOf(shape));
  return loss === 'mse'
    ? data.dataset({ name, shape, x, y: floats(2, SAMPLES * outputs), targetShape: [outputs] })
    : data.dataset({
        name,
        shape,
        x,
        y: Uint32Array.from({ length: SAMPLES }, (_, index) => Math.floor(outputs * uniform(0, 2, index))),
        classes: outputs,
      });
}
