// Files that a visitor of the demo chooses → data sets, or a sentence about what is wrong with them. Pictures: test/browser.
import { describe, expect, it } from 'vitest';
import { someOf } from '../demo/excerpt.ts';
import { createLibrary } from '../demo/library.ts';
import { readFiles } from '../demo/ownfiles.ts';
import { data } from '../src/index.ts';
import { cifar, idx, npy, tar, zip } from './data/make.ts';

type Content = Uint8Array<ArrayBuffer> | string;

const named = (files: Readonly<Record<string, Content>>) =>
  Object.entries(files).map(([path, content]) => ({ path, file: new File([content], path.split('/').at(-1) ?? '') }));
const read = (files: Readonly<Record<string, Content>>) => readFiles(named(files));

const counting = (count: number, modulus = 256) => Uint8Array.from({ length: count }, (_, index) => index % modulus);
const images = (count: number, side = 8) => idx([count, side, side], counting(count * side * side));
const labels = (count: number) => idx([count], counting(count, 3));
const TRAIN = { 'train-images-idx3-ubyte': images(12), 'train-labels-idx1-ubyte': labels(12) };
const TEST = { 't10k-images-idx3-ubyte': images(6), 't10k-labels-idx1-ubyte': labels(6) };
const table = (rows: number) => Array.from({ length: rows }, (_, row) => `${row},${row * row},${row % 2}`).join('\n');
const facts = async (files: Readonly<Record<string, Content>>) => {
  const { train, test } = await read(files);
  expect(test.classes).toBe(train.classes);
  return {
    counts: [train.count, test.count],
    shape: train.shape,
    classes: train.classes,
    bytes: train.scale !== undefined,
  };
};

/** `rows` lines below `head`; the last column is 0 or 1. */
const points = (head: string, rows = 24) =>
  [head, ...Array.from({ length: rows }, (_, row) => `${row},${(row * 3) % 7},${row % 2}`)].join('\n');

