// Options of data sets as those give them who write no TypeScript. What is out of range: the tests of each data set.
import { describe, expect, it } from 'vitest';
import * as data from '../../src/data/index.ts';
import { ArgumentError } from '../../src/errors.ts';
import { bytes, cifar, idx, npy, zip } from './make.ts';

type Options = never;
const images = idx([1, 2, 2], [1, 2, 3, 4]);
const labels = idx([1], [0]);
const npz = zip({ 'x.npy': npy('<f4', [1], Float32Array.of(1)), 'y.npy': npy('<i4', [1], Int32Array.of(0)) });
const arrays = { samples: 'x', targets: 'y' };

const calls: readonly (readonly [name: string, call: (options: unknown) => unknown])[] = [
  ['fromCsv', (options) => data.fromCsv('1,0', options as Options)],
  ['fromIdx', (options) => data.fromIdx(options as Options)],
  ['fromNpz', (options) => data.fromNpz(npz, options as Options)],
  [
    'fromCifar10',
    (options) =>
      data.fromCifar10(
        cifar(1, () => [0]),
        options as Options,
      ),
  ],
  [
    'fromCifar100',
    (options) =>
      data.fromCifar100(
        cifar(1, () => [0, 0]),
        options as Options,
      ),
  ],
  ['fromImages', (options) => data.fromImages([new Blob([bytes()])], options as Options)],
  ['mnist', (options) => data.mnist(options as Options)],
  ['fashion-mnist', (options) => data.fashionMnist(options as Options)],
  ['cifar-10', (options) => data.cifar10(options as Options)],
  ['glyphs', async (options) => data.glyphs(options as Options)],
  ['spiral', async (options) => data.spiral(options as Options)],
  ['circles', async (options) => data.circles(options as Options)],
  ['moons', async (options) => data.moons(options as Options)],
  ['xor', async (options) => data.xor(options as Options)],
];

describe.each(calls)('%s', (name, call) => {
  it.each([
    [{ image: 1, files: [] }, "there is no option 'image'; it takes "],
    [null, 'expected an object of options, { '],
    [5, 'expected an object of options, { '],
  ])('refuses %j', async (options, message) => {
    const made = call(options);
    await expect(made).rejects.toThrow(ArgumentError);
    await expect(made).rejects.toThrow(message);
    await expect(made).rejects.toThrow(name);
  });
});

it('names what a loader cannot do without', async () => {
  await expect(data.fromCsv('1,0', undefined as Options)).rejects.toThrow(
    'fromCsv: expected an object of options, { label, targets, ',
  );
  await expect(data.fromIdx(undefined as Options)).rejects.toThrow(
    'fromIdx: expected an object of options, { images, labels, ',
  );
});

it('takes the options that there are', async () => {
  expect((await data.fromIdx({ images, labels, name: 'a', classes: 2, scale: 1 })).name).toBe('a');
  expect((await data.fromNpz(npz, { arrays, name: 'a', shape: [1], y: 'labels', classes: 2 })).name).toBe('a');
  await expect(data.fromNpz(npz, { arrays: { x: 'x', y: 'y' } as Options })).rejects.toThrow(
    "fromNpz: arrays: there is no option 'x'; it takes samples, targets",
  );
});

it('shows a text in the place of a number', () => {
  expect(() => data.moons({ samples: '100' as Options })).toThrow("moons: got samples '100', expected a whole number");
  expect(() => data.glyphs({ samples: '100' as Options })).toThrow("got '100'");
});
