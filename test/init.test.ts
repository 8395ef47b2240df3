import { describe, expect, test } from 'vitest';
import { ArgumentError } from '../src/errors.ts';
import { fans, gain, type Init, type InitName, initialValues } from '../src/nn/init.ts';
import { hash, normal, streamOf, uniform } from '../src/random.ts';
import { parameterValues, type Rectifier, rectifiers } from '../src/rectifiers.ts';
import { expectClose } from './support/reference.ts';

const N = 1 << 17;
const draw = (f: (i: number) => number) => Float64Array.from({ length: N }, (_, i) => f(i));
const mean = (values: Float64Array) => values.reduce((sum, v) => sum + v, 0) / values.length;

/** Five standard errors of a mean of n independent values of the given variance. */
const five = (variance: number, n = N) => 5 * Math.sqrt(variance / n);

describe('random numbers', () => {
  test('uniform: range, moments, no correlation', () => {
    const u = draw((i) => uniform(1, 2, i));
    expect(u.every((v) => v >= 0 && v < 1 && Math.fround(v) === v)).toBe(true);
    const c = u.map((v) => v - 0.5);
    expect(Math.abs(mean(c))).toBeLessThan(five(1 / 12));
    expect(Math.abs(mean(c.map((v) => v ** 2)) - 1 / 12)).toBeLessThan(five(1 / 80 - 1 / 144));
    for (const lag of [1, 2, 3, 16, 1024])
      expect(Math.abs(mean(c.map((v, i) => v * c[(i + lag) % N]!)))).toBeLessThan(five(1 / 144));
  });

  test('normal: mean, variance, skewness, kurtosis, no correlation', () => {
    const z = draw((i) => normal(1, 2, i));
    // Variances of z, z^2, z^3, z^4 from the even moments 1, 3, 15, 105.
    expect(Math.abs(mean(z))).toBeLessThan(five(1));
    expect(Math.abs(mean(z.map((v) => v ** 2)) - 1)).toBeLessThan(five(3 - 1));
    expect(Math.abs(mean(z.map((v) => v ** 3)))).toBeLessThan(five(15));
    expect(Math.abs(mean(z.map((v) => v ** 4)) - 3)).toBeLessThan(five(105 - 9));
    for (const lag of [1, 2, 3, 16, 1024])
      expect(Math.abs(mean(z.map((v, i) => v * z[(i + lag) % N]!)))).toBeLessThan(five(1));
    expect(z.every((v) => Math.abs(v) < 6.7)).toBe(true);
  });

  test('streams and seeds next to each other are independent', () => {
    const z = draw((i) => normal(0, 0, i));
    for (const other of [draw((i) => normal(0, 1, i)), draw((i) => normal(1, 0, i)), draw((i) => normal(1, 1, i))])
      expect(Math.abs(mean(z.map((v, i) => v * other[i]!)))).toBeLessThan(five(1));
    // Seed and stream are not interchangeable.
    expect(hash(1, 2, 3)).not.toBe(hash(2, 1, 3));
  });

  test('every bit of seed, stream and index flips each output bit half of the time', () => {
    const trials = 4096;
    const tolerance = 6 * Math.sqrt(0.25 / trials); // 3072 proportions: six standard errors
    for (const input of [0, 1, 2])
      for (let bit = 0; bit < 32; bit += 1) {
        const flips = new Float64Array(32);
        for (let t = 0; t < trials; t += 1) {
          const key: [number, number, number] = [t, (t * 7) | 0, (t * 13) | 0];
          const before = hash(...key);
          key[input] = key[input]! ^ (1 << bit);
          const changed = before ^ hash(...key);
          for (let out = 0; out < 32; out += 1) flips[out]! += (changed >>> out) & 1;
        }
        for (const count of flips) expect(Math.abs(count / trials - 0.5)).toBeLessThan(tolerance);
      }
  });

  test('values are fixed: a seed means the same in every version', () => {
    expect([hash(0, 0, 0), hash(1, 0, 0), hash(0, 1, 0), hash(0, 0, 1)]).toMatchInlineSnapshot(`
      [
        3592546125,
        2738397742,
        4294068060,
        838894499,
      ]
    `);
  });

  test('streamOf is FNV-1a', () => {
    expect(streamOf('')).toBe(0x811c9dc5);
    expect(streamOf('a')).toBe(0xe40c292c);
    expect(streamOf('foobar')).toBe(0xbf9cf968);
  });
});

describe('gain', () => {
  // E[f(z)^2]^(-1/2), computed with 30 digits.
  test.each<[string, Rectifier, Record<string, number>, number]>([
    ['identity', rectifiers.identity, {}, 1],
    ['relu', rectifiers.relu, {}, Math.SQRT2],
    ['leaky_relu', rectifiers.leaky_relu, {}, 1.414143],
    ['prelu', rectifiers.prelu, {}, 1.371989],
    ['prelu 0.1', rectifiers.prelu, { a: 0.1 }, 1.407195],
    ['elu', rectifiers.elu, {}, 1.245198],
    ['elu 0.5', rectifiers.elu, { alpha: 0.5 }, 1.365595],
    ['gelu', rectifiers.gelu, {}, 1.53353],
    ['gelu_tanh', rectifiers.gelu_tanh, {}, 1.533581],
  ])('%s', (_, entry, values, expected) => {
    expect(Math.abs(gain(entry, values) - expected)).toBeLessThan(6e-7);
  });

  test('of a linear left side is He et al. eq. 15', () => {
    for (const a of [-0.5, 0, 0.25, 1])
      expect(gain(rectifiers.prelu, { a })).toBeCloseTo(Math.sqrt(2 / (1 + a * a)), 9);
  });

  test('of nothing, or of infinity, is an error', () => {
    const zero: Rectifier = { ...rectifiers.relu, formula: () => 0 };
    expect(() => gain(zero)).toThrow(ArgumentError);
    expect(() => gain({ ...zero, formula: () => Number.NaN })).toThrow(ArgumentError);
  });
});

