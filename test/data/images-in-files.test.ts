// IDX, CIFAR and the archives they come in: what they hold, to the byte, and what is refused, with what is told.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { cifar10, fromCifar10, fromCifar100, fromIdx } from '../../src/data/index.ts';
import { ArgumentError, DataError } from '../../src/errors.ts';
import { countUnpacked } from './count-unpacked.ts';
import { bytes, cifar, idx, tar } from './make.ts';

const pixels = Uint8Array.from({ length: 24 }, (_, index) => 10 * index);
const images = idx([4, 2, 3], pixels);
const labels = idx([4], [3, 0, 1, 1]);
const zip = (content: Uint8Array) => Uint8Array.from(gzipSync(content));

describe('IDX', () => {
  it('holds images and labels', async () => {
    const set = await fromIdx({ images, labels });
    expect(set).toEqual({
      name: 'idx',
      count: 4,
      shape: [2, 3, 1],
      targetShape: [],
      x: pixels,
      y: Uint32Array.of(3, 0, 1, 1),
      classes: 4,
      scale: 1 / 255,
    });
    expect(set.x.buffer).toBe(images.buffer);
  });

  it.each([
    ['packed by gzip', zip(images), zip(labels)],
    ['a Blob and a buffer', new Blob([images]), labels.buffer],
    ['within a larger buffer', Buffer.concat([new Uint8Array(5), images, new Uint8Array(7)]).subarray(5, -7), labels],
    ['shared', Uint8Array.from(images), new Uint8Array(new SharedArrayBuffer(12)).fill(0)],
  ])('may be %s', async (what, x, y) => {
    if (what === 'shared') (y as Uint8Array).set(labels);
    const set = await fromIdx({ images: x, labels: y, name: 'toy', classes: 7, scale: 2 });
    expect([...set.x]).toEqual([...pixels]);
    expect([set.name, set.classes, set.scale, ...set.y]).toEqual(['toy', 7, 2, 3, 0, 1, 1]);
  });

  const cut = (content: Uint8Array, end: number) => Uint8Array.from(content.subarray(0, end));
  const bomb = (dimensions: readonly number[], size: number) => zip(idx(dimensions, new Uint8Array(size)));
  const lying = zip(images);
  new DataView(lying.buffer).setUint32(lying.length - 4, 2e9, true);
  it.each<[string, { images?: Uint8Array; labels?: Uint8Array }, RegExp]>([
    ['nothing', { images: bytes() }, /toy images: got 0 bytes, expected a header of 16/],
    ['half a header', { images: cut(images, 9) }, /got 9 bytes, expected a header of 16/],
    ['truncated images', { images: cut(images, 30) }, /got 30 bytes, expected 40, as it declares\. It is truncated/],
    ['bytes added', { labels: bytes(labels, [0]) }, /toy labels: got 13 bytes, expected 12, .* It has bytes added/],
    ['bytes added within gzip', { images: zip(bytes(images, [0])) }, /got 41 bytes, expected 40/],
    ['the two exchanged', { images: labels }, /got magic number 2049 \(labels\), expected 2051 \(IDX images\)/],
    [
      'a web page',
      { images: bytes('<!doctype html>') },
      /got magic number 1008821359 \(not that of images or labels\)/,
    ],
    ['other numbers', { images: bytes([0, 0, 13, 3], images.subarray(4)) }, /magic number 3331/],
    ['no images', { images: idx([0, 2, 3], []) }, /dimensions 0 x 2 x 3, expected a product of 1 to 2147483648/],
    ['absurd dimensions', { images: idx([2 ** 31, 2 ** 31, 4], pixels) }, /dimensions 2147483648 x 2147483648 x 4/],
    [
      'fewer labels',
      { labels: idx([3], [1, 1, 1]) },
      /toy labels: got 3 labels, expected 4, one for each image of toy/,
    ],
    [
      'a label out of range',
      { labels: idx([4], [3, 0, 10, 1]) },
      /got label 10 of sample 2, expected a number in 0\.\.9/,
    ],
    ['truncated gzip', { images: cut(zip(images), -9) }, /packed bytes that claim|do not unpack/],
    ['the start of gzip', { images: cut(zip(images), 12) }, /got 12 bytes of gzip, expected at least 18/],
    ['bytes added to gzip', { images: bytes(zip(images), [1, 2, 3, 4]) }, /packed bytes that claim to be .* unpacked/],
    ['gzip of another size', { images: lying }, /claim to be 2000000000 unpacked, expected at most/],
    ['a bomb', { images: bomb([4, 2, 3], 3e6) }, /got 3000016 bytes, expected 40, as it declares/],
  ])('refuses %s', async (_what, change, message) => {
    const made = fromIdx({ name: 'toy', images, labels, classes: 10, ...change });
    await expect(made).rejects.toThrow(message);
    await expect(made).rejects.toBeInstanceOf(DataError);
  });

  it('stops a bomb early, however large', async () => {
    // 64 MB of zeros in 65 kB; the header is among the first 64 bytes.
    const packed = bomb([4, 2, 3], 2 ** 26);
    const unpacked = await countUnpacked(() =>
      expect(fromIdx({ images: packed, labels })).rejects.toThrow(/expected 40/),
    );
    expect(unpacked).toBeLessThan(1e6);
  });

  it('names the file of a File', async () => {
    const file = new File([labels], 't10k-images.gz');
    await expect(fromIdx({ images: file, labels })).rejects.toThrow(/^t10k-images\.gz: got magic/);
  });

  it('refuses options that are none', async () => {
    await expect(fromIdx({ images, labels, classes: 0 })).rejects.toThrow(ArgumentError);
    await expect(fromIdx({ images, labels, scale: 0 })).rejects.toThrow(ArgumentError);
    await expect(fromIdx({ images, labels, classes: '4' as never })).rejects.toThrow(/got classes '4', expected/);
    await expect(fromIdx({ images, labels: 'labels' as never })).rejects.toThrow(/got string, expected its content/);
    await expect(fromIdx({ images, labels: undefined as never })).rejects.toThrow(ArgumentError);
  });
});

