// Data sets: what is refused, the digits' bytes, and the shapes of the synthetic sets.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ByteFields, type Dataset, type DatasetFields, dataset, split, toFloats } from '../src/data/dataset.ts';
import { decodeDigits } from '../src/data/digits.ts';
import { circles, digits, digitsAttribution, glyphs, moons, spiral, xor } from '../src/data/index.ts';
import { meanAndStd } from '../src/data/statistics.ts';
import { ArgumentError, DataError } from '../src/errors.ts';
import { normalize } from '../src/nn/normalize.ts';
import { SHARD_BYTES, sourceOf } from '../src/train/source.ts';

type Pair = Awaited<ReturnType<typeof digits>>;

const histogram = (values: ArrayLike<number>, classes: number) =>
  Array.from({ length: classes }, (_, c) => Array.from(values).filter((value) => value === c).length);

describe('dataset', () => {
  const good: DatasetFields = { name: 'toy', shape: [2, 3], x: Array(24).fill(0.5), y: [0, 1, 2, 1], classes: 3 };

  it('counts the samples and keeps what it was given', () => {
    const { name, count, shape, x, y, targetShape, classes } = dataset(good);
    expect({ name, count, shape, targetShape, classes }).toEqual({
      name: 'toy',
      count: 4,
      shape: [2, 3],
      targetShape: [],
      classes: 3,
    });
    expect(x).toEqual(new Float32Array(24).fill(0.5));
    expect(y).toEqual(Uint32Array.of(0, 1, 2, 1));
  });

  it('takes regression targets', () => {
    const { y, targetShape, classes } = dataset({ shape: [1], x: [1, 2], y: [1, 2, 3, 0.5], targetShape: [2] });
    expect({ y, targetShape, classes }).toEqual({
      y: Float32Array.of(1, 2, 3, 0.5),
      targetShape: [2],
      classes: undefined,
    });
  });

  it('does not copy typed arrays, unless their memory is shared', () => {
    const x = new Float32Array(24);
    const y = Uint32Array.of(0, 1, 2, 1);
    expect(dataset({ ...good, x, y }).x).toBe(x);
    expect(dataset({ ...good, x, y }).y).toBe(y);
    const shared = dataset({ ...good, x: new Float32Array(new SharedArrayBuffer(96)) }).x;
    expect(shared.buffer).toBeInstanceOf(ArrayBuffer);
  });

  const withValue = (at: number, value: number) => Array.from({ length: 24 }, (_, index) => (index === at ? value : 0));
  it.each<[string, Partial<DatasetFields>, typeof ArgumentError | typeof DataError, RegExp]>([
    ['NaN', { x: withValue(17, Number.NaN) }, DataError, /'toy': x of sample 2 is NaN at \[1, 2\], expected a finite/],
    ['infinity', { x: withValue(0, -Infinity) }, DataError, /x of sample 0 is -Infinity at \[0, 0\]/],
    ['more than f32 holds', { x: withValue(23, 1e39) }, DataError, /x of sample 3 is 1e\+39 at \[1, 2\]/],
    [
      'a NaN target',
      { classes: undefined, targetShape: [], y: [0, 1, Number.NaN, 0] },
      DataError,
      /y of sample 2 is NaN at \[\]/,
    ],
    ['a label too large', { y: [0, 1, 3, 9] }, DataError, /the label of sample 2 is 3, expected .* 0\.\.2/],
    ['a negative label', { y: [-1, 1, 2, 0] }, DataError, /sample 0 is -1/],
    ['a fractional label', { y: [0, 0.5, 2, 0] }, DataError, /sample 1 is 0.5/],
    ['a label that is none', { y: [0, 1, 2, Number.NaN] }, DataError, /sample 3 is NaN/],
    ['x of another length', { x: [1, 2, 3, 4, 5, 6, 7] }, DataError, /x has 7 values, expected a multiple of 6/],
    ['no samples', { x: [], y: [] }, DataError, /x has 0 values/],
    ['y of another length', { y: [0, 1, 2] }, DataError, /y has 3 values, expected 4 \(4 samples, 1 each\)/],
    ['a shape that is none', { shape: [2, 0] }, ArgumentError, /shape is \[2, 0\]/],
    ['classes that are none', { classes: 2.5 }, ArgumentError, /classes 2.5/],
    ['null', { x: withValue(4, null as never) }, DataError, /x of sample 0 is null at \[1, 1\], expected a finite/],
    ['a text', { x: withValue(0, '' as never) }, DataError, /x of sample 0 is '' at/],
    [
      'an array among the values',
      { x: withValue(17, [] as never) },
      DataError,
      /x of sample 2 is an array at \[1, 2\]/,
    ],
    ['true', { x: withValue(1, true as never) }, DataError, /x of sample 0 is a value of type boolean at/],
    ['false', { x: withValue(0, false as never) }, DataError, /x of sample 0 is a value of type boolean at \[0, 0\]/],
    ['a hole', { x: Array(24) }, DataError, /x of sample 0 is undefined at/],
    [
      'a target as a text',
      { classes: undefined, targetShape: [], y: [0, '1' as never, 2, 3] },
      DataError,
      /y of sample 1 is '1' at \[\]/,
    ],
    ['integers of 64 bits', { x: new BigInt64Array(24) as never }, DataError, /sample 0 is a value of type bigint/],
    ['a label as a text', { y: ['0' as never, 1, 2, 1] }, DataError, /the label of sample 0 is '0', expected a whole/],
    ['no label', { y: [0, null as never, 2, 1] }, DataError, /the label of sample 1 is null/],
    ['classes as a text', { classes: '3' as never }, ArgumentError, /got classes '3', expected a whole number/],
    [
      'a shape of texts',
      { shape: ['2' as never, 3] },
      ArgumentError,
      /shape is \['2', 3\], expected a list of whole numbers/,
    ],
    ['both kinds of target', { targetShape: [1] }, ArgumentError, /both of classes and targetShape/],
    ['no kind of target', { classes: undefined }, ArgumentError, /neither of classes and targetShape/],
  ])('refuses %s', (_what, change, error, message) => {
    const make = () => dataset({ ...good, ...change });
    expect(make).toThrow(error);
    expect(make).toThrow(message);
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'dataset: expected an object of options, { name, shape, '],
    ['a list', [1, 2], 'dataset: expected an object of options, { name, shape, '],
    ['no shape', { ...good, shape: undefined }, "dataset 'toy': shape is undefined, expected a list of whole numbers"],
    ['a number as shape', { ...good, shape: 6 }, "dataset 'toy': shape is 6, expected a list of whole numbers"],
    [
      'a number as targetShape',
      { ...good, classes: undefined, targetShape: 1 },
      "dataset 'toy': targetShape is 1, expected a list of whole numbers",
    ],
    ['no x', { ...good, x: undefined }, "dataset 'toy': x is undefined, expected a list of numbers"],
    ['no y', { ...good, y: null }, "dataset 'toy': y is null, expected a list of numbers"],
    ['a number as x', { ...good, x: 24 }, "dataset 'toy': x is 24, expected a list of numbers"],
    ['a text as y', { ...good, y: '0121' }, "dataset 'toy': y is '0121', expected a list of numbers"],
    ['a buffer as x', { ...good, x: new ArrayBuffer(96) }, "dataset 'toy': x is a value of type object, expected"],
    [
      'nested x',
      {
        ...good,
        x: [
          [0, 0],
          [0, 1],
        ],
        y: [0, 1],
      },
      "dataset 'toy': x is nested, expected a list of numbers; flatten it: x.flat()",
    ],
    [
      'nested y',
      { ...good, y: [[0], [1], [2], [1]] },
      "dataset 'toy': y is nested, expected a list of numbers; flatten it: y.flat()",
    ],
    ['x of typed arrays', { ...good, x: [new Float32Array(6)], y: [0] }, 'flatten it: x.flatMap((part) => [...part])'],
    ['a misspelt name', { ...good, labels: [0] }, "dataset: there is no option 'labels'; it takes name, shape, x, y,"],
  ])('refuses %s', (_what, fields, message) => {
    const make = () => dataset(fields as DatasetFields);
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(message);
  });

  it('takes a data set again, of labels, targets or bytes', () => {
    const bytes = dataset({ ...good, x: new Uint8Array(24), scale: 1 / 255 });
    for (const set of [dataset(good), bytes, dataset({ shape: [1], x: [1, 2], y: [1, 2], targetShape: [1] })])
      expect(dataset(set)).toEqual(set);
  });

  it('may have more in it where it is trained on', () => {
    const { x, targetShape } = sourceOf({ ...dataset(good), classNames: ['a', 'b', 'c'] } as Dataset, SHARD_BYTES);
    expect([x[0]?.count, targetShape]).toEqual([4, []]);
  });

  it('splits without copying', () => {
    const x = Float32Array.from({ length: 24 }, (_, index) => index);
    const { train, test } = split(dataset({ ...good, x }), 3);
    expect([train.name, train.count, test.name, test.count]).toEqual(['toy train', 3, 'toy test', 1]);
    expect([...test.x]).toEqual([18, 19, 20, 21, 22, 23]);
    expect([...train.y, ...test.y]).toEqual([0, 1, 2, 1]);
    expect(test.x.buffer).toBe(x.buffer);
    const vectors = split(dataset({ shape: [1], x: [1, 2, 3], y: [1, 2, 3, 4, 5, 6], targetShape: [2] }), 1);
    expect([...vectors.test.y]).toEqual([3, 4, 5, 6]);
  });

  it('keeps bytes as bytes where they have a scale', () => {
    const x = Uint8Array.from({ length: 24 }, (_, index) => 10 * index);
    const bytes = dataset({ ...good, x, scale: 1 / 255 });
    expect(bytes.x).toBe(x);
    expect(bytes.scale).toBe(1 / 255);
    const { test } = split(bytes, 3);
    expect([test.x.buffer, test.scale, ...test.x]).toEqual([x.buffer, 1 / 255, 180, 190, 200, 210, 220, 230]);
    expect(dataset({ ...good, x: new Uint8Array(new SharedArrayBuffer(24)), scale: 1 }).x.buffer).toBeInstanceOf(
      ArrayBuffer,
    );
    // Without one they are numbers like any others.
    expect(dataset({ ...good, x }).x).toEqual(Float32Array.from(x));
    expect(dataset({ ...good, x })).not.toHaveProperty('scale');
  });

  it('expands bytes to floats as f32 multiplies', () => {
    const x = Uint8Array.from({ length: 256 }, (_, index) => index);
    const fields = { shape: [256], x, y: [0], classes: 1 };
    const bytes = dataset({ ...fields, scale: 1 / 255 });
    const { scale, ...floats } = toFloats(bytes);
    const level = Math.fround(1 / 255);
    expect(floats).toEqual({ ...dataset(fields), x: Float32Array.from(x, (v) => v * level) });
    expect([scale, floats.x[0], floats.x[255]]).toEqual([undefined, 0, 1]);
    expect(toFloats(floats)).toBe(floats);
  });

  it.each<[number[]]>([[[1]], [[5]], [[3, 7, 3]], [[]]])('finds mean and deviation of the channels of %j', (shape) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const channels = shape.at(-1) ?? 1;
    const x = Uint8Array.from({ length: 11 * size }, (_, index) => (index * index * 13 + index) % 256);
    const fields = { shape, x, y: new Uint8Array(11), classes: 1 };
    // In whole numbers: n² variance = n Σ v² − (Σ v)².
    const n = x.length / channels;
    const sums = Array.from({ length: channels }, (_, c) => {
      const own = [...x].filter((_, index) => index % channels === c).map(BigInt);
      const [sum, squares] = [own.reduce((a, v) => a + v, 0n), own.reduce((a, v) => a + v * v, 0n)];
      return { mean: Number(sum) / n, std: Math.sqrt(Number(BigInt(n) * squares - sum * sum)) / n };
    });
    for (const [set, level] of [
      [dataset({ ...fields, scale: 1 / 255 }), Math.fround(1 / 255)],
      [dataset(fields), 1],
    ] as const) {
      const { mean, std } = meanAndStd(set);
      expect([mean.length, std.length]).toEqual([channels, channels]);
      for (const [c, expected] of sums.entries()) {
        expect(Math.abs(mean[c]! - level * expected.mean)).toBeLessThan(1e-12 * level * 255);
        expect(Math.abs(std[c]! - level * expected.std)).toBeLessThan(1e-12 * level * 255);
      }
    }
  });

  it('finds a small deviation around a large mean', () => {
    const x = Float32Array.from({ length: 1000 }, (_, index) => 1e6 + (index % 2));
    expect(meanAndStd(dataset({ shape: [1], x, y: new Uint8Array(1000), classes: 1 }))).toEqual({
      mean: [1e6 + 0.5],
      std: [0.5],
    });
  });

  it('finds deviation 1 where a channel is the same everywhere, for all its rounding', () => {
    const x = Float32Array.from({ length: 2000 }, (_, index) => (index % 2 ? 0.1 : (index / 2) % 2));
    const set = dataset({ shape: [2], x, y: new Uint8Array(1000), classes: 1 });
    expect(meanAndStd(set)).toEqual({ mean: [0.5, Math.fround(0.1)], std: [0.5, 1] });
    const bytes = dataset({ shape: [1], x: new Uint8Array(3).fill(51), scale: 1 / 255, y: [0, 0, 0], classes: 1 });
    expect(meanAndStd(bytes)).toEqual({ mean: [51 * Math.fround(1 / 255)], std: [1] });
  });

  it('finds for the digits what nn.normalize takes', async () => {
    const found = meanAndStd((await digits()).train);
    expect([found.mean[0], found.std[0]]).toEqual([0, 1]); // no digit has ink in this corner
    expect(() => normalize(found)).not.toThrow();
  });

  it.each([0, -1, Number.NaN, Infinity, 1e-60, 1e38])('refuses the scale %s', (scale) => {
    expect(() => dataset({ ...good, x: new Uint8Array(24), scale })).toThrow(/'toy': got scale .* above 0/);
  });

  it('refuses a scale as a text', () => {
    const x = new Uint8Array(24);
    expect(() => dataset({ ...good, x, scale: '1' as never })).toThrow(/got scale '1', expected a number above 0/);
  });

  it('refuses a scale with numbers', () => {
    const fields = { ...good, x: new Float32Array(24), scale: 1 } as unknown as ByteFields;
    expect(() => dataset(fields)).toThrow(ArgumentError);
  });

  it.each([0, 4, 1.5, -1, Number.NaN])('refuses to split at %s', (at) => {
    expect(() => split(dataset(good), at)).toThrow(ArgumentError);
  });
});

