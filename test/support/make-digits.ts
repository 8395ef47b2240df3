// Writes src/data/digits.bin from the data set and its split. Run by hand, once; not part of the build.
//
//   digits.bin   1797 * 64 uint8 pixels 0..16 (sample, row, column), then 1797 uint8 labels: optdigits.tes as
//                shipped with scikit-learn (sklearn.datasets.load_digits)
//   split.json   { split: { train: number[], test: number[] } }: numpy.random.RandomState(0).permutation(1797),
//                first 1437 and last 360
//
// The output holds the same bytes with the samples in the order of the split, training samples first, gzipped.
//
//   node --experimental-strip-types make-digits.ts digits.bin split.json src/data/digits.bin     (Node >= 22.6)
import { readFileSync, writeFileSync } from 'node:fs';
import { constants, gzipSync } from 'node:zlib';

const [source = '', splitFile = '', target = ''] = process.argv.slice(2);
const pixels = 64;
const bytes = readFileSync(source);
const { split } = JSON.parse(readFileSync(splitFile, 'utf8')) as { split: { train: number[]; test: number[] } };
const order = [...split.train, ...split.test];
const ordered = new Uint8Array(bytes.length);
order.forEach((from, to) => {
  ordered.set(bytes.subarray(from * pixels, (from + 1) * pixels), to * pixels);
  ordered[order.length * pixels + to] = bytes[order.length * pixels + from] ?? 0;
});
writeFileSync(target, gzipSync(ordered, { level: 9, memLevel: 9, strategy: constants.Z_FILTERED }));
