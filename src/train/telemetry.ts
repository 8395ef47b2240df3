// What a report says of the inside of a network: read back from one small buffer, which optional calls fill in the last
// step before a report. Without telemetry there is neither.
import { ArgumentError } from '../errors.ts';
import type { Range } from '../gpu/runtime.ts';
import type { Graph, RectifierMark } from '../graph/graph.ts';
import { align } from '../graph/state.ts';
import type { BufferSpec, Place } from '../graph/tensor.ts';
import { BINS, histogram, STATISTICS, slopeGradients, statistics } from '../ops/statistics.ts';
import { checkKeys, kindOf } from '../options.ts';

/** What reports tell of the inside. */
export interface TelemetryOptions {
  /** The layers' statistics and the slopes' gradients. Default true. */
  readonly layers?: boolean;
  /** The norm of all gradients; pools them, as clipping does. Default false. */
  readonly gradNorm?: boolean;
  /** Count the pre-activations of each layer in equal bins of this interval. Default: none. */
  readonly histogram?: readonly [low: number, high: number];
}

/** How many pre-activations lie where. */
export interface Histogram {
  /** Of equal bins; the first and the last also count what lies beyond. */
  readonly counts: Uint32Array<ArrayBuffer>;
  /** Where the first begins. */
  readonly low: number;
  /** Where the last ends. */
  readonly high: number;
}

/** Of a rectifier's layer, over the last batch before the report. z: its pre-activations; y: its outputs. */
export interface LayerStatistics {
  /** Of z. */
  readonly mean: number;
  /** Of z. */
  readonly std: number;
  /** Of y: the bias shift. */
  readonly outputMean: number;
  /** Of the loss's gradient by z, as it comes through this rectifier. */
  readonly gradientMean: number;
  /** Of the same. */
  readonly gradientStd: number;
  /** The largest size of the same. */
  readonly gradientMax: number;
  /** Share of units whose y is 0 for every sample, 0 to 1. */
  readonly dead: number;
  /** Share of units with |dy/dz| < 0.01 for every sample, 0 to 1. */
  readonly saturated: number;
}

export interface Telemetry {
  readonly ranges: readonly Range[];
  /** Where the optimizer leaves the norm. */
  readonly norm: Place | null;
  /** To be called once the backward has been traced. */
  readonly trace: () => void;
  /** From the words of `ranges`, in order: by rectifier, and all together. */
  readonly read: (words: readonly Uint32Array<ArrayBuffer>[]) => Readings;
}

export interface Readings {
  readonly layers: readonly Reading[];
  readonly gradNorm: number | undefined;
}

export interface Reading {
  readonly statistics: LayerStatistics | undefined;
  /** Packed as the layer's slopes are. */
  readonly gradients: Float32Array<ArrayBuffer> | undefined;
  readonly histogram: Histogram | undefined;
}

/** Lays out what can be told of the rectifiers traced so far. Throws ArgumentError for an interval that is none. */
export function telemetryOf(graph: Graph, options: TelemetryOptions): Telemetry {
  checkKeys('trainer: telemetry', options, { layers: 1, gradNorm: 1, histogram: 1 });
  const { layers = true, gradNorm = false, histogram: interval } = options;
  if (interval && !Array.isArray(interval))
    throw new ArgumentError(`trainer: telemetry.histogram must be [low, high], got ${kindOf(interval)}`);
  if (interval && !(interval.every(Number.isFinite) && interval[0] < interval[1]))
    throw new ArgumentError(
      `trainer: telemetry.histogram must be two finite numbers, the lower first, got [${interval.join(', ')}]`,
    );
  const marks = layers || interval ? graph.rectifiers.slice() : [];
  let bytes = align(4);
  const offsets = marks.map(({ slopes }) => {
    const offset = bytes;
    bytes += align(4 * STATISTICS) + align(4 * (slopes?.shape[0] ?? 0)) + align(4 * BINS);
    return offset;
  });
  const buffer: BufferSpec = { name: 'telemetry', bytes };
  const norm = gradNorm ? { buffer, offset: 0, bytes: 4 } : null;
  const ranges: Range[] = norm ? [norm] : [];
  const told: { readonly [K in keyof Reading]: boolean }[] = [];

  function traceLayer(mark: RectifierMark, offset: number): (typeof told)[number] {
    const counts = { buffer, offset, bytes: 4 * BINS };
    if (interval) {
      histogram(mark.z, interval, counts);
      ranges.push(counts);
    }
    const own = { buffer, offset: offset + align(counts.bytes), bytes: 4 * STATISTICS };
    const all = { statistics: layers && statistics(mark, own), gradients: false, histogram: interval !== undefined };
    if (!all.statistics) return all;
    ranges.push(own);
    const size = mark.slopes?.shape[0] ?? 0;
    const next = { buffer, offset: own.offset + align(own.bytes), bytes: 4 * size };
    const gradients = slopeGradients(mark, next, size);
    if (gradients) ranges.push(next);
    return { ...all, gradients };
  }
  return {
    ranges,
    norm,
    trace() {
      told.push(...marks.map((mark, index) => traceLayer(mark, offsets[index] ?? 0)));
    },
    read(words) {
      const queue = words.slice();
      const floats = () => new Float32Array(queue.shift()?.buffer ?? new ArrayBuffer(0));
      const counted = (): Histogram | undefined => {
        const [low, high] = interval ?? [0, 0];
        return { counts: queue.shift() ?? new Uint32Array(0), low, high };
      };
      const [gradNorm] = norm ? floats() : [];
      return {
        gradNorm,
        layers: told.map((each) => ({
          histogram: each.histogram ? counted() : undefined,
          statistics: each.statistics ? describe(floats()) : undefined,
          gradients: each.gradients ? floats() : undefined,
        })),
      };
    },
  };
}

function describe(values: Float32Array<ArrayBuffer>): LayerStatistics {
  const [mean = 0, std = 0, outputMean = 0, gradientMax = 0, gradientMean = 0, gradientStd = 0] = values;
  const [dead = 0, saturated = 0] = values.subarray(6);
  return { mean, std, outputMean, gradientMean, gradientStd, gradientMax, dead, saturated };
}
