// Losses: one number for a batch, with its gradient from the same call. They count the valid rows of a short last batch.

import bceTargetCore from '../../shaders/core/bce_dtarget.wgsl';
import bceCore from '../../shaders/core/bce_with_logits.wgsl';
import mseCore from '../../shaders/core/mse.wgsl';
import crossEntropyCore from '../../shaders/core/softmax_cross_entropy.wgsl';
import none from '../../shaders/end/none.wgsl';
import turn from '../../shaders/end/turn.wgsl';
import sampleBatch from '../../shaders/sample/batch.wgsl';
import sampleRows from '../../shaders/sample/rows.wgsl';
import sampleTurned from '../../shaders/sample/turned.wgsl';
import { ArgumentError, ShapeError } from '../errors.ts';
import { storageOf } from '../graph/graph.ts';
import { sameShape, show, sizeOf } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { checkKeys } from '../options.ts';
import { chain } from './elementwise.ts';
import { derivative, operator } from './operator.ts';

/** What {@link crossEntropy} takes beside logits and labels. */
export interface CrossEntropyOptions {
  /**
   * s, in [0, 1): a row's target is 1 − s for its label, and s / classes for every class on top. Default 0. Szegedy et
   * al. 2016, section 7.
   */
  readonly labelSmoothing?: number;
}

const softmaxLoss = /* @__PURE__ */ operator<readonly [Tensor, Tensor, CrossEntropyOptions], Tensor>({
  name: 'crossEntropy',
  inputs: (logits, labels) => [logits, labels],
  forward: (graph, logits, labels, { labelSmoothing = 0 }) => {
    const [rows, classes] = logits.shape;
    if (logits.shape.length !== 2 || !rows || !classes || logits.dtype !== 'f32')
      throw new ShapeError(
        `crossEntropy: expected f32 logits of shape [rows, classes], got ${logits.dtype} ${show(logits.shape)}`,
      );
    if (labels.dtype !== 'u32' || !sameShape(labels.shape, [rows]))
      throw new ShapeError(
        `crossEntropy: expected u32 labels of shape [${rows}] for logits ${show(logits.shape)}, got ${labels.dtype} ${show(labels.shape)}; declare them as { shape: [${rows}], dtype: 'u32' }`,
      );
    if (!(labelSmoothing >= 0 && labelSmoothing < 1))
      throw new ArgumentError(
        `crossEntropy: labelSmoothing must be in [0, 1), got ${labelSmoothing}; 0.1 moves a tenth of each target to all classes`,
      );
    const given = graph.notes(storageOf(labels));
    given.below = Math.min(classes, given.below ?? classes);
    const off = labelSmoothing / classes;
    graph.counted.push({ operator: 'crossEntropy', rows });
    const { loss: both, dlogits } = graph.call({
      parts: { core: crossEntropyCore, sample: sampleBatch, end: none },
      reads: { logits, labels },
      writes: { loss: { shape: [2] }, dlogits: { shape: logits.shape } },
      uniforms: { rows, classes, on: 1 - labelSmoothing + off, off },
      byRows: { binding: 'labels', sample: sampleRows, turned: sampleTurned },
      fusable: { turn },
      extent: { groups: 1 },
      flops: 8 * rows * classes,
    });
    derivative('crossEntropy', [logits], [dlogits]);
    const loss = graph.tensor([], 'f32', { kind: 'view', of: both });
    Object.assign(graph.notes(loss), { correct: both, countsValidRows: true });
    return { output: loss, saved: dlogits };
  },
  backward: (dy, dlogits) => [chain(dlogits, dy), null],
});

/**
 * Softmax cross-entropy, L = mean over rows of (log Σ exp z − Σ target · z); one number, of shape []. The target is
 * onehot(label), or (1 − s) onehot(label) + s / classes with smoothed labels.
 *
 * Gradient: (softmax(z) − target) / rows. Throws ShapeError; ArgumentError for a smoothing outside of [0, 1).
 * @param logits z, [rows, classes]
 * @param labels [rows], u32, below `classes`
 */
export function crossEntropy(logits: Tensor, labels: Tensor, options: CrossEntropyOptions = {}): Tensor {
  checkKeys('crossEntropy', options, { labelSmoothing: 1 });
  return softmaxLoss(logits, labels, options);
}

