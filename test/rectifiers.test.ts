import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ArgumentError } from '../src/errors.ts';
import { findRectifier, parameterValues, type Rectifier, type RectifierName, rectifiers } from '../src/rectifiers.ts';
import { activationOf, normalCdf } from './support/reference.ts';

const entries: [string, Rectifier][] = Object.entries(rectifiers);
const files = readdirSync(new URL('../shaders/act', import.meta.url)).map((file) => `act/${file}`);

describe('registry', () => {
  test.each(files)('shaders/%s has a line', (file) => {
    expect(entries.map(([, { wgsl }]) => wgsl.file)).toContain(file);
  });

  test.each(entries)('%s: its file keeps the contract of a rectifier', (_, { wgsl, parameters, source }) => {
    expect(files).toContain(wgsl.file);
    expect(wgsl.role).toBe('act');
    expect(wgsl.names).toEqual(expect.arrayContaining(['forward', 'dx', 'dp']));
    expect(wgsl.code).toMatch(/fn forward\(x: f32, p: vec4f\) -> f32\b/);
    expect(wgsl.code).toMatch(/fn dx\(x: f32, p: vec4f\) -> f32\b/);
    expect(wgsl.code).toMatch(/fn dp\(x: f32, p: vec4f\) -> vec4f\b/);
    expect(wgsl.bindings).toEqual([]);
    expect(wgsl.overrides).toEqual([]);
    expect(source).not.toBe('');
    const count = Object.keys(parameters).length;
    expect(count).toBeLessThanOrEqual(4);
    // p.x .. p.w, as many as there are parameters.
    const code = wgsl.code.replace(/\/\/.*/g, '');
    const read = new Set([...code.matchAll(/\bp\.([xyzw])\b/g)].map((match) => match[1]));
    expect(read).toEqual(new Set(['x', 'y', 'z', 'w'].slice(0, count)));
  });

  test('a name gives its entry, an entry of the caller is custom', () => {
    expect(findRectifier('prelu')).toEqual({ name: 'prelu', entry: rectifiers.prelu });
    expect(findRectifier(rectifiers.elu).name).toBe('elu');
    const own: Rectifier = { ...rectifiers.relu, formula: (x) => x * x };
    expect(findRectifier(own)).toEqual({ name: 'custom', entry: own });
  });

  test('an unknown name is an error that lists the known ones', () => {
    for (const name of ['pelu', 'toString'])
      expect(() => findRectifier(name as RectifierName)).toThrow(
        new ArgumentError(`unknown rectifier '${name}'; one of ${Object.keys(rectifiers).join(', ')}`),
      );
  });

  test('more parameters than p holds are an error', () => {
    const parameters = Object.fromEntries(
      ['a', 'b', 'c', 'd', 'e'].map((name) => [name, rectifiers.prelu.parameters.a]),
    );
    expect(() => findRectifier({ ...rectifiers.relu, parameters })).toThrow(ArgumentError);
  });

  test('parameter values: registered, overridden, unknown', () => {
    expect(parameterValues(rectifiers.prelu)).toEqual({ a: 0.25 });
    expect(parameterValues(rectifiers.prelu, { a: 0.1 })).toEqual({ a: 0.1 });
    expect(() => parameterValues(rectifiers.prelu, { alpha: 0.1 })).toThrow("unknown parameter 'alpha'");
    expect(() => parameterValues(rectifiers.relu, { a: 0.1 })).toThrow('it has none');
  });
});

// Computed with 30 digits and rounded to 8; f and f' at each x.
const X = [-3, -1, -0.5, 0, 0.5, 1, 3];
const vectors: Partial<Record<RectifierName, { f: number[]; dx: number[] }>> = {
  identity: { f: X, dx: X.map(() => 1) },
  relu: { f: [0, 0, 0, 0, 0.5, 1, 3], dx: [0, 0, 0, 0, 1, 1, 1] },
  leaky_relu: { f: [-0.03, -0.01, -0.005, 0, 0.5, 1, 3], dx: [0.01, 0.01, 0.01, 0.01, 1, 1, 1] },
  prelu: { f: [-0.75, -0.25, -0.125, 0, 0.5, 1, 3], dx: [0.25, 0.25, 0.25, 0.25, 1, 1, 1] },
  elu: {
    f: [-0.95021293, -0.63212056, -0.39346934, 0, 0.5, 1, 3],
    dx: [0.049787068, 0.36787944, 0.60653066, 1, 1, 1, 1],
  },
  gelu: {
    f: [-0.0040496941, -0.15865525, -0.15426877, 0, 0.34573123, 0.84134475, 2.9959503],
    dx: [-0.011945647, -0.083315471, 0.13250488, 0.5, 0.86749512, 1.0833155, 1.0119456],
  },
  gelu_tanh: {
    f: [-0.0036373921, -0.15880801, -0.15428599, 0, 0.34571401, 0.84119199, 2.9963626],
    dx: [-0.011584167, -0.082964084, 0.1326301, 0.5, 0.8673699, 1.0829641, 1.0115842],
  },
};

describe('formulas', () => {
  test.each(Object.keys(vectors) as RectifierName[])('%s and its reference reproduce the test vectors', (name) => {
    const p = parameterValues(rectifiers[name]);
    const entry: Rectifier = rectifiers[name];
    const { f, dx } = vectors[name]!;
    const reference = activationOf(name, entry);
    X.forEach((x, i) => {
      const close = 5e-8 * Math.max(0.1, Math.abs(x)); // 8 digits
      expect(Math.abs(entry.formula(x, p) - f[i]!)).toBeLessThan(close);
      expect(Math.abs(reference.forward(x, p) - f[i]!)).toBeLessThan(close);
      expect(Math.abs(reference.dx(x, p) - dx[i]!)).toBeLessThan(1e-7);
    });
  });

  test.each(entries)('%s: formula and reference agree, and stay finite for inputs of any size', (name, entry) => {
    const p = parameterValues(entry);
    const xs = Array.from({ length: 2001 }, (_, i) => (i - 1000) / 100);
    for (const x of [...xs, ...[20, 88.8, 104, 1e4, 1e30, 3e38].flatMap((x) => [x, -x])]) {
      const y = entry.formula(x, p);
      expect(Number.isFinite(y)).toBe(true);
      const expected = activationOf(name, entry).forward(x, p);
      expect(Math.abs(y - expected)).toBeLessThanOrEqual(1e-14 * (1 + Math.abs(expected)));
    }
  });

  test.each(['gelu', 'gelu_tanh'] as const)('%s(x) - %s(-x) = x', (name) => {
    for (const x of [0.1, 1, 2.5, 7, 12])
      expect(rectifiers[name].formula(x, {}) - rectifiers[name].formula(-x, {})).toBeCloseTo(x, 12);
  });

  test('the normal distribution of the reference', () => {
    // Exact to 12 digits: both methods, left and right of where they meet.
    for (const [x, expected] of [
      [-6, 9.86587645037698e-10],
      [-3, 0.0013498980316300946],
      [-1, 0.15865525393145705],
      [0, 0.5],
      [2, 0.9772498680518208],
    ] as const)
      expect(Math.abs(normalCdf(x) / expected - 1)).toBeLessThan(1e-12);
    expect(normalCdf(3.0000001)).toBeCloseTo(normalCdf(3), 8);
  });
});
