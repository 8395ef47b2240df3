// A training run as a file: its buffers, in the safetensors container, so that other tools can look into it: the length of a
// header (u64, little-endian), the header (JSON), the numbers. What the run needs beside them is in the header's metadata.
import { crc32 } from '../data/crc32.ts';
import { DataError } from '../errors.ts';
import { sizeOf } from '../graph/shape.ts';
import { checkGroups, type Groups } from '../optim/rates.ts';
import { kindOf } from '../options.ts';

/** What a saved run says of itself. */
export interface CheckpointFacts {
  /** Steps trained. */
  readonly step: number;
  /** Of the engine. */
  readonly seed: number;
  /** Samples of the data set. */
  readonly samples: number;
  /** Samples of a step. */
  readonly batchSize: number;
  /** Samples are drawn in a new order each epoch. */
  readonly shuffle: boolean;
  /** `sgd`, `adam` or `adamw`. */
  readonly optimizer: string;
  /** What `trainer.set` had changed. */
  readonly groups: Groups;
  /** The kernel of each call, where there is a choice. */
  readonly cores: readonly string[];
  /** The caller's own words. */
  readonly note: string;
}

/** Words of a buffer or a part of one. */
export interface Piece {
  readonly name: string;
  readonly dtype: 'F32' | 'U32';
  readonly shape: readonly number[];
  readonly words: Uint32Array<ArrayBuffer>;
}

const FORMAT = 'rectigrad';
const VERSION = 1;

export function encode(facts: CheckpointFacts, pieces: readonly Piece[]): Uint8Array<ArrayBuffer> {
  const total = pieces.reduce((sum, { words }) => sum + words.byteLength, 0);
  const data = new Uint8Array(total);
  const entries: Record<string, unknown> = {};
  let at = 0;
  for (const { name, dtype, shape, words } of pieces) {
    data.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength), at);
    entries[name] = { dtype, shape, data_offsets: [at, at + words.byteLength] };
    at += words.byteLength;
  }
  const run = JSON.stringify(facts);
  const metadata = { format: FORMAT, version: String(VERSION), run, checksum: checksumOf(run, entries, data) };
  const header = new TextEncoder().encode(JSON.stringify({ __metadata__: metadata, ...entries }));
  // Numbers begin at a multiple of 8 bytes, after spaces.
  const length = Math.ceil(header.length / 8) * 8;
  const file = new Uint8Array(8 + length + total).fill(0x20, 8, 8 + length);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(header, 8);
  file.set(data, 8 + length);
  return file;
}

interface Decoded {
  readonly facts: CheckpointFacts;
  readonly pieces: ReadonlyMap<string, Piece>;
}

/** Throws DataError for what is no such file, is damaged, or was written by a later version. */
export function decode(given: Uint8Array | ArrayBuffer): Decoded {
  try {
    return decoded(given);
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw damaged(error instanceof Error ? error.message : String(error));
  }
}

const damaged = (what: string) =>
  new DataError(`load: the file's header is damaged, or another program wrote it: ${what}; take another copy`);

