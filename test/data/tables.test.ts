// npz and CSV: the numbers they hold, and what is refused, with what is told.
import { describe, expect, it } from 'vitest';
import { type CsvOptions, fromCsv, fromNpz, type NpzOptions } from '../../src/data/index.ts';
import { ArgumentError, DataError } from '../../src/errors.ts';
import { countUnpacked } from './count-unpacked.ts';
import { bytes, npy, zip } from './make.ts';

describe('npz', () => {
  const x = npy('<f4', [3, 2], Float32Array.of(0.5, -1, 2, 3, 4, 1e-9));
  const y = npy('<i8', [3], BigInt64Array.of(2n, 0n, 1n));
  const arrays = { samples: 'x', targets: 'y' };
  const pair = (change: Readonly<Record<string, Uint8Array>> = {}) => zip({ 'x.npy': x, 'y.npy': y, ...change });

  it.each([
    ['stored', false, ''],
    ['deflated', true, ''],
    ['with a comment', false, 'PK, they said'],
  ])('holds arrays by name, %s', async (_what, deflated, comment) => {
    const set = await fromNpz(zip({ 'x.npy': x, 'y.npy': y }, deflated, comment), { arrays, name: 'toy' });
    expect(set).toEqual({
      name: 'toy',
      count: 3,
      shape: [2],
      targetShape: [],
      x: Float32Array.of(0.5, -1, 2, 3, 4, 1e-9),
      y: Uint32Array.of(2, 0, 1),
      classes: 3,
    });
  });

  it('keeps bytes, of the two sets in files like that of Keras', async () => {
    const file = zip(
      {
        'x_test.npy': npy('|u1', [1, 2, 2], Uint8Array.of(9, 8, 7, 255)),
        'x_train.npy': npy('|u1', [2, 2, 2], Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)),
        'y_train.npy': npy('|u1', [2], Uint8Array.of(0, 1)),
        'y_test.npy': npy('|u1', [1], Uint8Array.of(4)),
      },
      true,
    );
    const { train, test } = await fromNpz(new File([file], 'mnist.npz'));
    expect([train.name, train.shape, ...train.x, train.scale]).toEqual([
      'mnist.npz train',
      [2, 2],
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      1 / 255,
    ]);
    expect([test.x, test.classes, train.classes, ...test.y]).toEqual([Uint8Array.of(9, 8, 7, 255), 5, 5, 4]);
    const shaped = await fromNpz(file, { shape: [2, 2, 1], scale: 1, classes: 10 });
    expect([shaped.test.shape, shaped.test.scale, shaped.train.classes]).toEqual([[2, 2, 1], 1, 10]);
  });

  it.each<[string, ArrayBufferView]>([
    ['<f4', Float32Array.of(3, 1)],
    ['<f8', Float64Array.of(3, 1)],
    ['|u1', Uint8Array.of(3, 1)],
    ['<i4', Int32Array.of(3, 1)],
    ['<u4', Uint32Array.of(3, 1)],
    ['<i8', BigInt64Array.of(3n, 1n)],
  ])('has samples, labels and targets of type %s', async (descr, data) => {
    const array = npy(descr, [2, 1], data);
    const both = zip({ 'x.npy': array, 'y.npy': array });
    const set = await fromNpz(both, { arrays, y: 'labels' });
    expect([[...set.x], [...set.y], set.classes, set.targetShape]).toEqual([[3, 1], [3, 1], 4, []]);
    const { y: targets, targetShape, classes } = await fromNpz(both, { arrays, y: 'targets' });
    expect([targets, targetShape, classes]).toEqual([Float32Array.of(3, 1), [1], undefined]);
    expect((await fromNpz(both, { arrays })).classes).toBe(descr.includes('f') ? undefined : 4);
  });

  it.each([1, 2, 3])('has arrays of version %s', async (version) => {
    const array = npy('<f4', [3, 2], Float32Array.of(1, 2, 3, 4, 5, 6), undefined, version);
    expect([...(await fromNpz(pair({ 'x.npy': array }), { arrays })).x]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  const six = Float32Array.of(1, 2, 3, 4, 5, 6);
  const written = (header: string) => pair({ 'x.npy': npy('', [], six, header) });
  const good = pair();
  const flipped = good.slice();
  flipped[150] = 77;
  const encrypted = good.slice();
  encrypted[encrypted.lastIndexOf(0x50, -30) + 8] = 1;
  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', bytes(), /toy: got no end of a directory/],
    ['a lone npy', x, /toy: got no end of a directory/],
    ['a truncated file', good.slice(0, -1), /no end of a directory/],
    ['bytes added', bytes(good, [0]), /no end of a directory/],
    ['bytes before', bytes([0], good), /got a directory at byte \d+, expected one that ends at byte \d+/],
    ['a flipped bit', flipped, /toy: x: got another CRC-32, expected that of the directory/],
    ['an encrypted entry', encrypted, /got y\.npy encrypted/],
    [
      'no such array',
      zip({ 'x.npy': x, 'z.npy': y }),
      /got no array y among x\.npy, z\.npy, expected one\. Name the arrays/,
    ],
    [
      'something else inside',
      pair({ 'x.npy': bytes('hello, this is text') }),
      /toy: x: got bytes that do not begin as an npy/,
    ],
    [
      'a version to come',
      pair({ 'x.npy': bytes(x.slice(0, 6), [4], x.slice(7)) }),
      /npy version 4, expected 1, 2 or 3/,
    ],
    ['a long header', pair({ 'x.npy': bytes(x.slice(0, 8), [255, 255], x.slice(10)) }), /a header of 65545 bytes/],
    [
      'halves',
      pair({ 'x.npy': npy('<f2', [6], new Uint16Array(6)) }),
      /numbers of type <f2, expected one of \|u1, .*astype/,
    ],
    ['big-endian numbers', pair({ 'x.npy': npy('>f4', [6], six) }), /numbers of type >f4/],
    [
      'a structure',
      written("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,), }"),
      /of type a structure/,
    ],
    ['columns', written("{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2), }"), /in columns.*ascontiguousarray/],
    ['no shape', written("{'descr': '<f4', 'fortran_order': False}"), /a header without a shape/],
    ['a shape that is none', written("{'descr': '<f4', 'fortran_order': False, 'shape': (-3, 2)}"), /without a shape/],
    [
      'a number',
      written("{'descr': '<f4', 'fortran_order': False, 'shape': ()}"),
      /got a single number, expected an array/,
    ],
    [
      'absurd dimensions',
      pair({ 'x.npy': npy('<f4', [2 ** 31, 2 ** 31], six) }),
      /dimensions 2147483648 x 2147483648 x 4/,
    ],
    ['no samples', pair({ 'x.npy': npy('<f4', [0, 2], new Float32Array(0)) }), /dimensions 0 x 2 x 4/],
    [
      'fewer numbers',
      pair({ 'x.npy': npy('<f4', [3, 3], six) }),
      /toy: x: got 24 bytes of numbers, expected 36 \(3 x 3 x 4\)/,
    ],
    ['more numbers', pair({ 'x.npy': npy('<f4', [1], six) }), /got 24 bytes of numbers, expected 4/],
    [
      'fewer labels',
      pair({ 'y.npy': npy('<i4', [2], Int32Array.of(0, 1)) }),
      /got 2 values of y, expected 3, one for each of x/,
    ],
    ['a negative label', pair({ 'y.npy': npy('<i4', [3], Int32Array.of(0, -1, 1)) }), /label of sample 1 is -1/],
    [
      'labels of billions',
      pair({ 'y.npy': npy('<u4', [3], Uint32Array.of(0, 1, 2 ** 31)) }),
      /toy: y: got label 2147483648/,
    ],
    [
      'a number that is none',
      pair({ 'x.npy': npy('<f4', [3], Float32Array.of(0, 1, Number.NaN)) }),
      /x of sample 2 is NaN/,
    ],
    [
      'a double that is no float',
      pair({ 'x.npy': npy('<f8', [3], Float64Array.of(0, 1e39, 0)) }),
      /x of sample 1 is 1e\+39/,
    ],
  ])('refuses %s', async (_what, file, message) => {
    const made = fromNpz(file, { arrays, name: 'toy' });
    await expect(made).rejects.toThrow(message);
    await expect(made).rejects.toBeInstanceOf(DataError);
  });

  it('refuses bombs before they are unpacked', async () => {
    const small = zip({ 'x.npy': npy('|u1', [2 ** 26], new Uint8Array(2 ** 26)), 'y.npy': y }, true);
    const view = new DataView(small.buffer);
    // The directory says 1 kB, the data hold 64 MB; and the other way round.
    const sizeAt = Buffer.from(small).indexOf('PK\x01\x02') + 24;
    view.setUint32(sizeAt, 1000, true);
    const refused = (message: RegExp) => () => expect(fromNpz(small, { arrays })).rejects.toThrow(message);
    expect(await countUnpacked(refused(/x: got more than 1000 unpacked bytes/))).toBeLessThan(1e6);
    view.setUint32(sizeAt, 2 ** 31, true);
    expect(await countUnpacked(refused(/claim to be 2147483648 unpacked, expected at most/))).toBe(0);
  });

  it.each<[NpzOptions]>([[{ shape: [3] }], [{ scale: 1 / 255 }], [{ classes: 0 }], [{ y: 'label' as never }]])(
    'refuses %o',
    async (options) => {
      await expect(fromNpz(pair(), { arrays, ...options })).rejects.toThrow(ArgumentError);
    },
  );
});