test('fans', () => {
  expect(fans([64, 128])).toEqual({ fanIn: 64, fanOut: 128 });
  expect(fans([5, 3, 8, 16])).toEqual({ fanIn: 120, fanOut: 240 });
  for (const shape of [[3], [2, 3, 4], [0, 3], []]) expect(() => fans(shape)).toThrow(ArgumentError);
});

const shape = [200, 300];
const count = 200 * 300;
const create = (init: Init, entry: Rectifier | null, values = {}) =>
  initialValues({ shape, init, rectifier: entry && { entry, values }, seed: 7, stream: streamOf('0.weight') });

describe('initial values', () => {
  test.each<[InitName, string, Rectifier | null, number]>([
    ['he', 'relu', rectifiers.relu, 2 / 200],
    ['he', 'gelu: no slope', rectifiers.gelu, 2 / 200],
    ['he', 'identity: no slope', rectifiers.identity, 2 / 200],
    ['he', 'prelu', rectifiers.prelu, 2 / (1.0625 * 200)],
    ['he_fan_out', 'prelu', rectifiers.prelu, 2 / (1.0625 * 300)],
    ['he_uniform', 'leaky_relu', rectifiers.leaky_relu, 2 / (1.0001 * 200)],
    ['xavier', 'relu', rectifiers.relu, 2 / 500],
    ['xavier_uniform', 'relu', rectifiers.relu, 2 / 500],
    ['gain', 'elu', rectifiers.elu, 1 / (0.644945 * 200)],
    ['zeros', 'relu', rectifiers.relu, 0],
    ['auto', 'relu', rectifiers.relu, 2 / 200],
    ['auto', 'leaky_relu', rectifiers.leaky_relu, 2 / (1.0001 * 200)],
    ['auto', 'prelu', rectifiers.prelu, 2 / (1.0625 * 200)],
    ['auto', 'identity', rectifiers.identity, 2 / 500],
    ['auto', 'nothing', null, 2 / 500],
    ['auto', 'elu', rectifiers.elu, 1 / (0.644945 * 200)],
    ['auto', 'gelu', rectifiers.gelu, 1 / (0.425221 * 200)],
    ['auto', 'gelu_tanh', rectifiers.gelu_tanh, 1 / (0.425194 * 200)],
  ])('%s before %s', (init, _, entry, variance) => {
    const w = Float64Array.from(create(init, entry));
    const isUniform = init.endsWith('uniform');
    expect(w.length).toBe(count);
    expect(Math.abs(mean(w))).toBeLessThanOrEqual(five(variance, count));
    // Var(w^2) = (kurtosis - 1) variance^2; kurtosis 9/5 and 3.
    const error = Math.abs(mean(w.map((v) => v * v)) - variance);
    expect(error).toBeLessThanOrEqual(five((isUniform ? 0.8 : 2) * variance ** 2, count));
    // A uniform ends at sqrt(3) s; a normal is not truncated.
    const largest = w.reduce((top, v) => Math.max(top, Math.abs(v)), 0);
    if (isUniform) expect(largest).toBeLessThan(Math.sqrt(3 * variance) * 1.000001);
    else if (variance > 0) expect(largest).toBeGreaterThan(3.5 * Math.sqrt(variance));
  });

  test('a slope of the caller counts', () => {
    const steep = create('he', rectifiers.prelu, { a: 1 });
    const flat = create('he', rectifiers.prelu, { a: 0 });
    expectClose(
      steep.map((v) => v * Math.SQRT2),
      flat,
      (i) => 2 ** -22 * Math.abs(flat[i]!),
    );
  });

  test('a standard deviation of the caller, for any shape', () => {
    const options = { rectifier: null, seed: 0, stream: 0 } as const;
    const w = initialValues({ ...options, shape: [N], init: { std: 0.01 } });
    expect(Math.abs(mean(Float64Array.from(w, (v) => v * v)) - 1e-4)).toBeLessThan(five(2e-8));
    expect(initialValues({ ...options, shape: [3], init: 'zeros' })).toEqual(new Float32Array(3));
    for (const std of [-1, Number.NaN]) expect(() => create({ std }, null)).toThrow(ArgumentError);
  });

  test('depend on seed and name, and on nothing else', () => {
    const options = {
      shape,
      init: 'he',
      rectifier: { entry: rectifiers.prelu, values: parameterValues(rectifiers.prelu) },
    } as const;
    const make = (seed: number, name: string) => initialValues({ ...options, seed, stream: streamOf(name) });
    const first = make(0, '0.weight');
    expect(make(0, '2.weight')).not.toEqual(first);
    expect(make(1, '0.weight')).not.toEqual(first);
    expect(make(0, '0.weight')).toEqual(first);
  });

  test('an unknown scheme lists the known ones', () => {
    expect(() => create('kaiming' as InitName, null)).toThrow(
      new ArgumentError(
        "unknown init 'kaiming'; one of auto, zeros, he, he_fan_out, he_uniform, xavier, xavier_uniform, gain, or { std: number }",
      ),
    );
  });
});
