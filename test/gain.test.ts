// The gain by which weights make up for what a rectifier takes, against numbers worked out with 30 digits.
import { describe, expect, test } from 'vitest';
import { ArgumentError } from '../src/errors.ts';
import { gain } from '../src/nn/init.ts';
import { type Rectifier, type RectifierName, rectifiers } from '../src/rectifiers.ts';
import { activationOf, normalCdf } from './support/reference.ts';

describe('gain', () => {
  // E[f(z)^2]^(-1/2) and E[f'(z)^2]^(-1/2), computed with 30 digits. Of what is drawn, over all that may be drawn.
  test.each<[RectifierName, Record<string, number>, number, number]>([
    ['identity', {}, 1, 1],
    ['relu', {}, Math.SQRT2, Math.SQRT2],
    // The same slope in each of the three that have one to the left.
    ...(
      [
        [0.01, 1.414143],
        [0.1, 1.407195],
        [0.2, 1.38675],
        [0.25, 1.371989],
        [0.3, 1.354571],
      ] as const
    ).flatMap(([a, both]): [RectifierName, Record<string, number>, number, number][] => [
      ['leaky_relu', { a }, both, both],
      ['prelu', { a }, both, both],
      ['dprelu', { alpha: a }, both, both],
    ]),
    ['leaky_relu', {}, 1.414143, 1.414143],
    ['prelu', {}, 1.371989, 1.371989],
    ['rrelu', {}, 1.376117, 1.376117],
    ['rrelu', { lower: 11 / 48, upper: 11 / 48 }, 1.37848, 1.37848], // as evaluated
    ['rrelu', { lower: 1 / 5.5, upper: 1 / 5.5 }, 1.391402, 1.391402], // as the paper evaluates
    ['frelu', {}, 1.193427, Math.SQRT2],
    ['frelu', { b: -1 / Math.sqrt(2 * Math.PI) }, 1.712859, Math.SQRT2],
    ['frelu', { b: -0.2 }, 1.621312, Math.SQRT2],
    ['dprelu', {}, Math.SQRT2, Math.SQRT2],
    ['dprelu', { alpha: 0.5, beta: 0.9 }, 1.373606, 1.373606],
    ['elu', {}, 1.245198, 1.223429],
    ['elu', { alpha: 0.5 }, 1.365595, 1.358283],
    ['pelu', {}, 1.245198, 1.223429],
    ['selu', {}, 1, 0.966026],
    ['gelu', {}, 1.53353, 1.481114],
    ['gelu_tanh', {}, 1.533581, 1.481168],
    ['gelu_sigmoid', {}, 1.539459, 1.491459],
    ['gelu_sigmoid', { beta: 1 }, 1.676532, 1.62332],
    ['swish', {}, 1.676532, 1.62332],
    ['swish', { beta: 1.702 }, 1.539459, 1.491459],
    ['silu', {}, 1.676532, 1.62332],
    ['silu', { beta: 1.702 }, 1.539459, 1.491459],
    ['mish', {}, 1.486848, 1.444755],
    ['softplus', {}, 1.041867, 1.846229],
    ['threshold_relu', {}, 1.579903, 2.510573],
    ['threshold_relu', { theta: 0.5 }, 1.436553, 1.800305],
    ['srelu', {}, 1.38675, 1.38675],
    ['srelu', { ar: 0.5 }, 1.621831, 1.579149],
    ['shifted_relu', {}, 1.148569, 1.090217],
    ['sqrt_relu', {}, 3.638359, 3.607058],
    ['sigmoid', {}, 1.846229, 4.722646],
    ['tanh', {}, 1.592537, 1.467414],
  ])('%s, %j', (name, values, forward, backward) => {
    const entry: Rectifier = rectifiers[name];
    expect(Math.abs(gain(entry, values) - forward)).toBeLessThan(6e-7);
    // The gain of a formula that is the reference's derivative.
    const { dx } = activationOf(name, entry);
    expect(Math.abs(gain({ ...entry, formula: dx }, values) - backward)).toBeLessThan(6e-7);
  });

  test('of a DPReLU with all four parameters, in closed form', () => {
    const [alpha, beta, t, b] = [0.3, 1.2, 0.25, -0.4];
    const P = normalCdf(t);
    const p = Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
    const mean = beta * (p - t * (1 - P)) - alpha * (p + t * P);
    const moment =
      beta ** 2 * ((1 + t * t) * (1 - P) - t * p) + alpha ** 2 * ((1 + t * t) * P + t * p) + 2 * b * mean + b * b;
    expect(gain(rectifiers.dprelu, { alpha, beta, t, b })).toBeCloseTo(moment ** -0.5, 6);
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
