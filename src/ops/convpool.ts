// Convolution, rectifier and max pooling of 2 x 2 in one call: what is there before pooling is never stored.
import biasActPool from '../../shaders/store/bias_act_pool.wgsl';
import type { Tensor } from '../graph/tensor.ts';
import { isDrawn } from '../rectifiers.ts';
import { convolution, convolutionGradients } from './convproduct.ts';
import { type Rectified, rectifierGradients } from './rectify.ts';

/** A parameter is the same for all pixels of a window. */
const byChannel = ({ entry, slots }: Rectified, channels: number) =>
  !isDrawn(entry) && slots.count.every((count) => count <= 1 || count === channels);

/**
 * `pooled`, which is x after max pooling of 2 x 2, in one call with the convolution and the rectifier that x comes from; null
 * where it does not come from them. `spread` takes a gradient back over the pixels.
 * The gradients of what is convolved come from those after pooling alone, unless one is asked for between.
 */
export function pooledConvolution(
  x: Tensor,
  pooled: Tensor,
  spread: (dy: Tensor, chosen: Tensor) => Tensor,
): Tensor | null {
  const { graph } = x;
  const { rectified } = graph.notes(x);
  const convolved = rectified && graph.notes(rectified.z).convolved;
  const plain = graph.tape.at(-1);
  if (!rectified || !convolved || pooled.origin.kind !== 'call' || !plain) return null;
  const { x: images, w, b, layer } = convolved;
  if (!b || !byChannel(rectified, convolved.of.outChannels)) return null;
  const { parts, reads, uniforms } = rectified.use;
  const [count = 1, outHeight = 1, outWidth = 1, channels = 1] = pooled.shape;
  const words = Math.ceil(channels / 4);
  const of = { ...convolved.of, outHeight: 2 * outHeight, outWidth: 2 * outWidth };
  const call = convolution(images, w, of, 1);
  const { node } = pooled.origin;
  const { z, y, chosen } = graph.as('conv2d', layer, false, () =>
    graph.call({
      ...call,
      parts: { ...parts, ...call.parts, store: biasActPool },
      reads: { ...reads, ...call.reads, bias: b },
      writes: {
        z: { shape: pooled.shape },
        y: { shape: pooled.shape },
        chosen: { shape: [count, outHeight, outWidth, words], dtype: 'u32' },
      },
      uniforms: { ...uniforms, ...call.uniforms },
      instead: { of: 'y', call: node, as: 'out', given: x },
    }),
  );
  const { slopes } = rectified;
  graph.tape.push(
    { ...plain, output: y },
    {
      operator: 'conv2d',
      layer,
      inputs: [images, w, b],
      output: z,
      backward: (dz, needed) => convolutionGradients(dz, needed, { x: images, w, b, of }, chosen),
    },
    {
      operator: 'rectify',
      layer: rectified.layer,
      inputs: slopes ? [z, slopes] : [z],
      output: y,
      bypasses: [x, rectified.z],
      backward: (dy, needed) => {
        const found = rectifierGradients(dy, { ...rectified, z, y }, needed);
        const { gradient } = graph.notes(y);
        const { writes } = node;
        // For whoever asks what goes on before pooling.
        if (gradient && writes.chosen)
          graph.notes(x).gradient = { ...gradient, dz: spread(gradient.dz, writes.chosen) };
        return found;
      },
    },
  );
  return y;
}