describe('files are read', () => {
  it.each(['x,y,class', 'x,y,label', 'target,a,label', 'a,class,"Labels"', ' y , x , Target '])(
    'with the labels of the last column: %s',
    async (head) => {
      const { train, test } = await read({ 'points.csv': points(head) });
      expect([train.classes, train.shape, [...new Set([...train.y, ...test.y])].toSorted((a, b) => a - b)]).toEqual([
        2,
        [2],
        [0, 1],
      ]);
    },
  );

  it.each([
    ['IDX with a test set', { ...TRAIN, ...TEST }, [12, 6], [8, 8, 1], 3, true],
    [
      'IDX without one, in a folder called test',
      { 'test/images-idx3-ubyte': images(12), 'test/labels-idx1-ubyte': labels(12) },
      [10, 2],
      [8, 8, 1],
      3,
      true,
    ],
    [
      'an npz as Keras has them',
      {
        'a.npz': zip({
          'x_train.npy': npy('|u1', [4, 8, 8], counting(256)),
          'y_train.npy': npy('|u1', [4], counting(4, 2)),
          'x_test.npy': npy('|u1', [2, 8, 8], counting(128)),
          'y_test.npy': npy('|u1', [2], counting(2)),
        }),
      },
      [4, 2],
      [8, 8, 1],
      2,
      true,
    ],
    [
      'an npz without a test set',
      {
        'a.npz': zip({
          'x_train.npy': npy('|u1', [6, 3], counting(18)),
          'y_train.npy': npy('|u1', [6], counting(6, 2)),
        }),
      },
      [5, 1],
      [3],
      2,
      true,
    ],
    [
      'an npz of x and y',
      {
        'a.npz': zip({
          'x.npy': npy('<f4', [12, 3], new Float32Array(36)),
          'y.npy': npy('<f4', [12], Float32Array.from(counting(12, 2))),
        }),
      },
      [10, 2],
      [3],
      2,
      false,
    ],
    ['a table', { 'points.csv': table(30) }, [25, 5], [2], 2, false],
    ['tables, one for testing', { 'a/train.csv': table(30), 'a/test.csv': table(8) }, [30, 8], [2], 2, false],
    [
      'a table of pictures, its labels named',
      { 'd.csv': `label,${counting(64).join()}\n1,${counting(64).join()}\n0,${counting(64).join()}` },
      [1, 1],
      [8, 8, 1],
      2,
      true,
    ],
    [
      'CIFAR-10',
      {
        'cifar/data_batch_1.bin': cifar(4, (image) => [image]),
        'cifar/test_batch.bin': cifar(2, () => [9]),
        'cifar/readme.html': '<html>',
      },
      [4, 2],
      [32, 32, 3],
      10,
      true,
    ],
    ['CIFAR-100', { 'train.bin': cifar(6, (image) => [0, image]) }, [5, 1], [32, 32, 3], 100, true],
  ] as const)('%s', async (_, files, counts, shape, classes, bytes) => {
    expect(await facts(files)).toEqual({ counts, shape, classes, bytes });
  });

  it('CIFAR-10 as it is downloaded', async () => {
    const parts = ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'];
    const archive = tar(Object.fromEntries(parts.map((part) => [`cifar/${part}.bin`, cifar(1, () => [3])])));
    expect((await facts({ 'anything.tar': archive })).counts).toEqual([5, 1]);
  });

  it('columns of tables and channels of colours get mean 0 and variance 1', async () => {
    const { train } = await read({ 'train.csv': table(30), 'test.csv': table(8) });
    const column = Array.from(train.x).filter((_, index) => index % 2 === 1);
    const mean = column.reduce((sum, value) => sum + value, 0) / 30;
    expect(mean).toBeCloseTo(0, 5);
    expect(column.reduce((sum, value) => sum + value ** 2, 0) / 30).toBeCloseTo(1, 5);
    const { train: photographs } = await read({ 'a.bin': cifar(6, () => [0]) });
    expect(photographs.normal?.mean.length).toBe(3);
    expect((await read(TRAIN)).train.normal).toBeUndefined();
  });

  it('a packed table has its labels where its first line says, and pictures are as bright as the table allows', async () => {
    const rows = [16, 8, 4, 2].map((top, row) => `${row % 2},${counting(63, 2).join()},${top}`);
    const text = `label,${counting(64).join()}\n${rows.join('\n')}`;
    const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
    const packed = new Uint8Array(await new Response(stream).arrayBuffer());
    const [plain, unpacked] = [await read({ 'a.csv': text }), await read({ 'a.csv.gz': packed })];
    expect(unpacked.train.x).toEqual(plain.train.x);
    expect([unpacked.train.classes, unpacked.train.shape]).toEqual([2, [8, 8, 1]]);
    const both = await read({ 'train.csv.gz': packed, 'test.csv': text.replace(',16', ',32') });
    expect([both.train.scale, both.test.scale]).toEqual([1 / 16, 1 / 16]);
    await expect(read({ 'a.csv.gz': packed.slice(0, -12) })).rejects.toThrow(/truncated|unpack/);
  });

  it('what is held out is a sixth, each sample in one set, and the same again', async () => {
    const rows = Array.from({ length: 60 }, (_, row) => `${row},0,0`).join('\n');
    const [one, two] = [await read({ 'a.csv': rows }), await read({ 'a.csv': rows })];
    expect(one).toEqual(two);
    const all = [...one.train.x, ...one.test.x].filter((_, index) => index % 2 === 0);
    expect(new Set(all).size).toBe(60);
    expect(one.test.x).not.toEqual(one.train.x.subarray(0, 20));
  });
});

