// sum and mean over any axes, by repeated passes of one deterministic kernel.
import core from '../../shaders/core/reduce.wgsl';
import { ArgumentError, ShapeError } from '../errors.ts';
import { type Shape, sameShape, show, sizeOf } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { checkKeys, kindOf } from '../options.ts';
import { expand, mul } from './elementwise.ts';
import { checkFloats, operator } from './operator.ts';
import { reshape } from './reshape.ts';

/**
 * What {@link sum} and {@link mean} run over.
 * @inline
 */
export interface ReduceOptions {
  /** Axes to sum over; all of them by default. Negative ones count from the end. */
  readonly axes?: readonly number[];
  /** Keep the summed axes with length 1. Default false. */
  readonly keepDims?: boolean;
}

/** Terms that one thread adds: longer sums are split, so that rounding errors grow with log n and not with n. */
const TERMS = 64;

/** Sums axis 1 of x, seen as [outer, n, inner], and multiplies by `factor`; the result has outer · inner elements. */
export function sumMiddle(x: Tensor, outer: number, n: number, inner: number, factor: number, shape: Shape): Tensor {
  const left = sumChunks(x, outer, n, inner, 2 * TERMS);
  return pass(left, outer, left === x ? n : (left.shape[1] ?? 1), inner, 1, factor, shape);
}

/** Sums parts of axis 1 of x, seen as [outer, n, inner], until it has at most `most`: [outer, chunks, inner]. */
export function sumChunks(x: Tensor, outer: number, n: number, inner: number, most: number): Tensor {
  if (n <= most) return x;
  const chunks = Math.ceil(n / TERMS);
  return sumChunks(pass(x, outer, n, inner, chunks, 1, [outer, chunks, inner]), outer, chunks, inner, most);
}

function pass(x: Tensor, outer: number, n: number, inner: number, chunks: number, factor: number, shape: Shape) {
  return x.graph.call({
    parts: { core },
    reads: { x },
    writes: { out: { shape } },
    uniforms: { outer, n, inner, chunks, factor },
    extent: { threads: outer * chunks * inner },
    flops: outer * n * inner,
  }).out;
}

function normalise(what: string, rank: number, axes: readonly number[] | undefined): readonly number[] {
  if (axes !== undefined && !Array.isArray(axes))
    throw new ArgumentError(`${what}: axes must be an array, such as [1], got ${kindOf(axes)}`);
  const list = (axes ?? Array.from({ length: rank }, (_, axis) => axis)).map((axis) => (axis < 0 ? axis + rank : axis));
  const bad = list.find((axis, index) => !(axis >= 0 && axis < rank) || list.indexOf(axis) !== index);
  if (bad !== undefined)
    throw new ShapeError(
      `${what}: axes ${show(axes ?? [])} of a tensor with ${rank} axes; each must exist, and only once`,
    );
  return list.sort((a, b) => a - b);
}

const reduce = operator<readonly [Tensor, string, ReduceOptions, boolean], Shape>({
  name: 'sum',
  inputs: (x) => [x],
  forward: (graph, x, name, options, average) => {
    checkKeys(name, options, { axes: 1, keepDims: 1 });
    const { axes, keepDims = false } = options;
    checkFloats(name, x);
    const list = normalise(name, x.shape.length, axes);
    const kept = x.shape.map((length, axis) => (list.includes(axis) ? 1 : length));
    const shape = keepDims ? kept : x.shape.filter((_length, axis) => !list.includes(axis));
    const factor = average ? 1 / list.reduce((count, axis) => count * (x.shape[axis] ?? 1), 1) : 1;
    return { output: graph.tensor(shape, 'f32', { kind: 'view', of: sumAxes(x, list, factor) }), saved: kept };
  },
  backward: (dy, kept, _needed, x, _name, _options, average) => {
    const spread = expand(reshape(dy, kept), x.shape);
    return [average ? mul(spread, sizeOf(kept) / sizeOf(x.shape)) : spread];
  },
});

/** Sums over ascending `axes`, leaving them with length 1; neighbouring axes go in one pass. */
function sumAxes(x: Tensor, axes: readonly number[], factor: number): Tensor {
  let result = x;
  let rest = axes.slice();
  while (rest.length > 0) {
    const last = rest[rest.length - 1] ?? 0;
    let first = last;
    while (rest.includes(first - 1)) first -= 1;
    rest = rest.filter((axis) => axis < first);
    const { shape } = result;
    const [outer, n, inner] = [shape.slice(0, first), shape.slice(first, last + 1), shape.slice(last + 1)].map(sizeOf);
    const after = shape.map((length, axis) => (axis >= first && axis <= last ? 1 : length));
    result = sumMiddle(result, outer ?? 1, n ?? 1, inner ?? 1, rest.length === 0 ? factor : 1, after);
  }
  return result;
}

/**
 * Σ x over `axes`; a result without those axes, of shape [] for all of them.
 *
 * Gradient: dy, repeated. Throws ShapeError.
 */
export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  return reduce(x, 'sum', options, false);
}

/**
 * The average of x over `axes`; a result without those axes, of shape [] for all of them.
 *
 * Gradient: dy / count, repeated. Throws ShapeError.
 */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  return reduce(x, 'mean', options, true);
}

/** Undoes broadcasting: sums x over the axes along which `shape` was repeated. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const axes = x.shape.flatMap((length, axis) =>
    axis < lead || (shape[axis - lead] === 1 && length > 1) ? [axis] : [],
  );
  return reshape(sum(x, { axes, keepDims: true }), shape);
}