describe('CIFAR', () => {
  const ten = cifar(3, (image) => [3 * image]);

  it('has planes of colours, which become pixels', async () => {
    const set = await fromCifar10(ten);
    expect([set.name, set.count, set.shape, set.classes, set.scale]).toEqual(['cifar-10', 3, [32, 32, 3], 10, 1 / 255]);
    expect([...set.y]).toEqual([0, 3, 6]);
    for (const [image, row, column] of [
      [0, 0, 0],
      [2, 5, 30],
      [1, 31, 31],
    ] as const)
      for (const c of [0, 1, 2])
        expect(set.x[((image * 32 + row) * 32 + column) * 3 + c]).toBe((100 * c + row + 3 * column + image) % 256);
  });

  it('joins files in their order', async () => {
    const set = await fromCifar10([ten, cifar(1, () => [9]), zip(ten)]);
    expect([...set.y]).toEqual([0, 3, 6, 9, 0, 3, 6]);
    expect(set.x.subarray(-3 * 3072)).toEqual(set.x.subarray(0, 3 * 3072));
  });

  it('has fine labels and coarse ones', async () => {
    const hundred = cifar(2, (image) => [19 - image, 99 - image]);
    const fine = await fromCifar100(hundred);
    const coarse = await fromCifar100(hundred, { coarse: true, name: 'groups' });
    expect([fine.name, fine.classes, ...fine.y]).toEqual(['cifar-100', 100, 99, 98]);
    expect([coarse.name, coarse.classes, ...coarse.y]).toEqual(['groups', 20, 19, 18]);
    expect(coarse.x).toEqual(fine.x);
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['nothing', () => fromCifar10(bytes()), /cifar-10 file 1: got 0 bytes, expected a multiple of 3073/],
    ['a truncated file', () => fromCifar10([ten, ten.slice(0, -1)]), /cifar-10 file 2: got 9218 bytes/],
    ['CIFAR-10 as CIFAR-100', () => fromCifar100(ten), /expected a multiple of 3074 \(2 of labels/],
    ['a label out of range', () => fromCifar10(cifar(2, () => [10])), /got label 10 of sample 0, expected .* 0\.\.9/],
    [
      'a coarse label out of range',
      () =>
        fromCifar100(
          cifar(1, () => [20, 0]),
          { coarse: true },
        ),
      /label 20/,
    ],
  ])('refuses %s', async (_what, make, message) => {
    const made = make();
    await expect(made).rejects.toThrow(message);
    await expect(made).rejects.toBeInstanceOf(DataError);
  });
});

describe('the archive of CIFAR-10', () => {
  const names = [...[1, 2, 3, 4, 5].map((index) => `data_batch_${index}.bin`), 'test_batch.bin'];
  const members = Object.fromEntries(names.map((name, index) => [name, cifar(1, () => [index])]));
  const archive = tar({
    'cifar-10-batches-bin/readme.html': bytes('<html>'),
    ...Object.fromEntries(
      Object.entries(members)
        .reverse()
        .map(([name, file]) => [`cifar-10-batches-bin/${name}`, file]),
    ),
  });
  const contents = async (files: NonNullable<Parameters<typeof cifar10>[0]>['files']) => {
    const { train, test } = await cifar10({ files: files ?? [] });
    return [train.name, ...train.y, test.name, ...test.y];
  };
  const expected = ['cifar-10 train', 0, 1, 2, 3, 4, 'cifar-10 test', 5];

  it('is found packed, unpacked, and in its six files', async () => {
    expect(await contents([zip(archive)])).toEqual(expected);
    expect(await contents({ 'cifar-10-binary.tar.gz': archive })).toEqual(expected);
    expect(await contents([new File([zip(archive)], 'cifar-10-binary (2).tar.gz'), new File([], 'notes.txt')])).toEqual(
      expected,
    );
    expect(await contents(members)).toEqual(expected);
    expect(await contents(Object.values(members))).toEqual(expected);
    const dropped = Object.entries(members).map(([name, file]) => new File([file], name));
    expect(await contents(dropped.reverse())).toEqual(expected);
  });

  const { 'data_batch_3.bin': third, ...five } = members;
  const spoilt = archive.slice();
  spoilt[10] = 0x41;
  const huge = archive.slice();
  huge.set(bytes('77777777777'), 124);
  it.each<[string, Uint8Array | typeof members, RegExp]>([
    ['five of the six', five, /cifar-10: got the files .*; data_batch_3\.bin missing\. Add them/],
    [
      'an archive of five',
      zip(tar(five)),
      /cifar-10-binary\.tar\.gz: got no data_batch_3\.bin in it, expected the binary/,
    ],
    ['no archive', third!, /got no header at byte 0, expected a tar archive/],
    ['a damaged header', zip(spoilt), /got no header at byte 0/],
    ['a damaged size', huge, /got no header at byte 0/],
    ['an archive of nothing', new Uint8Array(1024), /got no files/],
    ['half of it', archive.slice(0, 8500), /got a member of 3073 bytes at byte \d+ of 8500, expected whole members/],
    ['a part of gzip', zip(archive).slice(0, -20), /claim to be|do not unpack/],
  ])('is refused: %s', async (_what, files, message) => {
    const made = cifar10({ files: files instanceof Uint8Array ? [files] : files });
    await expect(made).rejects.toThrow(message);
    await expect(made).rejects.toBeInstanceOf(DataError);
  });
});