describe('CSV', () => {
  const text = 'height,width,kind\r\n1,2.5,0\r\n-3e1,.5,2\r\n\r\n" 4 ","5",1\r\n';
  const expected = { x: Float32Array.of(1, 2.5, -30, 0.5, 4, 5), y: Uint32Array.of(0, 2, 1) };

  it.each<[string, string | Uint8Array, CsvOptions]>([
    ['by name', text, { label: 'kind' }],
    ['by number', text, { label: 2, header: true }],
    ['from the end', text, { label: -1 }],
    ['as a file', bytes(text), { label: 'kind' }],
    ['after a byte-order mark', bytes([0xef, 0xbb, 0xbf], text), { label: 'kind' }],
    ['of another separator', text.replaceAll(',', ';'), { label: 'kind', separator: ';' }],
    ['without a last end of line', text.trimEnd(), { label: 'kind' }],
    ['without a header', text.slice(text.indexOf('\n') + 1), { label: 2 }],
    ['of an old Mac', text.replaceAll('\r\n', '\r'), { label: 'kind' }],
    ['quoted names', text.replace('kind', '"the ""kind"",\n of it"'), { label: 'the "kind",\n of it' }],
    ['labels first', 'a,b,c\n0,1,2.5\n2,-30,.5\n1,4,5', { label: 'a' }],
  ])('reads numbers: %s', async (_what, csv, options) => {
    expect(await fromCsv(csv, options)).toEqual({
      name: 'csv',
      count: 3,
      shape: [2],
      targetShape: [],
      classes: 3,
      ...expected,
    });
  });

  it('reads targets, one or more', async () => {
    const one = await fromCsv(text, { targets: ['height'] });
    expect([one.shape, one.targetShape, one.y, one.classes]).toEqual([[2], [1], Float32Array.of(1, -30, 4), undefined]);
    const two = await fromCsv(text, { targets: [2, 'height'] });
    expect([[...two.x], two.targetShape, [...two.y]]).toEqual([[2.5, 0.5, 5], [2], [1, 0, -30, 2, 4, 1]]);
  });

  it('takes a line of numbers as names where that is said', async () => {
    const set = await fromCsv('0,1\n5,6\n7,8', { label: '1', header: true, classes: 9 });
    expect([[...set.x], [...set.y]]).toEqual([
      [5, 7],
      [6, 8],
    ]);
  });

  it('keeps bytes where they have a scale', async () => {
    const csv = `label,${Array.from({ length: 784 }, (_, index) => `p${index}`).join()}\n${`3,${'255,0,'.repeat(392).slice(0, -1)}\n`.repeat(50)}`;
    const set = await fromCsv(csv, { label: 'label', classes: 10, scale: 1 / 255, shape: [28, 28, 1] });
    expect([set.count, set.shape, set.x.constructor, set.scale, set.y[49]]).toEqual([
      50,
      [28, 28, 1],
      Uint8Array,
      1 / 255,
      3,
    ]);
    expect([...set.x.subarray(-2)]).toEqual([255, 0]);
  });

  it.each<[string, string | Uint8Array, Partial<CsvOptions>, RegExp]>([
    ['nothing', '', {}, /^toy: got no line of numbers/],
    ['names alone', 'a,b\n', {}, /got no line of numbers/],
    ['a text', 'a,b\n1,0\nx,1', {}, /^toy, line 3, column 0: got "x", expected a finite number/],
    ['a missing cell', 'a,b\n1,0\n,1', {}, /line 3, column 0: got "", expected a finite number/],
    ['a hexadecimal number', 'a,b\n0x10,0', {}, /got "0x10"/],
    ['no number', 'a,b\nNaN,0', {}, /got "NaN"/],
    ['infinity', 'a,b\n1e39,0', {}, /got "1e39"/],
    ['a short line', 'a,b\n1,0\n1', {}, /line 3: got 1 cells, expected 2/],
    ['a long line', 'a,b\n1,0,3', {}, /line 2: got 3 cells, expected 2/],
    ['an open quote', 'a,b\n1,"0\n2,1', {}, /line 2: got a quote without its end/],
    ['text after a quote', 'a,b\n"1"2,0', {}, /line 2: got text after a quoted cell/],
    [
      'names that are called numbers',
      'a,b\n1,0',
      { header: false, label: 1 },
      /line 1, column 0: got "a".*header: true/,
    ],
    ['a fractional label', 'a,b\n1,0.5', {}, /toy: got label 0\.5, expected whole numbers/],
    ['a negative label', 'a,b\n1,-1', {}, /the label of sample 0 is -1/],
    ['a label out of range', 'a,b\n1,2', { classes: 2 }, /the label of sample 0 is 2, expected .* 0\.\.1/],
    ['a label of billions', 'a,b\n1,2e9', {}, /toy: got label 2000000000/],
    [
      'more than a byte',
      'a,b\n256,0',
      { scale: 1 },
      /line 2, column 0: got "256", expected a whole number in 0\.\.255/,
    ],
    ['other than text', bytes([0xff, 0xfe, 0x31, 0]), {}, /toy: got bytes that are no text, expected UTF-8/],
    ['a line of digits, and a letter', `a,b\n${'1'.repeat(1e6)}x,0`, {}, /line 2, column 0: got "1{40}"/],
  ])('refuses %s', async (_what, csv, options, message) => {
    const made = fromCsv(csv, { label: 'b', name: 'toy', ...options });
    await expect(made).rejects.toThrow(message);
    await expect(made).rejects.toBeInstanceOf(DataError);
  });

  it.each<[CsvOptions, RegExp]>([
    [{}, /give either label or targets/],
    [{ label: 'kind', targets: ['kind'] }, /give either label or targets/],
    [{ label: 'colour' }, /there is no column colour; the table has columns height, width, kind/],
    [{ label: 3 }, /there is no column 3/],
    [{ label: -4 }, /there is no column -4/],
    [{ label: 'kind', header: false }, /there is no column kind; the table has 3 columns without names/],
    [{ targets: [] }, /got 0 columns to learn of 3/],
    [{ targets: ['kind', 2] }, /got 2 columns to learn of 3, expected some, each once/],
    [{ targets: [0, 1, 2] }, /got 3 columns to learn of 3/],
    [{ label: 'kind', separator: '' }, /separator must be one character/],
    [{ label: 'kind', separator: '"' }, /separator must be one character/],
  ])('refuses the options %o', async (options, message) => {
    const made = fromCsv(text, options);
    await expect(made).rejects.toThrow(message);
    await expect(made).rejects.toBeInstanceOf(ArgumentError);
  });
});