describe('digits', () => {
  const file = () => new Uint8Array(readFileSync(new URL('../src/data/digits.bin', import.meta.url)));

  it('holds the data set to the bit', async () => {
    const { train, test } = await digits();
    expect([train.count, test.count, train.shape, train.classes]).toEqual([1437, 360, [64], 10]);
    const labels = [...train.y, ...test.y];
    const bytes = Uint8Array.from([...[...train.x, ...test.x].map((value) => value * 16), ...labels]);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(
      '0113aa32bd8e58750a54bcdae2a9bf5194cfb4bae3ad71eb5b1be3553b9c0c54',
    );
    expect(histogram(labels, 10)).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    expect([Math.min(...train.x), Math.max(...train.x)]).toEqual([0, 1]);
    expect(digitsAttribution).toContain('Alpaydin');
  });

  it('begins with this two', async () => {
    const { x, y } = (await digits()).train;
    const ink = '.,:-=+*#@';
    const rows = Array.from({ length: 8 }, (_, row) =>
      [...x.subarray(8 * row, 8 * row + 8)].map((value) => ink[Math.round(value * 8)]).join(''),
    );
    expect(`${y[0]}\n${rows.join('\n')}`).toMatchInlineSnapshot(`
      "2
      ..*@@:..
      .-@**#..
      .:#,-@..
      ....**..
      ...,@=..
      ...+@...
      ..*@@*,.
      ..##=#@="
    `);
  });

  const flipped = (at: number) => {
    const bytes = file();
    bytes[at] = bytes[at]! ^ 16;
    return bytes;
  };
  it.each([
    ['empty', () => new Uint8Array(0), /got 0 bytes, expected 43771/],
    ['truncated', () => file().slice(0, 40_000), /got 40000 bytes, expected 43771/],
    ['not gzip', () => flipped(0), /got bytes that do not unpack .*, expected gzip with checksum 0xc3210e79/],
    ['damaged at its beginning', () => flipped(100), /got bytes that do not unpack/],
    ['damaged near its end', () => flipped(43_700), /got bytes that do not unpack/],
    ['another version', () => flipped(43_771 - 8), /got checksum 0xc3210e69, expected 0xc3210e79/],
    ['of another length inside', () => flipped(43_771 - 4), /got bytes that do not unpack/],
  ])('refuses a file that is %s', async (_what, bytes, message) => {
    await expect(decodeDigits(bytes())).rejects.toThrow(DataError);
    await expect(decodeDigits(bytes())).rejects.toThrow(message);
  });
});

