// Images mirrored and shifted at random: one call, whose gradient is the same call the other way round.
import core from '../../shaders/core/augment.wgsl';
import sampleBatch from '../../shaders/sample/batch.wgsl';
import sampleRows from '../../shaders/sample/rows.wgsl';
import { ShapeError } from '../errors.ts';
import { show, sizeOf } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { checkFloats, operator } from './operator.ts';

interface Move {
  readonly stream: number;
  readonly flip: number;
  readonly shift: number;
  readonly sign: number;
}

const moved: (x: Tensor, move: Move) => Tensor = /* @__PURE__ */ operator<readonly [Tensor, Move], null>({
  name: 'augment',
  inputs: (x) => [x],
  forward: (graph, x, move) => {
    checkFloats('augment', x);
    const [, height = 1, width = 1, channels = 1] = x.shape;
    if (x.shape.length !== 4)
      throw new ShapeError(
        `augment: expected images of shape [images, height, width, channels], got ${show(x.shape)}; reshape them`,
      );
    const size = sizeOf(x.shape);
    const { out } = graph.call({
      parts: { core, sample: sampleBatch },
      reads: { x },
      writes: { out: { shape: x.shape } },
      uniforms: { size, height, width, channels, ...move },
      extent: { threads: size },
      byRows: { binding: 'x', sample: sampleRows },
    });
    return { output: out, saved: null };
  },
  backward: (dy, _saved, _needed, _x, move) => [moved(dy, { ...move, sign: -move.sign })],
});

/**
 * In training, each image is mirrored left-right with probability 1/2 if `flip`, and shifted by -shift..shift whole pixels
 * in each direction, with zeros from outside; elsewhere, y = x. Drawn anew in each step that an optimizer counts.
 */
export function augment(x: Tensor, flip: boolean, shift: number): Tensor {
  // How many operators came before is a number of this one's own.
  const move = { stream: x.graph.tape.length, flip: Number(flip), shift, sign: 1 };
  return x.graph.mode === 'train' && (flip || shift > 0) ? moved(x, move) : x;
}
