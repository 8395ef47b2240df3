// Files whose header is not as trainer.save() writes it, although their checksum is right.
import { describe, expect, it } from 'vitest';
import { crc32 } from '../src/data/crc32.ts';
import { DataError } from '../src/errors.ts';
import { type CheckpointFacts, decode, encode, readCheckpoint } from '../src/train/checkpoint.ts';

const facts: CheckpointFacts = {
  step: 3,
  seed: 5,
  samples: 40,
  batchSize: 8,
  shuffle: true,
  optimizer: 'adam',
  groups: { weight: { lr: 0.5, clamp: [-1, 1] } },
  cores: ['', 'gemm'],
  note: 'mine',
};
const piece = (name: string, ...values: number[]) =>
  ({ name, dtype: 'U32', shape: [values.length], words: Uint32Array.from(values) }) as const;
// The second one's name comes first in an object.
const file = encode(facts, [piece('weight', 1, 2, 3), piece('0', 4), piece('none'), piece('@step', 5, 6)]);

type Header = Record<string, Record<string, unknown> | null>;
/** The file with another header, and the checksum of what it then says. */
function crafted(change: (header: Header) => void): Uint8Array {
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as Header;
  change(header);
  const { __metadata__: metadata, ...entries } = header;
  const data = file.subarray(8 + length);
  const signed = new TextEncoder().encode(JSON.stringify([metadata?.run, entries]));
  if (metadata) metadata.checksum ??= String(crc32(signed) ^ crc32(data));
  return framed(JSON.stringify(header), data);
}
function framed(header: string, data = new Uint8Array(0)): Uint8Array {
  const text = new TextEncoder().encode(header);
  const result = new Uint8Array(8 + text.length + data.length);
  new DataView(result.buffer).setBigUint64(0, BigInt(text.length), true);
  result.set(text, 8);
  result.set(data, 8 + text.length);
  return result;
}
const entry = (changed: object | null) =>
  crafted((header) => {
    delete header.__metadata__!.checksum;
    header['0'] = changed && { ...header['0'], ...changed };
  });
const metadata = (changed: object) =>
  crafted((header) => {
    header.__metadata__ = { ...header.__metadata__, checksum: undefined, ...changed };
  });
const run = (changed: object) => metadata({ run: JSON.stringify({ ...facts, ...changed }) });

it('reads what is as it is written', () => {
  const { facts: read, pieces } = decode(metadata({}));
  expect(read).toEqual(facts);
  expect([...(pieces.get('weight')?.words ?? []), ...(pieces.get('0')?.words ?? [])]).toEqual([1, 2, 3, 4]);
  expect(pieces.get('none')?.words).toHaveLength(0);
});

it('reads a clamp without bounds, for which JSON has no number', () => {
  for (const clamp of [
    [1, Number.POSITIVE_INFINITY],
    [Number.NEGATIVE_INFINITY, -1],
  ] as const)
    expect(readCheckpoint(run({ groups: { weight: { clamp } } })).groups).toEqual({ weight: { clamp } });
});

describe.each<[string, Uint8Array, RegExp]>([
  ['an entry that is null', entry(null), /'0' is null, expected/],
  ['no offsets', entry({ data_offsets: undefined }), /'0' is \{.*expected.*data_offsets/],
  ['one offset', entry({ data_offsets: [12] }), /'0' is/],
  ['no shape', entry({ shape: undefined }), /'0' is/],
  ['a shape of something else', entry({ shape: ['1'] }), /'0' is/],
  ['another shape', entry({ shape: [2] }), /'0' is/],
  ['a negative shape', entry({ shape: [-1, -1] }), /'0' is/],
  ['another type of numbers', entry({ dtype: 'F64' }), /'0' is/],
  ['odd offsets', entry({ data_offsets: [13, 17] }), /'0' is/],
  ['offsets beyond the file', entry({ data_offsets: [2 ** 40, 2 ** 40 + 4] }), /right after another/],
  ['offsets that overlap', entry({ data_offsets: [8, 12] }), /right after another/],
  [
    'numbers of nobody',
    crafted((header) => delete header['@step'] && delete header.__metadata__!.checksum),
    /16 of its 24 bytes/,
  ],
  [
    'more brackets than can be followed',
    framed(`{"__metadata__":{"format":"rectigrad","version":"1","run":"{}"},"0":${'['.repeat(1e5)}${']'.repeat(1e5)}}`),
    /header is damaged/,
  ],
  ['metadata of no texts', metadata({ version: { toString: 1 } }), /has version undefined/],
  ['a format that is no text', metadata({ format: { toString: 1 } }), /not saved by a trainer/],
  ['a run that is a number', metadata({ run: 7 }), /not saved by a trainer/],
  ['a run that is no JSON', metadata({ run: '{' }), /header is damaged/],
  ['a run that is null', metadata({ run: 'null' }), /step is undefined, expected a whole number/],
  ['no step', run({ step: undefined }), /step is undefined, expected a whole number/],
  ['a negative step', run({ step: -5 }), /step is -5/],
  ['half a step', run({ step: 1.5 }), /step is 1\.5/],
  ['a step beyond whole numbers', run({ step: 2 ** 53 }), /step is 9007199254740992/],
  ['no seed', run({ seed: null }), /seed is null/],
  ['a shuffle that is a text', run({ shuffle: 'true' }), /shuffle is 'true', expected true or false/],
  ['no note', run({ note: undefined }), /note is undefined, expected a text/],
  ['cores that are null', run({ cores: null }), /cores is null, expected a list of texts/],
  ['a core that is none', run({ cores: [1] }), /cores is an array/],
  ['no groups', run({ groups: undefined }), /groups is undefined, expected an object/],
  ['a list of groups', run({ groups: [] }), /groups is an array/],
  ['a group of another name', run({ groups: { weight: { frozen: 1 } } }), /there is no option 'frozen'/],
  ['a rate that is a text', run({ groups: { weight: { lr: '1' } } }), /group weight: lr/],
  ['a clamp that is a number', run({ groups: { weight: { clamp: 1 } } }), /group weight: clamp must be/],
  ['a clamp of texts', run({ groups: { weight: { clamp: ['a', 'b'] } } }), /group weight: clamp must be/],
])('%s', (_, bytes, message) => {
  it('is refused', () => {
    expect(() => readCheckpoint(bytes)).toThrow(DataError);
    expect(() => readCheckpoint(bytes)).toThrow(message);
  });
});