/** Rows of what a loss is of, which a trainer compares with its batch. Throws ShapeError unless the target fits. */
function countedRows(name: string, output: Tensor, target: Tensor): number {
  if (sameShape(output.shape, target.shape) && output.dtype === 'f32' && target.dtype === 'f32') {
    const rows = output.shape[0] ?? 1;
    output.graph.counted.push({ operator: name, rows });
    return rows;
  }
  const cure =
    target.dtype === 'u32'
      ? '; labels of classes are for crossEntropy: give targets with a targetShape'
      : sizeOf(output.shape) === sizeOf(target.shape)
        ? `; give the data the targetShape ${show(output.shape.slice(1))}`
        : '';
  throw new ShapeError(
    `${name}: expected two f32 tensors of one shape, got ${output.dtype} ${show(output.shape)} and ${target.dtype} ${show(target.shape)}${cure}`,
  );
}

/**
 * Mean squared error, L = mean of (prediction − target)²; one number, of shape [].
 *
 * Gradients: 2 (prediction − target) / elements, and its negative. Throws ShapeError.
 * @function
 * @param prediction any shape, batch first
 * @param target of the same shape
 */
export const mse = /* @__PURE__ */ operator<readonly [Tensor, Tensor], Tensor>({
  name: 'mse',
  inputs: (prediction, target) => [prediction, target],
  forward: (graph, prediction, target) => {
    const rows = countedRows('mse', prediction, target);
    const { loss, dprediction } = graph.call({
      parts: { core: mseCore, sample: sampleBatch, end: none },
      reads: { prediction, wanted: target },
      writes: { loss: { shape: [] }, dprediction: { shape: prediction.shape } },
      uniforms: { rows, cols: sizeOf(prediction.shape) / rows },
      byRows: { binding: 'wanted', sample: sampleRows, turned: sampleTurned },
      fusable: { turn },
      extent: { groups: 1 },
      flops: 4 * sizeOf(prediction.shape),
    });
    derivative('mse', [prediction, target], [dprediction]);
    graph.notes(loss).countsValidRows = true;
    return { output: loss, saved: dprediction };
  },
  backward: (dy, dprediction, needed) => [
    needed[0] ? chain(dprediction, dy) : null,
    needed[1] ? chain(dprediction, dy).mul(-1) : null,
  ],
});

/**
 * Sigmoid and binary cross-entropy in one, L = mean of (log(1 + exp z) − z · target); one number, of shape []. PyTorch's
 * BCEWithLogitsLoss: each element is a question of its own, whose answer is yes with probability sigmoid(z).
 *
 * Gradients: (sigmoid(z) − target) / elements, and −z / elements. Finite, and right, for logits of any size. Throws
 * ShapeError.
 * @function
 * @param logits z, any shape, batch first
 * @param target of the same shape, in [0, 1], which is not checked
 */
export const bceWithLogits = /* @__PURE__ */ operator<
  readonly [Tensor, Tensor],
  Readonly<Record<'both' | 'dlogits', Tensor>>
>({
  name: 'bceWithLogits',
  inputs: (logits, target) => [logits, target],
  forward: (graph, logits, target) => {
    const rows = countedRows('bceWithLogits', logits, target);
    const { loss: both, dlogits } = graph.call({
      parts: { core: bceCore, sample: sampleBatch, end: none },
      reads: { logits, wanted: target },
      writes: { loss: { shape: [2] }, dlogits: { shape: logits.shape } },
      uniforms: { rows, cols: sizeOf(logits.shape) / rows },
      byRows: { binding: 'wanted', sample: sampleRows, turned: sampleTurned },
      fusable: { turn },
      extent: { groups: 1 },
      flops: 32 * sizeOf(logits.shape),
    });
    derivative('bceWithLogits', [logits, target], [dlogits]);
    const loss = graph.tensor([], 'f32', { kind: 'view', of: both });
    graph.notes(loss).countsValidRows = true;
    return { output: loss, saved: { both, dlogits } };
  },
  backward: (dy, { both, dlogits }, needed, logits) => {
    if (!needed[1]) return [chain(dlogits, dy), null];
    const size = sizeOf(logits.shape);
    const { dtarget } = dy.graph.call({
      parts: { core: bceTargetCore },
      reads: { logits, loss: both },
      writes: { dtarget: { shape: logits.shape } },
      uniforms: { size, cols: size / (logits.shape[0] ?? 1) },
      extent: { threads: size },
      flops: size,
    });
    derivative('bceWithLogits', [logits], [dtarget]);
    return [needed[0] ? chain(dlogits, dy) : null, chain(dtarget, dy)];
  },
});
