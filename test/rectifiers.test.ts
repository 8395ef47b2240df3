import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { headerOf } from '../demo/guide/header.ts';
import { ArgumentError } from '../src/errors.ts';
import { nn } from '../src/index.ts';
import { type RectifyOptions, slotsOf } from '../src/ops/rectify.ts';
import {
  findRectifier,
  isDrawn,
  parameterValues,
  type Rectifier,
  type RectifierName,
  rectifiers,
  type Share,
} from '../src/rectifiers.ts';
import { namesOf } from '../src/wgsl/names.ts';
import { vectors, X } from './support/rectifier-vectors.ts';
import { activationOf, normalCdf } from './support/reference.ts';

const entries: [string, Rectifier][] = Object.entries(rectifiers);
const names = Object.keys(rectifiers) as RectifierName[];
const files = readdirSync(new URL('../shaders/act', import.meta.url)).map((file) => `act/${file}`);

describe('registry', () => {
  test.each(files)('shaders/%s has a line', (file) => {
    expect(entries.map(([, { wgsl }]) => wgsl.file)).toContain(file);
  });

  test.each(entries)('%s: its file keeps the contract of a rectifier', (_, { wgsl, parameters, source }) => {
    expect(files).toContain(wgsl.file);
    expect(wgsl.role).toBe('act');
    expect(namesOf(wgsl)).toEqual(expect.arrayContaining(['forward', 'dx', 'dp']));
    expect(wgsl.code).toMatch(/fn forward\(x: f32, p: vec4f\) -> f32\b/);
    expect(wgsl.code).toMatch(/fn dx\(x: f32, p: vec4f\) -> f32\b/);
    expect(wgsl.code).toMatch(/fn dp\(x: f32, p: vec4f\) -> vec4f\b/);
    expect(wgsl.bindings).toEqual([]);
    expect(wgsl.overrides).toEqual([]);
    expect(source).not.toBe('');
    // p.x .. p.w, as many as there are parameters; two drawn ones are the bounds of one.
    const count = isDrawn({ parameters }) ? 1 : Object.keys(parameters).length;
    expect(count).toBeLessThanOrEqual(4);
    const code = wgsl.code.replace(/\/\/.*/g, '');
    const read = new Set([...code.matchAll(/\bp\.([xyzw])\b/g)].map((match) => match[1]));
    expect(read).toEqual(new Set(['x', 'y', 'z', 'w'].slice(0, count)));
  });

  test.each(entries)('%s: names of its counterparts, and presets that can be taken', (_, entry) => {
    const { torch = 'nn.None', onnx = 'None-1', presets = [{}], check } = entry;
    expect(torch).toMatch(/^nn\.[A-Z]\w*(\(.+\))?$/);
    expect(onnx).toMatch(/^[A-Z]\w*-\d+(\(.+\))?$/);
    const values = presets.map((preset) => parameterValues(entry, preset)); // throws for an unknown name
    expect(values).toContainEqual(parameterValues(entry));
    for (const value of values) expect(check?.(value) ?? null).toBeNull();
  });

  test('a name gives its entry, an entry of the caller is custom', () => {
    expect(findRectifier('prelu')).toEqual({ name: 'prelu', entry: rectifiers.prelu });
    expect(findRectifier(rectifiers.elu).name).toBe('elu');
    const own: Rectifier = { ...rectifiers.relu, formula: (x) => x * x };
    expect(findRectifier(own)).toEqual({ name: 'custom', entry: own });
  });

  test('an unknown name is an error that lists the known ones', () => {
    for (const name of ['funnel', 'toString'])
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

  test.each<[RectifierName, Record<string, number>, string]>([
    ['pelu', { a: 0 }, 'rectifier: pelu: a and c must be above 0, got a = 0, c = 1; the usual values are a = 1, c = 1'],
    ['pelu', { c: -2 }, 'a and c must be above 0, got a = 1, c = -2'],
    ['softplus', { beta: -2 }, 'beta must be above 0, got beta = -2'],
    ['rrelu', { upper: 0.1 }, 'lower must not be above upper, got lower = 0.125, upper = 0.1'],
    ['rrelu', { lower: 0.5 }, 'lower must not be above upper, got lower = 0.5, upper = 0.333'],
    ['softplus', { beta: 0 }, 'beta must be above 0, got beta = 0, threshold = 20'],
    ['threshold_relu', { theta: -1 }, 'theta must be at least 0, got theta = -1; the usual values are theta = 1'],
    [
      'srelu',
      { d: -0.5 },
      'd, from the left threshold to the right one, must be at least 0, got tl = 0, al = 0.2, d = -0.5',
    ],
  ])('%s with %j breaks its rule', (name, values, message) => {
    const options = { values };
    expect(() => nn.rectifier(name, options)).toThrow(ArgumentError);
    expect(() => nn.rectifier(name, options)).toThrow(message);
  });

  describe.each(names)('%s refuses', (name) => {
    const known = Object.keys(rectifiers[name].parameters);
    const refused = (options: RectifyOptions, message: string) => {
      expect(() => nn.rectifier(name, options)).toThrow(ArgumentError);
      expect(() => nn.rectifier(name, options)).toThrow(message);
    };

    test('parameters that it does not have', () => {
      const message = `rectifier: '${name}' has no parameter 'slant'; it has ${known.join(', ') || 'none'}`;
      refused({ values: { slant: 1 } }, message);
      refused({ learn: ['slant'] }, message);
    });

    test('numbers that are none in f32', () => {
      for (const key of known)
        for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e39, -1e39])
          refused(
            { values: { [key]: value } },
            `rectifier: ${name}'s ${key} must be a finite number (in f32), got ${value}`,
          );
    });

    test('to learn what cannot be learned', () => {
      const { parameters }: Rectifier = rectifiers[name];
      for (const key of known)
        if (parameters[key]!.kind === 'constant' || parameters[key]!.kind === 'drawn')
          refused({ learn: [key] }, `${name}'s '${key}' cannot be learned: `);
        else expect(() => nn.rectifier(name, { learn: [key] })).not.toThrow();
    });

    test('a sharing that there is not', () => {
      const share = 'row' as Share;
      refused({ share }, "rectifier: unknown sharing 'row'; one of layer, channel, element");
    });
  });

  test.each<[RectifierName, string, string]>([
    ['softplus', 'threshold', "softplus's 'threshold' cannot be learned: its gradient is zero almost everywhere"],
    ['threshold_relu', 'theta', "theta' cannot be learned"],
    ['rrelu', 'lower', "rrelu's 'lower' cannot be learned: a bound of what is drawn has no gradient"],
  ])('%s cannot learn %s', (name, key, message) => {
    expect(() => nn.rectifier(name, { learn: [key] })).toThrow(message);
  });

  test('bounds of what is drawn come in pairs', () => {
    const { lower, upper } = rectifiers.rrelu.parameters;
    const { a } = rectifiers.prelu.parameters;
    const own = (parameters: Rectifier['parameters']) => () => findRectifier({ ...rectifiers.relu, parameters });
    expect(own({ lower, upper })().name).toBe('custom');
    for (const wrong of [own({ lower }), own({ lower, upper, a }), own({ lower, a })])
      expect(wrong).toThrow(/of its \d parameters are drawn; it must be two of two, or none/);
  });

  test('parameters are shared as the caller says, or the registry, or else per channel', () => {
    const count = (name: RectifierName, share?: Share) =>
      slotsOf(name, rectifiers[name], share ? { share } : {}, [2, 3, 5]).count;
    expect(count('prelu')).toEqual([5]);
    expect(count('frelu')).toEqual([1]);
    expect(count('frelu', 'element')).toEqual([15]);
    expect(count('dprelu', 'layer')).toEqual([1, 1, 1, 1]);
  });

  test('parameter values: registered, overridden, unknown', () => {
    expect(parameterValues(rectifiers.prelu)).toEqual({ a: 0.25 });
    expect(parameterValues(rectifiers.prelu, { a: 0.1 })).toEqual({ a: 0.1 });
    expect(() => parameterValues(rectifiers.prelu, { alpha: 0.1 })).toThrow("unknown parameter 'alpha'");
    expect(() => parameterValues(rectifiers.relu, { a: 0.1 })).toThrow('it has none');
  });
});

