// What normalisations share: parameters by channel, and the sums over rows that are their gradients.
import foldCore from '../../shaders/core/fold_parameters.wgsl';
import { ArgumentError, ShapeError } from '../errors.ts';
import { sameShape, show, sizeOf } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { checkFloats } from './operator.ts';
import { sumChunks } from './reduce.ts';

/** A tensor as rows of channels, and how its rows are divided into chunks whose sums are added in a second stage. */
export interface Rows {
  readonly rows: number;
  readonly width: number;
  readonly chunk_rows: number;
  readonly chunks: number;
}

/** Rows of a chunk, at least, and chunks, at most. */
const [LEAST, MOST] = [32, 1024];

export function rowsOf({ shape }: Tensor): Rows {
  const width = shape.at(-1) ?? 1;
  const rows = sizeOf(shape) / width;
  const chunk_rows = Math.max(LEAST, Math.ceil(rows / MOST));
  return { rows, width, chunk_rows, chunks: Math.ceil(rows / chunk_rows) };
}

/** Chunks that the last stage adds itself. */
const CHUNKS = 64;

/** The sum of all chunks, of shape [width]; whoever learns from it can add them itself. */
export function foldChunks(sums: Tensor, { chunks, width }: Rows): Tensor {
  const folded = sumChunks(sums, 1, chunks, width, CHUNKS);
  const left = sizeOf(folded.shape) / width;
  return sums.graph.call({
    parts: { core: foldCore },
    reads: { sums: folded },
    writes: { dp: { shape: [width] } },
    uniforms: { p_offset: [0, 0, 0, 0], p_count: [width, 0, 0, 0], chunks: left, width, size: width },
    extent: { threads: width },
    flops: left * width,
    sums: { of: 'sums', parts: [{ at: 0, count: width, first: 0, chunks: left, stride: width }] },
  }).dp;
}

/** The same number for every channel. */
export function constant({ graph }: Tensor, width: number, value: number): Tensor {
  const initial = () => new Float32Array(width).fill(value);
  return graph.leaf({ name: `all ${value}`, bytes: 4 * width, ...(value !== 0 && { initial }) }, [width]);
}

/** Throws ShapeError unless x has channels, and those of `parameters` that are there one number for each. */
export function checkChannels(name: string, x: Tensor, parameters: Readonly<Record<string, Tensor | null>>): void {
  checkFloats(name, x, ...Object.values(parameters));
  const [width] = x.shape.slice(-1);
  if (x.shape.length < 2 || !width)
    throw new ShapeError(`${name}: expected a tensor of shape [rows, …, channels], got ${show(x.shape)}; reshape it`);
  for (const [what, tensor] of Object.entries(parameters))
    if (tensor && !sameShape(tensor.shape, [width]))
      throw new ShapeError(
        `${name}: got a ${what} of shape ${show(tensor.shape)}; for ${show(x.shape)}, expected [${width}]`,
      );
}

/** Throws ArgumentError unless `value` is a finite number in [low, high], and above low where `open`. */
export function checkNumber(what: string, value: number, low = 0, high = Number.MAX_VALUE, open = false): void {
  if (value >= low && value <= high && !(open && value === low)) return;
  const range = high === Number.MAX_VALUE ? `finite and ${open ? 'above' : 'at least'} ${low}` : `in [${low}, ${high}]`;
  throw new ArgumentError(`${what} must be ${range}, got ${value}`);
}