describe('a sentence tells', () => {
  const truncated = TRAIN['train-images-idx3-ubyte'].slice(0, -9);
  it.each([
    [
      'a kind that is unknown',
      { 'paper.pdf': '%PDF' },
      /^paper\.pdf: of a kind that this page does not read; it takes IDX/,
    ],
    [
      'two kinds',
      { 'a.csv': '1,2', 'b.npz': 'PK' },
      /^These are files of two kinds, npz and tables; take those of one/,
    ],
    ['a web page', { 'a.csv': ' <!DOCTYPE html><p>Sign in' }, /^a\.csv is a web page, not data/],
    [
      'a truncated file',
      { ...TRAIN, 'train-images-idx3-ubyte': truncated },
      /got 775 bytes, expected 784.*It is truncated/,
    ],
    [
      'labels that are missing',
      { 'train-images-idx3-ubyte': images(3) },
      /came without its labels; choose the file of labels/,
    ],
    ['images that are missing', { 'train-labels-idx1-ubyte': labels(3) }, /came without its images/],
    ['labels of other images', { ...TRAIN, 'train-labels-idx1-ubyte': labels(11) }, /got 11 labels, expected 12/],
    [
      'images of two sizes',
      { ...TRAIN, ...TEST, 't10k-images-idx3-ubyte': images(6, 9) },
      /testing are 9 × 9 × 1, those for training 8 × 8 × 1; both must be of one size/,
    ],
    [
      'a cell that is no number',
      { 'iris.csv': '5.1,3.5,setosa\n4.9,3,setosa' },
      /line 2, column 2.*"setosa", expected a finite number\. All cells must be numbers.*whole numbers.*in place of names.*from the last column/,
    ],
    [
      'decimal commas',
      { 'a.csv': 'x;y;label\n4,9;3,1;0' },
      /"4,9", expected a finite number\. All.* with a point for decimals/,
    ],
    ['one column', { 'a.csv': '1\n2' }, /^a\.csv has one column; a table needs one of labels and others to learn from/],
    ['labels that are none', { 'a.csv': '1,2.5\n1,0.5' }, /label 2\.5/],
    ['a column of thousands of labels', { 'a.csv': '1,5000\n1,0' }, /labels up to 5000; whole numbers from 0 to 999/],
    ['a single sample', { 'a.csv': '1,0' }, /has a single sample/],
    [
      'an npz with other arrays',
      { 'a.npz': zip({ 'z.npy': npy('|u1', [1], counting(1)) }) },
      /^a\.npz has z\.npy; it needs x_train and y_train, with x_test and y_test or without them, or x and y\./,
    ],
    [
      'an npz of x and y whose labels are none',
      { 'a.npz': zip({ 'x.npy': npy('|u1', [2, 3], counting(6)), 'y.npy': npy('<f4', [2], Float32Array.of(0, 0.5)) }) },
      /y: label 0\.5|label 0\.5/,
    ],
    [
      'an npz of x and y of other samples',
      { 'a.npz': zip({ 'x.npy': npy('|u1', [2, 3], counting(6)), 'y.npy': npy('|u1', [3], counting(3)) }) },
      /^a\.npz: got 3 values of y, expected 2, one for each of x\. Choose/,
    ],
    ['CIFAR for Python', { 'a.bin': 'python' }, /expected a multiple of 3073/],
    ['pictures without folders', { 'a.png': 'x' }, /lies in no folder, which would name its class/],
    ['pictures in one folder', { 'cats/a.png': 'x' }, /have one label; choose the folder above/],
  ] as const)('%s', async (_, files, message) => {
    const error = await read(files).catch((thrown: Error) => thrown);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toMatch(/\. Choose other files, or another data set\.$/);
    expect((error as Error).name).toBe('DataError');
  });
});

describe('an excerpt', () => {
  const most = (labelOf: (index: number) => number) => {
    const x = Uint32Array.from({ length: 10_000 }, (_, index) => index);
    const { count, x: chosen, y } = someOf(data.dataset({ shape: [1], x, y: x.map(labelOf), classes: 10 }));
    expect([count, chosen.length, new Set(chosen).size]).toEqual([1000, 1000, 1000]);
    expect(Array.from(y)).toEqual(Array.from(chosen, labelOf));
    return Array.from({ length: 10 }, (_, label) => y.filter((each) => each === label).length);
  };

  it('has samples of all classes, whether they lie together or take turns', () => {
    expect(most((index) => Math.floor(index / 1000))).toEqual(Array(10).fill(100));
    for (const count of most((index) => index % 10)) expect(Math.abs(count - 100)).toBeLessThan(10);
  });

  it('of few samples is all of them', async () => {
    const { test } = await data.digits();
    expect(someOf(test)).toEqual(test);
  });
});

describe('the library', () => {
  it('keeps the files, knows them again, and stays with them where others cannot be read', async () => {
    const library = createLibrary();
    expect([library.has('files'), library.has('digits'), library.has('mnist')]).toEqual([false, true, false]);
    await expect(library.get('files')).rejects.toThrow(/Your files are not here.*drop them on the page/);
    await expect(library.take(named({ 'a.pdf': '' }))).rejects.toThrow('does not read');
    expect(library.has('files')).toBe(false);
    const { print } = await library.take(named({ 'a.csv': table(30) }));
    await library.get('moons');
    expect((await library.get('files')).print).toBe(print);
    expect((await library.take(named({ 'b.csv': table(30) }))).print).toBe(print);
    const other = await library.take(named({ 'a.csv': table(31) }));
    expect(other.print).not.toBe(print);
    const wrong = library.take(named({ 'a.pdf': '' }));
    // Asked for while they are read.
    expect((await library.get('files')).print).toBe(other.print);
    await expect(wrong).rejects.toThrow('does not read');
    expect((await library.get('files')).print).toBe(other.print);
    expect((await library.get('moons')).train.name).toBe('moons train');
  });
});
