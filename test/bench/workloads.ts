// What is measured: three small networks and random data of the right shape. Runs in Node and in a page.
import { data, type Loss, type Module, nn, type Optimizer, optim, type RectifierName } from '../../src/index.ts';
import { uniform } from '../../src/random.ts';

/** Steps of a submit. */
export const K = 20;

/** A multiple of every batch size, so that no batch is short. */
export const SAMPLES = 2048;

/** A multilayer perceptron, a rectifier after each layer but the last; plain facts, for peers to build the same. */
export interface Workload {
  readonly name: string;
  /** From input to output. */
  readonly widths: readonly number[];
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
    widths: [784, 256, 128, 10],
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
    widths: [784, 256, 128, 10],
    rectifier: 'prelu',
    loss: 'crossEntropy',
    optimizer: 'adam',
    lr: 1e-3,
    momentum: 0,
    batch: 128,
    idealBytes: 5_964_920,
  },
  {
    name: 'W6',
    widths: [2, 16, 16, 1],
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

export function modelOf({ widths, rectifier, options = {} }: Workload): Module {
  return nn.sequential(
    ...widths.slice(1).flatMap((width, index) => {
      const layer = nn.linear(widths[index]!, width);
      return index < widths.length - 2 ? [layer, nn.rectifier(rectifier, options)] : [layer];
    }),
  );
}

export function optimizerOf({ optimizer, lr, momentum }: Workload): Optimizer {
  return optimizer === 'sgd' ? optim.sgd({ lr, momentum }) : optim.adam({ lr });
}

export const lossOf = ({ loss }: Workload): Loss => nn[loss];

/** SAMPLES samples, x uniform in [-1, 1); labels, or targets in [-1, 1): the same in every run. */
export function samplesOf({ name, widths, loss }: Workload): data.FloatDataset {
  const [inputs = 1] = widths;
  const outputs = widths.at(-1) ?? 1;
  const floats = (stream: number, count: number) =>
    Float32Array.from({ length: count }, (_, index) => 2 * uniform(0, stream, index) - 1);
  const x = floats(1, SAMPLES * inputs);
  return loss === 'mse'
    ? data.dataset({ name, shape: [inputs], x, y: floats(2, SAMPLES * outputs), targetShape: [outputs] })
    : data.dataset({
        name,
        shape: [inputs],
        x,
        y: Uint32Array.from({ length: SAMPLES }, (_, index) => Math.floor(outputs * uniform(0, 2, index))),
        classes: outputs,
      });
}