describe.each([
  ['spiral', spiral, 3],
  ['circles', circles, 2],
  ['moons', moons, 2],
  ['xor', xor, 2],
] as const)('%s', (name, make, classes) => {
  it('has 800 and 200 points of balanced classes', () => {
    const { train, test } = make();
    expect([train.name, train.count, test.count, train.shape, train.classes]).toEqual([
      `${name} train`,
      800,
      200,
      [2],
      classes,
    ]);
    for (const { y } of [train, test]) {
      const counts = histogram(y, classes);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }
  });

  it('has mean 0 and standard deviation 1 per coordinate', () => {
    const { train } = make({ samples: 500, seed: 3 });
    for (const axis of [0, 1]) {
      const column = [...train.x].filter((_, index) => index % 2 === axis);
      const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
      const square = column.reduce((sum, value) => sum + value * value, 0) / column.length;
      // Both would be exact but for the rounding of each value to f32: 2^-24 of at most 4.
      expect(Math.abs(mean)).toBeLessThan(1e-6);
      expect(Math.abs(square - 1)).toBeLessThan(1e-6);
    }
  });

  it('repeats with the seed and changes with it', () => {
    expect(make({ seed: 5 })).toEqual(make({ seed: 5 }));
    expect(make({ seed: 5 })).toEqual(make({ seed: 5, noise: undefined, samples: undefined }));
    expect(make({ seed: 5 }).train.x).not.toEqual(make({ seed: 6 }).train.x);
    expect(make({ seed: 5 }).train.x).not.toEqual(make({ seed: 5, noise: 0.3 }).train.x);
  });

  it('can be learned: the nearest training point has the class of a test point', () => {
    // The noise of xor carries E|n| / 2 = 2 % across each axis; a nearest neighbour errs at most twice as often as the best
    // rule can (Cover and Hart 1967), 8 %, and 200 test points vary by 3 * 1.9 %.
    expect(nearestNeighbour(make())).toBeGreaterThan(name === 'xor' ? 0.86 : 0.95);
    // Without noise, only the points along the axes of xor remain to be confused.
    expect(nearestNeighbour(make({ noise: 0 }))).toBeGreaterThan(name === 'xor' ? 0.93 : 0.999);
  });

  it('refuses options out of range', () => {
    for (const options of [
      { samples: 4 },
      { samples: 10.5 },
      { noise: -1 },
      { noise: Number.NaN },
      { seed: 0.5 },
      { seed: Infinity },
    ])
      expect(() => make(options)).toThrow(ArgumentError);
  });
});

