// The spread of a signal through layers, measured on the GPU, beside the theory of infinite width.
import { afterAll, expect, it } from 'vitest';
import { ArgumentError, type nn, probe, type rectifiers } from '../../src/index.ts';
import { openEngine } from '../support/check.ts';

const engine = await openEngine();
afterAll(engine.destroy);

const SIZE = { depth: 12, width: 96, samples: 64 };

it.each<[keyof typeof rectifiers, nn.Init, number]>([
  ['relu', 'auto', Math.SQRT2],
  ['relu', 'xavier', 1],
  ['prelu', 'auto', Math.sqrt(2 / 1.0625)],
  ['elu', 'auto', 1.245198],
  ['identity', 'auto', 1],
])('%s, %s', async (rectifier, init, first) => {
  const { measured, expected } = await probe(engine, { rectifier, init, ...SIZE });
  expect(measured.forward).toHaveLength(SIZE.depth);
  expect(expected.forward[0]).toBeCloseTo(first, 5);
  for (const way of ['forward', 'backward'] as const)
    for (const [layer, value] of expected[way].entries()) {
      const passed = way === 'forward' ? layer + 1 : SIZE.depth - layer;
      // Each layer's variance has a relative deviation of about sqrt(5 / width), and layers add up; four deviations.
      const allowed = 4 * 0.5 * Math.sqrt((5 * passed) / SIZE.width) + 0.02;
      expect.soft(Math.abs(Math.log(measured[way][layer]! / value)), `${way} ${layer}`).toBeLessThan(allowed);
    }
});

it('expects what theory says of ReLU: He keeps the signal, Xavier halves its variance in each layer', async () => {
  const { expected: he } = await probe(engine, { ...SIZE, width: 8 });
  for (const value of he.forward) expect(value).toBeCloseTo(Math.SQRT2, 4);
  for (const value of he.backward) expect(value).toBeCloseTo(1, 3);
  const { expected: xavier } = await probe(engine, { ...SIZE, width: 8, init: 'xavier' });
  xavier.forward.forEach((value, layer) => {
    expect(value).toBeCloseTo(2 ** (-layer / 2), 4);
  });
  expect(xavier.backward[0]).toBeCloseTo(2 ** (-(SIZE.depth - 1) / 2), 3);
});

it('refuses numbers that are none', async () => {
  await expect(probe(engine, { depth: 0 })).rejects.toThrow(ArgumentError);
  await expect(probe(engine, { rectifier: 'nought' as never })).rejects.toThrow(/unknown rectifier/);
});
