// The rectifier operator: forward, and the backward with its parameter sums. Knows no rectifier by name: formula and
// gradients come with the registry entry's WGSL.
import backwardCore from '../../shaders/core/activation_backward.wgsl';
import dxCore from '../../shaders/core/activation_dx.wgsl';
import forwardCore from '../../shaders/core/activation_forward.wgsl';
import foldCore from '../../shaders/core/fold_parameters.wgsl';
import rowsLib from '../../shaders/lib/rows.wgsl';
import drawn from '../../shaders/param/drawn.wgsl';
import fixed from '../../shaders/param/fixed.wgsl';
import learned from '../../shaders/param/learned.wgsl';
import { ArgumentError, ShapeError } from '../errors.ts';
import { type Graph, storageOf } from '../graph/graph.ts';
import { type Shape, show, sizeOf } from '../graph/shape.ts';
import type { Node, Tensor } from '../graph/tensor.ts';
import { isDrawn, type Parameter, parameterValues, type Rectifier, type Share } from '../rectifiers.ts';
import { checkFloats, derivative, operator } from './operator.ts';
import { sumChunks } from './reduce.ts';

/** What a rectifier layer takes. */
export interface RectifyOptions {
  /** How many elements share a learned parameter. Default: as the registry says, or else 'channel'. */
  readonly share?: Share;
  /** Initial (or fixed) values by name; the registry's where left out. */
  readonly values?: Readonly<Record<string, number>>;
  /** Which parameters are learned; by default those that the registry says are. */
  readonly learn?: readonly string[];
}

/** Where a layer's parameters are: those learned, in one packed tensor of `size` elements; the others, as numbers. */
export interface Slots {
  readonly names: readonly string[];
  readonly value: readonly number[];
  /** In elements; each starts at a multiple of 64, so that no two parameters share a block of the optimizer's. */
  readonly offset: readonly number[];
  /** 0: not learned. */
  readonly count: readonly number[];
  readonly size: number;
}

declare module '../graph/tensor.ts' {
  interface Notes {
    /** Of a pre-activation: the rectifier it feeds, with its initial values; initialisation asks for it. */
    rectifier?: RectifierUse;
    /** Of a rectifier's output: what it was computed from, and how. */
    rectified?: Rectified;
  }
}

export interface Rectified {
  readonly z: Tensor;
  readonly y: Tensor;
  readonly slopes: Tensor | null;
  readonly entry: Rectifier;
  readonly slots: Slots;
  readonly use: Pick<Node, 'parts' | 'reads' | 'uniforms'>;
  readonly layer: string;
}

export interface RectifierUse {
  readonly entry: Rectifier;
  readonly values: Readonly<Record<string, number>>;
}

const BLOCK = 64;

/** Lays out the parameters of a rectifier for inputs of `shape`, batch first. Throws ArgumentError for unknown names. */
export function slotsOf(name: string, entry: Rectifier, options: RectifyOptions, shape: Shape): Slots {
  const { share = entry.share ?? 'channel', values = {} } = options;
  const names = Object.keys(entry.parameters);
  const learn = options.learn ?? names.filter((key) => entry.parameters[key]?.kind === 'learned');
  for (const key of [...Object.keys(values), ...learn])
    if (!names.includes(key))
      throw new ArgumentError(`rectifier: '${name}' has no parameter '${key}'; it has ${names.join(', ') || 'none'}`);
  for (const key of names) {
    const value = values[key];
    // Not in f32 either, as which the shader gets it.
    if (value !== undefined && !(Number.isFinite(value) && Number.isFinite(Math.fround(value))))
      throw new ArgumentError(`rectifier: ${name}'s ${key} must be a finite number (in f32), got ${value}`);
  }
  const initial = parameterValues(entry, values);
  const wrong = entry.check?.(initial);
  if (wrong)
    throw new ArgumentError(
      `rectifier: ${name}: ${wrong}, got ${list(initial)}; the usual values are ${list(parameterValues(entry))}`,
    );
  const REASONS = {
    constant: 'its gradient is zero almost everywhere',
    drawn: 'a bound of what is drawn has no gradient',
  };
  for (const key of learn) {
    const { kind } = entry.parameters[key] as Parameter;
    if (kind === 'constant' || kind === 'drawn')
      throw new ArgumentError(`rectifier: ${name}'s '${key}' cannot be learned: ${REASONS[kind]}`);
  }
  const counts: Record<Share, number> = {
    layer: 1,
    channel: shape[shape.length - 1] ?? 1,
    element: sizeOf(shape.slice(1)),
  };
  if (!Object.hasOwn(counts, share))
    throw new ArgumentError(`rectifier: unknown sharing '${share}'; one of ${Object.keys(counts).join(', ')}`);
  let size = 0;
  const offset: number[] = [];
  const count: number[] = [];
  for (const key of names) {
    const elements = learn.includes(key) ? counts[share] : 0;
    if (elements > 0) size = Math.ceil(size / BLOCK) * BLOCK;
    offset.push(size);
    count.push(elements);
    size += elements;
  }
  return { names, value: names.map((key) => initial[key] ?? 0), offset, count, size };
}

