// Tensors side by side in one: each is copied to its place, in a call of its own; its gradient is copied out.
import core from '../../shaders/core/copy.wgsl';
import { ArgumentError, ShapeError } from '../errors.ts';
import { type Shape, show, sizeOf } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { checkFloats, derivative, operator } from './operator.ts';

/** Where a tensor lies in the whole, seen as a matrix whose rows end with the axis. */
interface Slab {
  readonly width: number;
  readonly stride: number;
  readonly at: number;
}

function slabs(tensors: readonly Tensor[], axis: number): readonly Slab[] {
  const widths = tensors.map(({ shape }) => sizeOf(shape.slice(axis)));
  const stride = widths.reduce((sum, width) => sum + width, 0);
  let end = 0;
  return widths.map((width) => {
    end += width;
    return { width, stride, at: end - width };
  });
}

/** Copies x beside what `into` holds so far; the result is what it holds then. */
function put(x: Tensor, { width, stride, at }: Slab, shape: Shape, into: Tensor | null): Tensor {
  const size = sizeOf(x.shape);
  return x.graph.call({
    parts: { core },
    reads: { x },
    writes: { out: { shape } },
    uniforms: { size, width, x_stride: width, x_at: 0, out_stride: stride, out_at: at },
    extent: { threads: size },
    touches: { out: 4 * size },
    ...(into && { into, after: [into] }),
  }).out;
}

/** What lies in the place of a tensor of shape `shape`. */
function take(from: Tensor, { width, stride, at }: Slab, shape: Shape): Tensor {
  const size = sizeOf(shape);
  const { out } = from.graph.call({
    parts: { core },
    reads: { x: from },
    writes: { out: { shape } },
    uniforms: { size, width, x_stride: stride, x_at: at, out_stride: width, out_at: 0 },
    extent: { threads: size },
    touches: { x: 4 * size },
  });
  derivative('concat', [from], [out]);
  return out;
}

/** The axis counted from the front, and the shape of the whole. */
function joined(tensors: readonly Tensor[], axis: number): { readonly at: number; readonly whole: Shape } {
  checkFloats('concat', ...tensors);
  const shapes = tensors.map(({ shape }) => shape);
  const [first = []] = shapes;
  const rank = first.length;
  const at = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || at < 0 || at >= rank)
    throw new ShapeError(
      `concat: axis ${axis} of ${show(first)}; expected ${rank > 0 ? `a whole number from ${-rank} to ${rank - 1}` : 'a tensor with axes, such as reshape([1]) of it'}`,
    );
  const other = shapes.find(
    (shape) => shape.length !== rank || shape.some((length, i) => i !== at && length !== first[i]),
  );
  if (other)
    throw new ShapeError(
      `concat: ${show(first)} and ${show(other)} do not fit along axis ${axis}; all other lengths must be equal`,
    );
  const length = shapes.reduce((sum, shape) => sum + (shape[at] ?? 0), 0);
  return { at, whole: first.with(at, length) };
}

const join = operator<readonly [readonly Tensor[], number], readonly Slab[]>({
  name: 'concat',
  inputs: (tensors) => tensors,
  forward: (_, tensors, axis) => {
    const { at, whole } = joined(tensors, axis);
    const places = slabs(tensors, at);
    const output = tensors.reduce<Tensor | null>((into, x, i) => put(x, places[i] as Slab, whole, into), null);
    return { output: output as Tensor, saved: places };
  },
  backward: (dy, places, needed, tensors) =>
    tensors.map(({ shape }, i) => (needed[i] ? take(dy, places[i] as Slab, shape) : null)),
});

/**
 * The tensors one after the other along `axis`, PyTorch's `cat`; all other lengths are equal.
 *
 * Gradients: the part of dy that each became. Throws ArgumentError for no tensors; ShapeError for shapes that do not
 * fit, an axis that they do not have, and whole numbers.
 * @param tensors at least one; a tensor may occur twice
 * @param axis negative ones count from the end: −1 puts the channels of images side by side
 */
export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  if (!(tensors.length > 0))
    throw new ArgumentError('concat: expected an array of at least one tensor, as in concat([a, b], -1)');
  return join(tensors, axis);
}
