// Files that nobody vouches for: small valid ones, changed at random. Each comes to a valid data set or to one of our
// errors, soon. `FUZZ=10000` makes as many changes of each format, by default two thousand.
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { cifar10, type Dataset, fromCifar10, fromCifar100, fromCsv, fromIdx, fromNpz } from '../../src/data/index.ts';
import { RectigradError } from '../../src/errors.ts';
import { bytes, cifar, draws, idx, npy, tar, zip } from './make.ts';

const CHANGES = Number(process.env.FUZZ ?? 2000);
/** Of one file; a hundred times what they take, on a machine that is shared. */
const MILLISECONDS = 1000;

const images = idx(
  [4, 2, 3],
  Uint8Array.from({ length: 24 }, (_, index) => 10 * index),
);
const labels = idx([4], [3, 0, 1, 1]);
const x = npy('<f4', [3, 2], Float32Array.of(0.5, -1, 2, 3, 4, 1e-9));
const y = npy('<i8', [3], BigInt64Array.of(2n, 0n, 1n));
const arrays = { samples: 'x', targets: 'y' };
const keras = {
  'x_test.npy': npy('|u1', [1, 2, 2], Uint8Array.of(9, 8, 7, 255)),
  'x_train.npy': npy('|u1', [2, 2, 2], Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)),
  'y_train.npy': npy('<f8', [2, 1], Float64Array.of(0, 1)),
  'y_test.npy': npy('<i4', [1], Int32Array.of(4)),
};
const members = ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'];
const archive = tar(Object.fromEntries(members.map((name) => [`a/${name}.bin`, cifar(1, () => [7])])));
const table = bytes('a,"b ""c""",kind\r\n1,2.5,0\r\n-3e1,.5,2\n\n"4","5",1\r\n');
const packed = (content: Uint8Array) => Uint8Array.from(gzipSync(content));
const both = ({ train, test }: { train: Dataset; test: Dataset }) => [train, test];
const one = (set: Dataset) => [set];

type Content = Uint8Array<ArrayBuffer>;
it.each<[string, Content, (content: Content) => Promise<Dataset[]>]>([
  ['images of IDX', images, (content) => fromIdx({ images: content, labels }).then(one)],
  ['labels of IDX', labels, (content) => fromIdx({ images, labels: content }).then(one)],
  ['IDX in gzip', packed(images), (content) => fromIdx({ images: content, labels }).then(one)],
  ['gzip of IDX', images, (content) => fromIdx({ images: packed(content), labels }).then(one)],
  ['CIFAR-10', cifar(2, () => [7]), (content) => fromCifar10(content).then(one)],
  ['CIFAR-100', cifar(2, () => [7, 70]), (content) => fromCifar100(content).then(one)],
  ['tar', archive, (content) => cifar10({ files: [content] }).then(both)],
  ['tar in gzip', packed(archive), (content) => cifar10({ files: [content] }).then(both)],
  ['npz', zip({ 'x.npy': x, 'y.npy': y }), (content) => fromNpz(content, { arrays }).then(one)],
  ['npz, deflated', zip(keras, true), (content) => fromNpz(content).then(both)],
  ['npy', x, (content) => fromNpz(zip({ 'x.npy': content, 'y.npy': y }), { arrays }).then(one)],
  ['npy of labels', y, (content) => fromNpz(zip({ 'x.npy': x, 'y.npy': content }), { arrays }).then(one)],
  ['CSV', table, (content) => fromCsv(content, { label: -1 }).then(one)],
  [
    'CSV of bytes',
    bytes('a,b,y\n1,255,0.5\n"3",4,-1\n0,0,2e3'),
    (content) => fromCsv(content, { targets: ['y'], scale: 1 }).then(one),
  ],
])('%s', { timeout: 10_000 + 20 * CHANGES }, async (name, valid, parse) => {
  (await parse(valid)).forEach(check);
  const draw = draws(name.length);
  const outcomes = { valid: 0, refused: 0 };
  for (let change = 0; change < CHANGES; change += 1) {
    const content = changed(valid, draw);
    const what = () => `change ${change} of ${name}: ${Buffer.from(content.subarray(0, 4000)).toString('base64')}`;
    const start = performance.now();
    try {
      (await parse(content)).forEach(check);
      outcomes.valid += 1;
    } catch (error) {
      if (!(error instanceof RectigradError)) throw new Error(`${String(error)}; ${what()}`, { cause: error });
      outcomes.refused += 1;
    }
    if (performance.now() - start > MILLISECONDS) throw new Error(`took ${performance.now() - start} ms; ${what()}`);
  }
  // Not all of them alike: the changes reach beyond the first check.
  expect(outcomes.refused).toBeGreaterThan(0);
  if (process.env.FUZZ) process.stdout.write(`${name}: ${outcomes.valid} valid, ${outcomes.refused} refused\n`);
});

function check({ count, shape, x: samples, y: targets, targetShape, classes, scale }: Dataset): void {
  const size = shape.reduce((product, length) => product * length, 1);
  const targetSize = targetShape.reduce((product, length) => product * length, 1);
  expect([samples.length, targets.length]).toEqual([count * size, count * targetSize]);
  expect(scale === undefined).toBe(samples instanceof Float32Array);
  for (const values of [samples, targets]) expect(values.every((value) => Number.isFinite(value))).toBe(true);
  if (classes !== undefined) expect(targets.every((label) => label < classes)).toBe(true);
}

/** Up to four changes: a bit, a byte, a part cut out, put in or doubled, the end cut off. Ends are where headers lie. */
function changed(valid: Uint8Array, draw: () => number): Content {
  let content = Buffer.from(valid);
  const at = () => {
    const [where, within] = [draw(), draw()];
    if (where < 0.4) return Math.floor(within * Math.min(160, content.length));
    return Math.floor(
      (where < 0.7 ? 1 - (within * Math.min(160, content.length)) / content.length : within) * content.length,
    );
  };
  const few = () => 1 + Math.floor(draw() ** 3 * 40);
  for (let changes = 1 + Math.floor(draw() * 4); changes > 0; changes -= 1) {
    const [kind, from] = [draw(), at()];
    const until = from + few();
    const random = Buffer.from(Array.from({ length: few() }, () => Math.floor(draw() * 256)));
    if (kind < 0.4) content[from] = (content[from] ?? 0) ^ (1 << Math.floor(draw() * 8));
    else if (kind < 0.6) content[from] = [0, 255, 127, 1, 0x30 + Math.floor(draw() * 10)][Math.floor(draw() * 5)] ?? 0;
    else if (kind < 0.7) content = Buffer.concat([content.subarray(0, from), content.subarray(until)]);
    else if (kind < 0.8) content = Buffer.concat([content.subarray(0, from), random, content.subarray(from)]);
    else if (kind < 0.9) content = Buffer.concat([content.subarray(0, until), content.subarray(from)]);
    else content = content.subarray(0, from);
  }
  return Uint8Array.from(content);
}
