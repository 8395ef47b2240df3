// What of a trainer must live on, in a file or past the loss of a device: all buffers that steps change and the next ones
// need, and the tables that the host rewrites.
import { ArgumentError, ShapeError } from '../errors.ts';
import type { Range } from '../gpu/runtime.ts';
import { show, sizeOf } from '../graph/shape.ts';
import type { State } from '../graph/state.ts';
import type { BufferSpec } from '../graph/tensor.ts';
import type { Plan } from '../plan/plan.ts';
import type { CheckpointFacts, Piece } from './checkpoint.ts';

/** Whole buffers. `rows`: the next batch's. */
export function keptOf({ buffers }: Pick<Plan, 'buffers'>, rows: BufferSpec): readonly Range[] {
  const kept = [...buffers.filter(({ durable }) => durable), rows];
  return kept.map((buffer) => ({ buffer, offset: 0, bytes: buffer.bytes }));
}

/** How each buffer is called in a file; a model's parameters have names of their own. */
function namesOf(kept: readonly Range[]): readonly string[] {
  return kept.map(({ buffer }, index) => {
    const before = kept.slice(0, index).filter((other) => other.buffer.name === buffer.name).length;
    return `@${buffer.name}${before > 0 ? ` ${before + 1}` : ''}`;
  });
}

const NONE = new Uint32Array(0);
const WHOLE_NUMBERS: ReadonlySet<string> = new Set(['step', 'rows', 'rates']);

export function piecesOf(
  kept: readonly Range[],
  words: readonly Uint32Array<ArrayBuffer>[],
  state: State,
): readonly Piece[] {
  const names = namesOf(kept);
  return kept.flatMap(({ buffer }, index): Piece[] => {
    const own = words[index] ?? NONE;
    const dtype = WHOLE_NUMBERS.has(buffer.name) ? 'U32' : 'F32';
    if (buffer !== state.parameters) return [{ name: names[index] ?? '', dtype, shape: [own.length], words: own }];
    return state.entries.map(({ name, shape, place }) => ({
      name,
      dtype,
      shape,
      words: own.subarray(place.offset / 4, place.offset / 4 + sizeOf(shape)),
    }));
  });
}

/** What to write where. The pieces have been checked. */
export function writesOf(kept: readonly Range[], pieces: ReadonlyMap<string, Piece>, { entries, parameters }: State) {
  const names = namesOf(kept);
  return kept.flatMap(({ buffer }, index) =>
    buffer === parameters
      ? entries.map(({ name, place }) => ({ buffer, offset: place.offset, words: pieces.get(name)?.words ?? NONE }))
      : [{ buffer, offset: 0, words: pieces.get(names[index] ?? '')?.words ?? NONE }],
  );
}

/** Throws ArgumentError where a saved run was another one than is asked for. */
export function checkFacts(
  saved: CheckpointFacts,
  wanted: Pick<CheckpointFacts, 'samples' | 'batchSize' | 'shuffle' | 'optimizer'>,
): void {
  for (const key of ['optimizer', 'samples', 'batchSize', 'shuffle'] as const)
    if (saved[key] !== wanted[key])
      throw new ArgumentError(
        `load: the run was saved with ${key} ${String(saved[key])}, and the options have ${String(wanted[key])}; pass the data and options that it had`,
      );
}

/** Throws ShapeError where a saved run has other parameters than the model, ArgumentError where it has other state. */
export function checkPieces(
  pieces: ReadonlyMap<string, Piece>,
  kept: readonly Range[],
  { entries, parameters }: State,
) {
  const own = new Set(entries.map(({ name }) => name));
  for (const { name, shape } of entries) {
    const piece = pieces.get(name);
    if (!piece) throw new ShapeError(`load: the file has no parameter '${name}'; build the model that was saved`);
    if (piece.words.length !== sizeOf(shape) || show(piece.shape) !== show(shape))
      throw new ShapeError(
        `load: '${name}' has shape ${show(piece.shape)} in the file, and ${show(shape)} in the model; build the model that was saved`,
      );
  }
  const extra = [...pieces.keys()].find((name) => !name.startsWith('@') && !own.has(name));
  if (extra !== undefined)
    throw new ShapeError(
      `load: the model has no parameter '${extra}', which the file has; build the model that was saved`,
    );
  namesOf(kept).forEach((name, index) => {
    const { buffer, bytes } = kept[index] as Range;
    const found = pieces.get(name)?.words.byteLength ?? 0;
    if (buffer !== parameters && found !== bytes)
      throw new ArgumentError(
        `load: the file has ${found} bytes for '${buffer.name}', and this trainer needs ${bytes}; create the optimizer as it was, with the same schedule`,
      );
  });
}