const list = (values: Readonly<Record<string, number>>) =>
  Object.entries(values)
    .map(([key, value]) => `${key} = ${value}`)
    .join(', ');

const four = (values: readonly number[]) => [...values, 0, 0, 0, 0].slice(0, 4);

/** The fragment, bindings and uniforms by which a call reaches the parameters; `stream` is that of what it draws. */
function access({ mode }: Graph, entry: Rectifier, slots: Slots, slopes: Tensor | null, stream = 0) {
  const { value, offset, count } = slots;
  const none: Readonly<Record<string, Tensor>> = {};
  const uniforms = { p_value: four(value), p_offset: four(offset), p_count: four(count) };
  if (slopes) return { param: learned, reads: { slopes }, uniforms };
  if (!isDrawn(entry)) return { param: fixed, reads: none, uniforms };
  const [low = 0, high = 0] = value;
  return mode === 'train'
    ? { param: drawn, reads: none, uniforms: { ...uniforms, p_low: low, p_width: high - low, p_stream: stream } }
    : { param: fixed, reads: none, uniforms: { ...uniforms, p_value: four([(low + high) / 2]) } };
}

const { CHUNK_ROWS = 1 } = rowsLib.constants;
/** Chunks that the last stage adds itself. */
const CHUNKS = 64;

/**
 * The columns to sum by: every parameter's count divides their number, which divides the elements. Those of the call that
 * computes dy, if it can be, so that the sums can be made there.
 */
function columns({ count }: Slots, dy: Tensor): number {
  const widest = Math.max(...count);
  const own = storageOf(dy).shape.at(-1) ?? 1;
  return own % widest === 0 ? own : widest;
}

const withSlopes = operator<readonly [Tensor, Tensor, Rectifier, Slots], Rectified>({
  name: 'rectify',
  inputs: (z, slopes) => [z, slopes],
  forward: (_, z, slopes, entry, slots) => forward(z, slopes, entry, slots),
  backward: rectifierGradients,
});

/** Those of z and of the slopes. */
function gradients(dy: Tensor, slopes: Tensor, { z, y, slots, use }: Rectified): readonly [Tensor, Tensor] {
  const { graph } = z;
  const { parts, reads, uniforms } = use;
  const width = columns(slots, dy);
  const rows = sizeOf(z.shape) / width;
  const chunks = Math.ceil(rows / CHUNK_ROWS);
  const planes = slots.count.findLastIndex((count) => count > 0) + 1;
  const { dz, sums } = graph.call({
    parts: { ...parts, core: backwardCore },
    reads: { z, dy, ...reads },
    writes: { dz: { shape: z.shape }, sums: { shape: [planes, chunks, width] } },
    uniforms: { rows, width, chunks, planes, ...uniforms },
    extent: { threads: chunks * width },
    flops: 4 * sizeOf(z.shape),
    epilogue: { kind: 'activation_backward', of: 'dy', columns: width },
  });
  const folded = sumChunks(sums, planes, chunks, width, CHUNKS);
  const left = folded.shape[1] ?? 1;
  const fold = {
    parts: { core: foldCore },
    reads: { sums: folded },
    uniforms: { p_offset: four(slots.offset), p_count: four(slots.count), chunks: left, width, size: slots.size },
    extent: { threads: slots.size },
  };
  graph.notes(y).gradient = { dz, fold };
  const { dp } = graph.call({
    ...fold,
    writes: { dp: { shape: slopes.shape } },
    flops: chunks * width,
    // Whoever learns from dp can add the chunks, and the columns that share a parameter, itself.
    sums: {
      of: 'sums',
      parts: slots.count.flatMap((count, j) =>
        count > 0
          ? [
              {
                at: slots.offset[j] ?? 0,
                count,
                first: j * left * width,
                chunks: (left * width) / count,
                stride: count,
              },
            ]
          : [],
      ),
    },
  });
  derivative('rectify', [dy, z, slopes], [dz, dp]);
  return [dz, dp];
}

