// Batch normalisation: mean and variance of each channel over the valid rows of a batch; or those that were kept.
import momentsCore from '../../shaders/core/batch_moments.wgsl';
import core from '../../shaders/core/batch_norm.wgsl';
import dxCore from '../../shaders/core/batch_norm_dx.wgsl';
import foldCore from '../../shaders/core/batch_norm_fold.wgsl';
import sumsCore from '../../shaders/core/batch_norm_sums.wgsl';
import statisticsCore from '../../shaders/core/batch_statistics.wgsl';
import { ArgumentError } from '../errors.ts';
import { sizeOf } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { checkChannels, checkNumber, constant, foldChunks, type Rows, rowsOf } from './channels.ts';
import { derivative, operator } from './operator.ts';

/** What {@link batchNorm} takes beside its tensors. */
export interface BatchNormOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
  /** How much of a running value a batch replaces, 0 to 1. Default 0.1. */
  readonly momentum?: number;
  /** What evaluation uses: state, [channels] each, which training updates. Without it, every batch has its own. */
  readonly running?: { readonly mean: Tensor; readonly variance: Tensor };
}

/** Of each channel: the mean is origin + offset. */
interface Statistics {
  readonly origin: Tensor;
  readonly offset: Tensor;
  readonly variance: Tensor;
}

interface Saved {
  readonly statistics: Statistics;
  readonly weight: Tensor;
  /** The statistics depend on x. */
  readonly own: boolean;
}

/** Workgroups for the last stage of sums over chunks: fewer channels each, the more chunks there are. */
function groupsFor({ width, chunks }: Rows) {
  const columns = 2 ** Math.max(0, 6 - Math.ceil(Math.log2(Math.max(1, chunks / 8))));
  return { columns, groups: Math.ceil(width / columns) };
}

/** Of the valid rows of x; `running` is brought up to date, if given. */
function statisticsOf(x: Tensor, momentum: number, running: BatchNormOptions['running']): Statistics {
  const { graph } = x;
  const of = rowsOf(x);
  const { rows, width, chunks } = of;
  const common = { ...of, batch: x.shape[0] ?? 1 };
  graph.counted.push({ operator: 'batchNorm', rows: common.batch });
  const { means, squares } = graph.call({
    parts: { core: momentsCore },
    reads: { x },
    writes: { means: { shape: [chunks, width] }, squares: { shape: [chunks, width] } },
    uniforms: common,
    extent: { threads: chunks * width },
    flops: 6 * rows * width,
  });
  const { columns, groups } = groupsFor(of);
  const shape = [width];
  const results = { origin: { shape }, offset: { shape }, variance: { shape } };
  const call = {
    parts: { core: statisticsCore },
    reads: { x, means, squares },
    uniforms: { ...common, columns, momentum, rest: 1 - momentum },
    constants: { TRACKED: Number(running !== undefined) },
    extent: { groups },
    touches: { x: 4 * width },
    flops: 6 * chunks * width,
    now: true,
  };
  if (!running) return graph.call({ ...call, writes: { ...results, running_mean: { shape }, running_var: { shape } } });
  return graph.call({
    ...call,
    writes: results,
    updates: { running_mean: running.mean, running_var: running.variance },
  });
}

const normalise = operator<
  readonly [
    Tensor,
    Tensor | null,
    Tensor | null,
    Required<Omit<BatchNormOptions, 'running'>>,
    BatchNormOptions['running'],
  ],
  Saved
>({
  name: 'batchNorm',
  inputs: (x, w, b) => [x, w, b].filter((tensor) => tensor !== null),
  forward: (graph, x, w, b, { eps, momentum }, running) => {
    const width = x.shape.at(-1) ?? 1;
    const size = sizeOf(x.shape);
    const weight = w ?? constant(x, width, 1);
    const own = graph.mode === 'train' || !running;
    const statistics = own
      ? statisticsOf(x, momentum, running)
      : { origin: running.mean, offset: constant(x, width, 0), variance: running.variance };
    const { y } = graph.call({
      parts: { core },
      reads: { x, ...statistics, weight, bias: b ?? constant(x, width, 0) },
      writes: { y: { shape: x.shape } },
      uniforms: { size, width, eps },
      extent: { threads: size },
      flops: 6 * size,
    });
    return { output: y, saved: { statistics, weight, own } };
  },
  backward: (dy, { statistics, weight, own }, needed, x, w, b, { eps }) => {
    const { graph } = x;
    const of = rowsOf(x);
    const { rows, width, chunks } = of;
    const batch = x.shape[0] ?? 1;
    const size = rows * width;
    const shape = [width];
    const sums = graph.call({
      parts: { core: sumsCore },
      reads: { x, dy, ...statistics },
      writes: { dweight_sums: { shape: [chunks, width] }, dbias_sums: { shape: [chunks, width] } },
      uniforms: { ...of, batch, eps },
      extent: { threads: chunks * width },
      flops: 5 * size,
    });
    const { columns, groups } = groupsFor(of);
    const { dweight, dbias, means } = own
      ? graph.call({
          parts: { core: foldCore },
          reads: sums,
          writes: { dweight: { shape }, dbias: { shape }, means: { shape: [2, width] } },
          uniforms: { rows, width, batch, chunks, columns },
          extent: { groups },
          flops: 2 * chunks * width,
        })
      : {
          dweight: foldChunks(sums.dweight_sums, of),
          dbias: foldChunks(sums.dbias_sums, of),
          means: constant(x, 2 * width, 0),
        };
    const { dx } = graph.call({
      parts: { core: dxCore },
      reads: { x, dy, ...statistics, weight, means },
      writes: { dx: { shape: x.shape } },
      uniforms: { rows, width, batch, eps },
      extent: { threads: size },
      flops: 9 * size,
    });
    derivative('batchNorm', w ? [dy, x, w] : [dy, x], [dx, dweight, dbias]);
    const found = [dx, ...(w ? [dweight] : []), ...(b ? [dbias] : [])];
    return found.map((gradient, index) => (needed[index] ? gradient : null));
  },
});

/**
 * y = (x − mean) / √(variance + eps) · w + b, channel by channel. In training, and wherever nothing is `running`, mean and
 * biased variance are those of the batch's valid rows, for [rows, channels] as for images; otherwise the running ones.
 *
 * Training updates those: r ← (1 − momentum) r + momentum · batch's, the variance unbiased, and of two rows or more alone.
 * Gradients of x, w and b. Throws ShapeError, ArgumentError. Ioffe & Szegedy 2015.
 * @param x [rows, …, channels], whose first axis is the batch's
 * @param w [channels]; null for 1
 * @param b [channels]; null for 0
 */
export function batchNorm(
  x: Tensor,
  w: Tensor | null = null,
  b: Tensor | null = null,
  { eps = 1e-5, momentum = 0.1, running }: BatchNormOptions = {},
): Tensor {
  const [mean, variance] = [running?.mean ?? null, running?.variance ?? null];
  checkChannels('batchNorm', x, { weight: w, bias: b, 'running mean': mean, 'running variance': variance });
  checkNumber('batchNorm: eps', eps, 0, Number.MAX_VALUE, true);
  checkNumber('batchNorm: momentum', momentum, 0, 1);
  for (const tensor of [mean, variance]) {
    if (tensor) x.graph.own(tensor);
    if (tensor && x.graph.mode === 'train' && tensor.origin.kind !== 'buffer')
      throw new ArgumentError('batchNorm: running values that training is to update must be state; use nn.batchNorm2d');
  }
  return normalise(x, w, b, { eps, momentum }, running);
}
