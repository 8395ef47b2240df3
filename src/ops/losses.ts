// Losses: one number for a batch, with its gradient from the same call. They count the valid rows of a short last batch.

import mseCore from '../../shaders/core/mse.wgsl';
import crossEntropyCore from '../../shaders/core/softmax_cross_entropy.wgsl';
import none from '../../shaders/end/none.wgsl';
import turn from '../../shaders/end/turn.wgsl';
import sampleBatch from '../../shaders/sample/batch.wgsl';
import sampleRows from '../../shaders/sample/rows.wgsl';
import sampleTurned from '../../shaders/sample/turned.wgsl';
import { ShapeError } from '../errors.ts';
import { storageOf } from '../graph/graph.ts';
import { sameShape, show, sizeOf } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { chain } from './elementwise.ts';
import { derivative, operator } from './operator.ts';

/**
 * Softmax cross-entropy, L = mean over rows of (log Σ exp z − z[label]); one number, of shape [].
 *
 * Gradient: (softmax(z) − onehot(label)) / rows. Throws ShapeError.
 * @function
 * @param logits z, [rows, classes]
 * @param labels [rows], u32, below `classes`
 */
export const crossEntropy = /* @__PURE__ */ operator<readonly [Tensor, Tensor], Tensor>({
  name: 'crossEntropy',
  inputs: (logits, labels) => [logits, labels],
  forward: (graph, logits, labels) => {
    const [rows, classes] = logits.shape;
    if (logits.shape.length !== 2 || !rows || !classes || logits.dtype !== 'f32')
      throw new ShapeError(
        `crossEntropy: expected f32 logits of shape [rows, classes], got ${logits.dtype} ${show(logits.shape)}`,
      );
    if (labels.dtype !== 'u32' || !sameShape(labels.shape, [rows]))
      throw new ShapeError(
        `crossEntropy: expected u32 labels of shape [${rows}] for logits ${show(logits.shape)}, got ${labels.dtype} ${show(labels.shape)}; declare them as { shape: [${rows}], dtype: 'u32' }`,
      );
    const given = graph.notes(storageOf(labels));
    given.below = Math.min(classes, given.below ?? classes);
    const { loss: both, dlogits } = graph.call({
      parts: { core: crossEntropyCore, sample: sampleBatch, end: none },
      reads: { logits, labels },
      writes: { loss: { shape: [2] }, dlogits: { shape: logits.shape } },
      uniforms: { rows, classes },
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
    if (!sameShape(prediction.shape, target.shape) || prediction.dtype !== 'f32' || target.dtype !== 'f32')
      throw new ShapeError(
        `mse: expected two f32 tensors of one shape, got ${prediction.dtype} ${show(prediction.shape)} and ${target.dtype} ${show(target.shape)}`,
      );
    const rows = prediction.shape[0] ?? 1;
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
