// What goes on inside: statistics and histograms of the layers that a rectifier follows, and their slopes' gradients. Of a training step,
// in calls that a run may leave out.
import histogramCore from '../../shaders/core/histogram.wgsl';
import statisticsCore from '../../shaders/core/statistics.wgsl';
import type { RectifierMark } from '../graph/graph.ts';
import { sizeOf } from '../graph/shape.ts';
import type { Place, Tensor } from '../graph/tensor.ts';

declare module '../graph/tensor.ts' {
  interface Notes {
    /** Of a rectifier's output: its part of its input's gradient, and the call that folds its slopes' gradients. */
    gradient?: { readonly dz: Tensor; readonly fold?: Pick<Node, 'parts' | 'reads' | 'uniforms' | 'extent'> };
  }
}

/** Floats of a layer's statistics. */
export const STATISTICS = 8;

/** Adds the statistics of a rectifier's layer, at `place`; whether there are any: it needs a gradient. */
export function statistics({ z, y }: RectifierMark, place: Place): boolean {
  const { graph } = z;
  const { rectified, gradient } = graph.notes(y);
  if (!rectified || !gradient) return false;
  const { use } = rectified;
  const width = z.shape.at(-1) ?? 1;
  graph.call({
    parts: { ...use.parts, core: statisticsCore },
    reads: { ...use.reads, z, dz: gradient.dz },
    updates: { statistics: graph.leaf(place.buffer, [STATISTICS], 'f32', place.offset) },
    uniforms: { ...use.uniforms, rows: sizeOf(z.shape) / width, width, batch: z.shape[0] ?? 1 },
    extent: { groups: 1 },
    flops: 8 * sizeOf(z.shape),
    now: true,
    optional: true,
  });
  return true;
}

/** Bins of a histogram. */
export const { BINS = 1 } = histogramCore.constants;

/** Counts the values of z in equal bins of an interval, at `place`. */
export function histogram(z: Tensor, [low, high]: readonly [low: number, high: number], place: Place): void {
  const { graph } = z;
  const width = z.shape.at(-1) ?? 1;
  const rows = sizeOf(z.shape) / width;
  graph.call({
    parts: { core: histogramCore },
    reads: { z },
    updates: { counts: graph.leaf(place.buffer, [BINS], 'u32', place.offset) },
    uniforms: { rows, width, batch: z.shape[0] ?? 1, low, scale: BINS / (high - low) },
    extent: { groups: 1 },
    flops: 2 * sizeOf(z.shape),
    now: true,
    optional: true,
  });
}

/** Adds the gradients of a rectifier's slopes, packed as they are, at `place`; whether there are any. */
export function slopeGradients({ y }: RectifierMark, place: Place, size: number): boolean {
  const { graph } = y;
  const { gradient } = graph.notes(y);
  if (!gradient?.fold) return false;
  const dp = graph.leaf(place.buffer, [size], 'f32', place.offset);
  graph.call({ ...gradient.fold, updates: { dp }, now: true, optional: true });
  return true;
}