describe('formulas', () => {
  test('there are vectors of every rectifier', () => {
    expect(new Set(vectors.map(({ name }) => name))).toEqual(new Set(entries.map(([name]) => name)));
  });

  test.each(vectors)('$name and its reference reproduce the vectors of $values', ({ name, values, f, dx, dp = {} }) => {
    const entry: Rectifier = rectifiers[name];
    const p = parameterValues(entry, values);
    const reference = activationOf(name, entry);
    X.forEach((x, i) => {
      const near = (actual: number, expected: number) =>
        expect(Math.abs(actual - expected)).toBeLessThan(5e-8 * Math.max(0.1, Math.abs(expected))); // 8 digits
      near(entry.formula(x, p), f[i]!);
      near(reference.forward(x, p), f[i]!);
      near(reference.dx(x, p), dx[i]!);
      for (const [key, expected] of Object.entries(dp)) near(reference.dp(x, p)[key]!, expected[i]!);
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

  test.each(['gelu', 'gelu_tanh', 'gelu_sigmoid', 'silu', 'softplus'] as const)('%s(x) - %s(-x) = x', (name) => {
    const entry: Rectifier = rectifiers[name];
    const p = parameterValues(entry);
    for (const x of [0.1, 1, 2.5, 7, 12]) expect(entry.formula(x, p) - entry.formula(-x, p)).toBeCloseTo(x, 12);
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

describe('headers of the shaders', () => {
  test.each(entries)('%s: its header is whole, and right about kinks', (name, entry) => {
    const { kinks } = headerOf(entry.wgsl);
    const values = parameterValues(entry);
    const [x = 0, y = 0, z = 0, w = 0] = Object.values(values);
    // Two drawn ones are the bounds of p.x, which is their mean here.
    const p: Readonly<Record<string, number>> = isDrawn(entry) ? { x: (x + y) / 2 } : { x, y, z, w };
    // Numbers, p.x, |p.x| and sums of them are all that headers have needed here.
    const evaluate = (text: string) =>
      text.split(' + ').reduce((sum, term) => {
        const [, which, absolute] = /^p\.([xyzw])$|^\|p\.([xyzw])\|$/.exec(term) ?? [];
        if (absolute) return sum + Math.abs(p[absolute]!);
        return sum + (which ? p[which]! : Number(term));
      }, 0);
    const { dx } = activationOf(name, entry);
    for (const [at, value] of kinks) expect(dx(evaluate(at), values)).toBeCloseTo(evaluate(value), 6);
    if (kinks.length > 0) return;
    for (let at = -8; at <= 8; at += 1 / 8) expect(dx(at + 1e-6, values)).toBeCloseTo(dx(at - 1e-6, values), 5);
  });

  test.each([
    ['no sentence', '// ReLU\n//   y = max(x, 0)        dx = 1 (x > 0), 0 (x <= 0)        at 0: dx = 0', /a sentence/],
    ['no y', '// ReLU: a rectifier.\n//   dx = 1 (x > 0), 0 (x <= 0)        at 0: dx = 0', /'y = ...'/],
    ['no kink told', '// ReLU: a rectifier.\n//   y = max(x, 0)        dx = 1', /'at ...: dx = ...' or 'no kink'/],
    [
      'another part',
      '// ReLU: a rectifier.\n//   y = x        dx = 1        no kink;  dp.x = 1',
      /got 'no kink; {2}dp.x = 1'/,
    ],
  ])('%s is an error that names the file', (_, code, message) => {
    const wgsl = { ...rectifiers.relu.wgsl, code };
    expect(() => headerOf(wgsl)).toThrow(message);
    expect(() => headerOf(wgsl)).toThrow('act/relu.wgsl');
  });
});
