import { describe, expect, test } from 'vitest';
import { ArgumentError } from '../src/errors.ts';
import { fans, type Init, type InitName, initialValues, initNames } from '../src/nn/init.ts';
import { draw as drawOf, hash, normal, streamOf, uniform } from '../src/random.ts';
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

  test('what steps draw: uniform, and independent of the step, the layer and the element before', () => {
    const u = draw((i) => drawOf(1, 2, 3, i) - 0.5);
    expect(Math.abs(mean(u))).toBeLessThan(five(1 / 12));
    expect(Math.abs(mean(u.map((v) => v ** 2)) - 1 / 12)).toBeLessThan(five(1 / 80 - 1 / 144));
    for (const other of [
      draw((i) => drawOf(1, 2, 4, i)),
      draw((i) => drawOf(1, 3, 3, i)),
      draw((i) => drawOf(2, 2, 3, i)),
      draw((i) => drawOf(1, 2, 3, i + 1)),
      // Layer and step are not interchangeable; nor is a step's draw that of initial weights.
      draw((i) => drawOf(1, 3, 2, i)),
      draw((i) => uniform(1, 2, i)),
    ])
      expect(Math.abs(mean(u.map((v, i) => v * (other[i]! - 0.5))))).toBeLessThan(five(1 / 144));
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
  const measured: [InitName, string, Rectifier | null, number][] = [
    ['gaussian', 'relu', rectifiers.relu, 1e-4],
    ['xavier', 'relu', rectifiers.relu, 2 / 500],
    ['xavier_uniform', 'relu', rectifiers.relu, 2 / 500],
    ['he', 'relu', rectifiers.relu, 2 / 200],
    ['he', 'gelu: no slope', rectifiers.gelu, 2 / 200],
    ['he', 'identity: no slope', rectifiers.identity, 2 / 200],
    ['he', 'dprelu: no slope', rectifiers.dprelu, 2 / 200],
    ['he', 'prelu', rectifiers.prelu, 2 / (1.0625 * 200)],
    ['he_uniform', 'leaky_relu', rectifiers.leaky_relu, 2 / (1.0001 * 200)],
    ['he_fan_out', 'prelu', rectifiers.prelu, 2 / (1.0625 * 300)],
    ['he_average', 'relu', rectifiers.relu, 4 / 500],
    ['he_average', 'prelu', rectifiers.prelu, 4 / (1.0625 * 500)],
    ['lecun', 'relu', rectifiers.relu, 1 / 200],
    ['dprelu', 'dprelu', rectifiers.dprelu, 4 / 500],
    ['dprelu', 'prelu', rectifiers.prelu, 4 / (1.0625 * 500)],
    ['dprelu', 'elu: no slope', rectifiers.elu, 4 / 500],
    ['gain', 'elu', rectifiers.elu, 1 / (0.644945 * 200)],
    ['zeros', 'relu', rectifiers.relu, 0],
    ['auto', 'nothing', null, 2 / 500],
    ['auto', 'identity', rectifiers.identity, 2 / 500],
    ['auto', 'relu', rectifiers.relu, 2 / 200],
    ['auto', 'leaky_relu', rectifiers.leaky_relu, 2 / (1.0001 * 200)],
    ['auto', 'prelu', rectifiers.prelu, 2 / (1.0625 * 200)],
    ['auto', 'frelu', rectifiers.frelu, 2 / 300],
    ['auto', 'dprelu', rectifiers.dprelu, 4 / 500],
    ['auto', 'elu', rectifiers.elu, 1 / (0.644945 * 200)],
    ['auto', 'selu', rectifiers.selu, 1 / 200],
    ['auto', 'gelu', rectifiers.gelu, 1 / (0.425221 * 200)],
    ['auto', 'gelu_tanh', rectifiers.gelu_tanh, 1 / (0.425194 * 200)],
    ['auto', 'mish', rectifiers.mish, 1 / (0.452342 * 200)],
    ['auto', 'rrelu', rectifiers.rrelu, 1 / (0.528067 * 200)],
    ['auto', 'tanh', rectifiers.tanh, 2 / 500],
  ];

  test('every scheme is measured', () => {
    expect(new Set(measured.map(([init]) => init))).toEqual(new Set(initNames));
  });

  test.each(measured)('%s before %s', (init, _, entry, variance) => {
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

  test.each(Object.entries<Rectifier>(rectifiers))(
    'auto before %s is what its line says, or else by its gain',
    (_, entry) => {
      const named = create(entry.init ?? 'gain', entry);
      expect(create('auto', entry).findIndex((v, i) => v !== named[i])).toBe(-1);
      expect(named.some((v) => v !== 0)).toBe(true);
    },
  );

  test('of a convolution, over its window', () => {
    // [kh, kw, in, out]: 3 x 5 x 40 inputs of an output, 3 x 5 x 100 outputs of an input.
    const of = (init: Init) =>
      initialValues({ shape: [3, 5, 40, 100], init, rectifier: null, seed: 7, stream: streamOf('0.weight') });
    for (const [init, variance] of [
      ['he', 2 / 600],
      ['he_fan_out', 2 / 1500],
      ['xavier', 2 / 2100],
    ] as const) {
      const w = Float64Array.from(of(init), (v) => v * v);
      expect(w.length).toBe(60_000);
      expect(Math.abs(mean(w) - variance)).toBeLessThan(five(2 * variance ** 2, w.length));
    }
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

  test('both slopes of a DPReLU count', () => {
    const slopes = { alpha: 0.5, beta: 0.9 };
    const variance = mean(Float64Array.from(create('auto', rectifiers.dprelu, slopes), (v) => v * v));
    const expected = 4 / (1.06 * 500);
    expect(Math.abs(variance - expected)).toBeLessThan(five(2 * expected ** 2, count));
    const flat = { alpha: 0, beta: 0 };
    expect(() => create('auto', rectifiers.dprelu, flat)).toThrow(/no standard deviation follows from .*"alpha":0/);
  });

  test('a factor makes any scheme smaller or larger', () => {
    const whole = create('he', rectifiers.prelu);
    const factor = (1 / 128) ** (1 / 14);
    const less = create({ scheme: 'he', factor }, rectifiers.prelu);
    expectClose(
      less,
      whole.map((v) => v * Math.SQRT1_2),
      (i) => 2 ** -22 * Math.abs(whole[i]!),
    );
    for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => create({ scheme: 'he', factor: wrong }, null)).toThrow(/init: factor is .*at least 0/);
    expect(() => create({ scheme: 'kaiming' as InitName, factor: 1 }, null)).toThrow(/unknown init 'kaiming'/);
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
        "unknown init 'kaiming'; one of auto, zeros, gaussian, xavier, xavier_uniform, he, he_uniform, he_fan_out, he_average, lecun, dprelu, gain, { std: number }, or { scheme, factor: number }",
      ),
    );
  });
});
