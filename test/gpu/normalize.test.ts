// Fixed normalisation by channel against float64, and the numbers for it.
import { afterAll, expect, it } from 'vitest';
import { ArgumentError, data, nn, optim, ShapeError } from '../../src/index.ts';
import { checkOperator, compute } from '../support/check.ts';
import { openEngine } from '../support/open-engine.ts';
import type { Shape } from '../support/reference.ts';

const engine = await openEngine();
afterAll(engine.destroy);

it.each<Shape>([
  [1, 1],
  [5, 3],
  [2, 5, 7, 3],
  [3, 4, 4, 1],
  [2, 3, 17],
])('y and its gradient: [%i, %i, %i, %i]', async (...given) => {
  const shape = given.filter((length) => length !== undefined);
  const channels = shape.at(-1)!;
  const mean = Array.from({ length: channels }, (_, c) => 0.4 - 0.3 * c);
  const std = Array.from({ length: channels }, (_, c) => 0.1 + 0.7 * c);
  const layer = nn.normalize({ mean, std });
  await checkOperator(
    engine,
    { x: shape },
    ({ x }) => layer(x),
    ({ x }, dy) => {
      const by = (i: number) => [mean[i % channels]!, std[i % channels]!] as const;
      const y = Array.from(x, (value, i) => (value - by(i)[0]) / by(i)[1]);
      const dx = Array.from(dy, (value, i) => value / by(i)[1]);
      return {
        // Both constants are rounded, the difference and the product.
        y: {
          values: y,
          tolerance: (i) => 2 ** -24 * (3 * Math.abs(y[i]!) + Math.abs(by(i)[0] / by(i)[1])) + 2 ** -40,
        },
        x: { values: dx, tolerance: (i) => 2 ** -23 * Math.abs(dx[i]!) + 2 ** -126 },
      };
    },
  );
});

it('makes of bytes, with what meanAndStd finds, channels of mean 0 and variance 1, in both modes', async () => {
  const [count, channels] = [70, 3];
  const x = Uint8Array.from({ length: count * 4 * 5 * channels }, (_, i) => (i * i * 7 + (i % channels) * 31) % 251);
  const y = new Uint8Array(count);
  const set = data.dataset({ shape: [4, 5, channels], x, y, classes: 2, scale: 1 / 255 });
  const layer = nn.normalize(data.meanAndStd(set));
  for (const mode of ['train', 'eval'] as const) {
    const given = { shape: [count, 4, 5, channels], values: data.toFloats(set).x };
    const { out } = await compute(engine, { x: given }, (t) => ({ out: layer(t.x) }), { mode });
    for (let channel = 0; channel < channels; channel += 1) {
      const values = out.filter((_, i) => i % channels === channel);
      const mean = (of: Float32Array) => of.reduce((sum, value) => sum + value, 0) / of.length;
      expect(Math.abs(mean(values))).toBeLessThan(1e-6);
      expect(Math.abs(mean(values.map((value) => value ** 2)) - 1)).toBeLessThan(1e-6);
    }
  }
});

it('is part of a model that trains, in several engines, and has no parameters', async () => {
  const { train } = await data.digits();
  const model = nn.sequential(nn.normalize({ mean: Array(64).fill(0.3), std: Array(64).fill(0.4) }), nn.linear(64, 10));
  for (const own of [engine, await openEngine({ seed: 1 })]) {
    const options = { data: train, batchSize: 100, loss: nn.crossEntropy, optimizer: optim.adam({ lr: 0.01 }) };
    const trainer = await own.trainer(model, options);
    const losses: number[] = [];
    for await (const { loss } of trainer.run({ epochs: 3 })) losses.push(loss);
    expect(losses[2]).toBeLessThan(0.5 * losses[0]!);
    expect(Object.keys(await trainer.parameters())).toEqual(['1.weight', '1.bias']);
    trainer.destroy();
    if (own !== engine) own.destroy();
  }
});

it('refuses other numbers and channels', async () => {
  const refused = (mean: unknown, std: unknown, message: string) => {
    const make = () => nn.normalize({ mean, std } as nn.NormalizeOptions);
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(`nn.normalize: ${message}`);
  };
  refused([0, 1], [1], 'std of channel 1 is undefined, expected a finite number above 0');
  refused([0], [1, 1], 'mean of channel 1 is undefined, expected a finite number');
  refused([], [], 'mean of channel 0 is undefined, expected a finite number');
  for (const std of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e-40, 1e60])
    refused([0, 0], [1, std], `std of channel 1 is ${std}, expected a finite number above 0`);
  for (const mean of [Number.NaN, 1e39])
    refused([mean, 1], [1, 1], `mean of channel 0 is ${mean}, expected a finite number`);
  refused(['0'], [1], "mean of channel 0 is '0', expected a finite number");
  refused([0], ['1'], "std of channel 0 is '1', expected a finite number above 0");
  refused(0.5, [1], 'mean is 0.5, expected an array of numbers');
  refused([0], undefined, 'std is undefined, expected an array of numbers');
  expect(() => nn.normalize(undefined as never)).toThrow('nn.normalize: expected an object of options, { mean, std }');
  expect(() => nn.normalize({ mean: [0], std: [1], axis: 1 } as never)).toThrow(
    "nn.normalize: there is no option 'axis'",
  );
  const layer = nn.normalize({ mean: [0, 0, 0], std: [1, 1, 1] });
  const traced = engine.compile({ x: [2, 1] }, ({ x }) => ({ y: layer(x) }));
  await expect(traced).rejects.toThrow(ShapeError);
  await expect(engine.compile({ x: [2, 1] }, ({ x }) => ({ y: layer(x) }))).rejects.toThrow(
    'nn.normalize: expected an input of shape [rows, …, 3], got [2, 1]',
  );
});
