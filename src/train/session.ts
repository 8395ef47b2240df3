// What training code shares within one engine: the GPU side, the states of models, and the data sets that are on the GPU.
import { type Dataset, dataset } from '../data/dataset.ts';
import type { Context } from '../gpu/runtime.ts';
import type { Host } from '../graph/state.ts';
import type { Source } from '../ops/clock.ts';

export interface Session {
  readonly context: Context;
  readonly host: Host;
  /** A data set as buffers; the same data set always gives the same ones. Throws what `dataset` throws. */
  readonly source: (data: Dataset) => Source;
}

export function createSession(context: Context, host: Host): Session {
  const sources = new WeakMap<Dataset, Source>();
  return {
    context,
    host,
    source(data) {
      const known = sources.get(data);
      if (known) return known;
      // Checked again: an object of this shape can be made without `dataset`.
      const { name, count, shape, targetShape, x, y } = checked(data);
      const made: Source = {
        x: { name: `${name} x`, bytes: x.byteLength, initial: () => x },
        y: { name: `${name} y`, bytes: y.byteLength, initial: () => y },
        samples: count,
        shape,
        targetShape,
        targetType: y instanceof Uint32Array ? 'u32' : 'f32',
      };
      sources.set(data, made);
      return made;
    },
  };
}

function checked({ classes, targetShape, ...rest }: Dataset): Dataset {
  return dataset(classes === undefined ? { ...rest, targetShape } : { ...rest, classes });
}