/** Gradients of z and, where they are needed, of the slopes. */
export function rectifierGradients(
  dy: Tensor,
  rectified: Rectified,
  needed: readonly boolean[],
): readonly (Tensor | null)[] {
  const { slopes } = rectified;
  return slopes && needed[1] ? gradients(dy, slopes, rectified) : [dxCall(dy, rectified)];
}

/** The stream of what it draws: how many operators came before it is a number of its own. */
const withoutSlopes = operator<readonly [Tensor, Rectifier, Slots], Rectified>({
  name: 'rectify',
  inputs: (z) => [z],
  forward: ({ tape }, z, entry, slots) => forward(z, null, entry, slots, tape.length),
  backward: rectifierGradients,
});

/** Adds the call; its backward has the same parameters, and draws the same. */
function forward(z: Tensor, slopes: Tensor | null, entry: Rectifier, slots: Slots, stream?: number) {
  const { graph } = z;
  const { param, reads, uniforms } = access(graph, entry, slots, slopes, stream);
  const size = sizeOf(z.shape);
  const parts = { core: forwardCore, act: entry.wgsl, param };
  const { y } = graph.call({
    parts,
    reads: { z, ...reads },
    writes: { y: { shape: z.shape } },
    uniforms: { size, ...uniforms },
    extent: { threads: size },
    flops: size,
    epilogue: { kind: 'activation', of: 'z', as: 'z' },
  });
  const use = { parts, reads, uniforms };
  const saved = { z, y, slopes, entry, slots, use, layer: graph.path.join('.') };
  graph.notes(y).rectified = saved;
  return { output: y, saved };
}

function dxCall(dy: Tensor, { z, y, slopes, use }: Rectified): Tensor {
  const { parts, reads, uniforms } = use;
  const size = sizeOf(z.shape);
  const { dz } = z.graph.call({
    parts: { ...parts, core: dxCore },
    reads: { z, dy, ...reads },
    writes: { dz: { shape: z.shape } },
    uniforms: { size, ...uniforms },
    extent: { threads: size },
    flops: 2 * size,
    epilogue: { kind: 'activation_dx', of: 'dy' },
  });
  derivative('rectify', slopes ? [dy, z, slopes] : [dy, z], [dz]);
  z.graph.notes(y).gradient = { dz };
  return dz;
}

/**
 * y = f(z; p), element by element.
 * z, y: any shape, batch first and channels last; `slopes`: the learned parameters, packed as `slots` says, or null.
 * Gradients: dz = dy · f'(z); dp = Σ dy · ∂f/∂p over the elements that share p (He et al. 2015, eq. 2).
 * Throws ShapeError.
 */
export function rectify(z: Tensor, slopes: Tensor | null, entry: Rectifier, slots: Slots): Tensor {
  checkFloats('rectify', z, slopes);
  const values = Object.fromEntries(slots.names.map((key, index) => [key, slots.value[index] ?? 0]));
  z.graph.notes(storageOf(z)).rectifier = { entry, values };
  if (!slopes) return withoutSlopes(z, entry, slots);
  if (slopes.shape.length !== 1 || slopes.shape[0] !== slots.size)
    throw new ShapeError(
      `rectify: got slopes of shape ${show(slopes.shape)}; expected [${slots.size}], as the slots say`,
    );
  const uneven = slots.count.find((count) => count > 0 && sizeOf(z.shape) % count !== 0);
  if (uneven)
    throw new ShapeError(
      `rectify: ${uneven} parameters do not fit an input of shape ${show(z.shape)}; lay out the slots for this shape`,
    );
  return withSlopes(z, slopes, entry, slots);
}