function nearestNeighbour({ train, test }: Pair): number {
  let hits = 0;
  for (let i = 0; i < test.count; i += 1) {
    let best = Infinity;
    let label: number | undefined;
    for (let j = 0; j < train.count; j += 1) {
      const distance = Math.hypot(train.x[2 * j]! - test.x[2 * i]!, train.x[2 * j + 1]! - test.x[2 * i + 1]!);
      if (distance < best) [best, label] = [distance, train.y[j]];
    }
    if (label === test.y[i]) hits += 1;
  }
  return hits / test.count;
}

it('the arms of the spiral turn by 4 r + 2 pi c / 3', () => {
  const { train } = spiral({ samples: 5000, noise: 0 });
  // The three arms make the moments those of a disc: both coordinates have the variance E[r^2] / 2, r ~ U(0.1, 1).
  const deviation = Math.sqrt((1 - 0.1 ** 3) / (3 * 0.9) / 2);
  let worst = 0;
  for (let i = 0; i < train.count; i += 1) {
    const [a, b] = [train.x[2 * i]! * deviation, train.x[2 * i + 1]! * deviation];
    const r = Math.hypot(a, b);
    const turn = Math.atan2(b, a) - 4 * r - (2 * Math.PI * train.y[i]!) / 3;
    worst = Math.max(worst, r * Math.abs(Math.sin(turn / 2)) * 2);
  }
  // Sampling error of means and deviations, a few 1/sqrt(4000), against arms 1/3 of the plane apart.
  expect(worst).toBeLessThan(0.12);
});

