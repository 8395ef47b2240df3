// What a run reports, and how it is read back from the GPU.
import type { Range } from '../gpu/runtime.ts';
import type { RectifierMark } from '../graph/graph.ts';
import type { Histogram, LayerStatistics, Reading } from './telemetry.ts';

/** The parameters of one rectifier layer at one moment. */
export interface RectifierReport {
  /** Path of the layer, such as `1`. */
  readonly layer: string;
  /** The rectifier's name; `custom` for one of the caller's own. */
  readonly name: string;
  /** By parameter: one value for the layer, or one per channel or element; one where it is not learned. */
  readonly params: Readonly<Record<string, Float32Array<ArrayBuffer>>>;
  /** With telemetry: of its layer, in the last step before the report. */
  readonly statistics?: LayerStatistics;
  /** With telemetry: gradients of the learned parameters, likewise. */
  readonly gradients?: Readonly<Record<string, Float32Array<ArrayBuffer>>>;
  /** With telemetry of it: of its pre-activations, likewise. */
  readonly histogram?: Histogram;
}

/** What a trainer tells now and then. */
export interface Report {
  /** Steps trained so far. */
  readonly step: number;
  /** Epochs trained so far; a fraction within one. */
  readonly epoch: number;
  /** Mean over the samples since the last report. */
  readonly loss: number;
  /** Share of those samples classified right, 0 to 1; undefined for losses that classify nothing. */
  readonly accuracy: number | undefined;
  /** Learning rate of the last step. */
  readonly lr: number;
  /** With telemetry of it: the norm of all gradients of the last step, before clipping. */
  readonly gradNorm?: number;
  /** One for each rectifier layer, in the order of the model. */
  readonly rectifiers: readonly RectifierReport[];
}

/** Where the learned parameters of the rectifiers lie, and what their words say, with the layers' readings if there are any. */
export function rectifierReports(marks: readonly RectifierMark[]) {
  const places = marks.map(rangeOf);
  return {
    ranges: places.filter((range) => range !== null),
    describe(read: readonly Uint32Array<ArrayBuffer>[], readings: readonly Reading[] = []): readonly RectifierReport[] {
      const words = read.slice();
      return marks.map((mark, index) => {
        const own = (places[index] && words.shift()?.buffer) || new ArrayBuffer(0);
        const { statistics, gradients, histogram } = readings[index] ?? {};
        return {
          layer: mark.layer,
          name: mark.name,
          params: unpack(mark, new Float32Array(own)),
          ...(statistics && { statistics }),
          ...(gradients && { gradients: learnedOf(mark, gradients) }),
          ...(histogram && { histogram }),
        };
      });
    },
  };
}

function rangeOf({ slopes }: RectifierMark): Range | null {
  if (slopes?.origin.kind !== 'buffer') return null;
  return { ...slopes.origin.place, bytes: 4 * (slopes.shape[0] ?? 0) };
}

/** By parameter: those learned, and the numbers of the others. */
function unpack({ parameters }: RectifierMark, packed: Float32Array<ArrayBuffer>) {
  return Object.fromEntries(
    Object.entries(parameters).map(([key, where]) => [
      key,
      typeof where === 'number' ? Float32Array.of(where) : packed.slice(where.offset, where.offset + where.count),
    ]),
  );
}

function learnedOf(mark: RectifierMark, packed: Float32Array<ArrayBuffer>) {
  return Object.fromEntries(
    Object.entries(unpack(mark, packed)).filter(([key]) => typeof mark.parameters[key] !== 'number'),
  );
}
