// A data set as GPU buffers: shards of whole samples, each no larger than what one call can bind.
import { checked, type Dataset } from '../data/dataset.ts';
import type { Shard, Source } from '../ops/clock.ts';

/** What every device binds, by WebGPU's defaults. Larger ones get no larger shards, so that their calls are the same. */
export const SHARD_BYTES = 2 ** 27;

/** Throws what `dataset` throws: an object of this shape can be made without it. */
export function sourceOf(data: Dataset, shardBytes: number): Source {
  const { name, count, shape, targetShape, x, y, scale } = checked(data);
  return {
    x: shardsOf(`${name} x`, x, count, shardBytes),
    y: shardsOf(`${name} y`, y, count, shardBytes),
    ...(scale !== undefined && { scale }),
    samples: count,
    shape,
    targetShape,
    targetType: y instanceof Uint32Array ? 'u32' : 'f32',
  };
}

/** A sample that is larger by itself gets a shard of its own, which the device's limits then refuse. */
function shardsOf(name: string, values: Dataset['x' | 'y'], samples: number, shardBytes: number): readonly Shard[] {
  const width = values.length / samples;
  const most = Math.max(1, Math.floor(shardBytes / (width * values.BYTES_PER_ELEMENT)));
  return Array.from({ length: Math.ceil(samples / most) }, (_, index) => {
    const first = index * most;
    const own = values.subarray(first * width, (first + most) * width);
    return {
      name: index === 0 ? name : `${name} ${index + 1}`,
      bytes: 4 * Math.ceil(own.byteLength / 4),
      initial: () => own,
      first,
      count: own.length / width,
    };
  });
}