it('xor without noise is the sign of the product', () => {
  const { train } = xor({ noise: 0, samples: 4000 });
  let misses = 0;
  for (let i = 0; i < train.count; i += 1)
    if (train.x[2 * i]! * train.x[2 * i + 1]! < 0 !== (train.y[i] === 1)) misses += 1;
  // The axes moved by the sample means, |mean| < 4 / sqrt(3 * 3200) = 0.041 of a side of 1, twice.
  expect(misses / train.count).toBeLessThan(0.082);
});

describe('glyphs', () => {
  it('are ten balanced classes of 16 x 16 pixels, the same for the same seed', () => {
    const { train, test } = glyphs({ samples: 50 });
    expect([train.count, test.count, train.shape, train.classes]).toEqual([40, 10, [16, 16], 10]);
    expect(train.y.slice(0, 12)).toEqual(Uint32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1));
    expect(glyphs({ samples: 50 }).train.x).toEqual(train.x);
    expect(glyphs({ samples: 50, seed: 1 }).train.x).not.toEqual(train.x);
  });

  it('lie within the image, ink 1 on paper 0', () => {
    const { train } = glyphs({ samples: 500, noise: 0 });
    for (const value of train.x) expect(value >= 0 && value <= 1).toBe(true);
    for (let index = 0; index < train.count; index++) {
      const image = train.x.subarray(256 * index, 256 * (index + 1));
      const ink = image.reduce((sum, value) => sum + value, 0);
      // From 11 bits (a seven) to 20 or so, of 2.25 to 4 pixels each.
      expect(ink).toBeGreaterThan(20);
      expect(ink).toBeLessThan(90);
    }
  });

  it('have noise of the deviation asked for', () => {
    const [clean, noisy] = [glyphs({ samples: 100, noise: 0 }), glyphs({ samples: 100, noise: 0.2 })];
    const squares = noisy.train.x.reduce((sum, value, i) => sum + (value - clean.train.x[i]!) ** 2, 0);
    // 20,480 draws: a relative error of 0.5 %, four times.
    expect(Math.abs(Math.sqrt(squares / noisy.train.x.length) / 0.2 - 1)).toBeLessThan(0.02);
  });

  it.each([[{ samples: 4 }], [{ samples: 2.5 }], [{ noise: -1 }], [{ noise: Number.NaN }], [{ seed: 0.5 }]])(
    'refuse %o',
    (options) => {
      expect(() => glyphs(options)).toThrow(ArgumentError);
    },
  );
});