function decoded(given: Uint8Array | ArrayBuffer): Decoded {
  // Of what Node reads, too: a Buffer's slice() is a view of memory that others share.
  const file =
    given instanceof Uint8Array ? new Uint8Array(given.buffer, given.byteOffset, given.length) : new Uint8Array(given);
  const length = file.length < 8 ? 0 : Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const { __metadata__: metadata, ...entries } = headerOf(file, length);
  const texts = Object.entries(Object(metadata) as object).filter(([, value]) => isText(value));
  const { format, version, run, checksum } = Object.fromEntries(texts) as Readonly<Record<string, string | undefined>>;
  if (format !== FORMAT || !run)
    throw new DataError(`load: this file was not saved by a trainer (its header names '${format ?? 'no format'}')`);
  if (Number(version) !== VERSION)
    throw new DataError(
      `load: this file has version ${version} of the format, and this rectigrad reads version ${VERSION}; load it with the rectigrad that saved it`,
    );
  const data = file.slice(8 + length);
  if (checksumOf(run, entries, data) !== checksum)
    throw new DataError(
      `load: the file is damaged or cut off: its ${data.length} bytes of numbers do not have the checksum that it declares; take another copy`,
    );
  return { facts: factsOf(run), pieces: piecesIn(entries, data) };
}

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
const isText = (value: unknown) => typeof value === 'string';
const isListOf = (is: (each: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(is);
const isCounts = isListOf(isCount);

const COUNT = ['a whole number', isCount] as const;
const TEXT = ['a text', isText] as const;
const FACTS: Readonly<Record<keyof CheckpointFacts, readonly [expected: string, is: (value: unknown) => boolean]>> = {
  step: COUNT,
  seed: COUNT,
  samples: COUNT,
  batchSize: COUNT,
  shuffle: ['true or false', (value) => typeof value === 'boolean'],
  optimizer: TEXT,
  groups: ['an object', (value) => typeof value === 'object' && value !== null && !Array.isArray(value)],
  cores: ['a list of texts', isListOf(isText)],
  note: TEXT,
};

/** JSON has null for the infinite bounds of a clamp. */
const unbounded = (key: string, value: unknown): unknown =>
  key === 'clamp' && Array.isArray(value)
    ? value.map((bound: unknown, index) => bound ?? (index > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY))
    : value;

function factsOf(run: string): CheckpointFacts {
  const facts = Object(JSON.parse(run, unbounded)) as CheckpointFacts;
  for (const [key, [expected, is]] of Object.entries(FACTS)) {
    const value = facts[key as keyof CheckpointFacts];
    if (!is(value)) throw damaged(`the run's ${key} is ${kindOf(value)}, expected ${expected}`);
  }
  checkGroups("the run's groups", facts.groups);
  return facts;
}

/** They fill `data`, one after the other, in any order. */
function piecesIn(entries: Readonly<Record<string, unknown>>, data: Uint8Array): ReadonlyMap<string, Piece> {
  const wrong = (name: string) =>
    damaged(
      `'${name}' is ${JSON.stringify(entries[name])}, expected { dtype: F32 or U32, shape, data_offsets }: the shape's bytes, right after another entry's`,
    );
  const pieces = Object.entries(entries).map(([name, entry]) => {
    const { dtype, shape, data_offsets } = Object(entry) as Pick<Piece, 'dtype' | 'shape'> & {
      data_offsets: readonly number[];
    };
    if (!['F32', 'U32'].includes(dtype) || !isCounts(shape) || !isCounts(data_offsets)) throw wrong(name);
    const [from = -1, to = -1] = data_offsets;
    if (to - from !== 4 * sizeOf(shape)) throw wrong(name);
    return { name, dtype, shape, from, to };
  });
  let end = 0;
  for (const { name, from, to } of pieces.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
    if (from !== end) throw wrong(name);
    end = to;
  }
  if (end !== data.length) throw damaged(`its entries have ${end} of its ${data.length} bytes of numbers`);
  return new Map(
    pieces.map(({ name, dtype, shape, from, to }) => [
      name,
      { name, dtype, shape, words: new Uint32Array(data.slice(from, to).buffer) },
    ]),
  );
}

/** What a saved run says of itself, before it is loaded. Throws DataError as `engine.load` does. */
export const readCheckpoint = (file: Uint8Array | ArrayBuffer): CheckpointFacts => decode(file).facts;

const checksumOf = (run: string, entries: Readonly<Record<string, unknown>>, data: Uint8Array): string =>
  String(crc32(new TextEncoder().encode(JSON.stringify([run, entries]))) ^ crc32(data));

function headerOf(file: Uint8Array, length: number): Readonly<Record<string, unknown>> {
  // Whatever begins otherwise is some other file.
  if (length < 2 || length > file.length - 8 || file[8] !== 0x7b)
    throw new DataError(
      `load: these ${file.length} bytes are no saved run, which begins with a header and its length; pass what trainer.save() returned`,
    );
  const text = new TextDecoder('utf-8', { fatal: true }).decode(file.subarray(8, 8 + length));
  return JSON.parse(text) as Readonly<Record<string, unknown>>;
}
