// The networks of images: each is traced on each size of image, learns, and refuses what is too small for it.
import { afterAll, describe, expect, test } from 'vitest';
import { ArgumentError, data, type Module, nn, optim } from '../../src/index.ts';
import { createStates } from '../../src/nn/states.ts';
import { newGraph } from '../../src/ops/methods.ts';
import { openEngine } from '../support/open-engine.ts';

const engine = await openEngine();
afterAll(() => engine.destroy());

const { train } = await data.digits();

const MODELS: Readonly<Record<string, (options: nn.ModelOptions) => Module>> = {
  lenet5: nn.lenet5,
  alexnet: nn.alexnet,
  vgg: nn.vgg,
  inception: nn.inception,
  resnet: nn.resnet,
  resnet_bn: (options) => nn.resnet({ ...options, norm: 'batch' }),
  plain: (options) => nn.plain({ ...options, depth: 4 }),
  autoencoder: nn.autoencoder,
};
const SHAPES = [
  [8, 8, 1],
  [28, 28, 1],
  [32, 32, 3],
] as const;

describe.each(Object.entries(MODELS))('%s', (name, make) => {
  test.each(SHAPES)('takes images of %i x %i x %i, as they are and in a row', (...shape) => {
    const size = shape[0] * shape[1] * shape[2];
    for (const given of [shape, [size]]) {
      const graph = newGraph(createStates(0), 'train');
      const y = make({ shape, classes: 7 })(graph.input('x', [2, ...given], 'f32'));
      expect(y.shape).toEqual([2, name === 'autoencoder' ? size : 7]);
    }
  });

  test('learns the digits', async () => {
    const { x } = train;
    const set =
      name === 'autoencoder'
        ? data.dataset({ shape: [64], x: x as Float32Array, y: (x as Float32Array).slice(), targetShape: [64] })
        : train;
    const trainer = await engine.trainer(make({ shape: [8, 8, 1], classes: 10, rectifier: 'relu' }), {
      data: set,
      batchSize: 32,
      loss: set.classes === undefined ? nn.mse : nn.crossEntropy,
      optimizer: optim.adam({ lr: 3e-3 }),
    });
    const losses: number[] = [];
    for await (const { loss } of trainer.run({ steps: 30, every: 10 })) losses.push(loss);
    expect(losses.at(-1)).toBeLessThan(0.95 * (losses[0] ?? 0));
    trainer.destroy();
  });

  test('takes any rectifier, sharing and initialisation', () => {
    const graph = newGraph(createStates(0), 'train');
    const options = { rectifier: 'dprelu', options: { share: 'layer' }, init: 'he' } as const;
    make({ shape: [8, 8, 1], classes: 3, ...options })(graph.input('x', [2, 64], 'f32'));
    expect(new Set(graph.rectifiers.map((mark) => mark.name))).toEqual(new Set(['dprelu']));
  });
});

test('with batch normalisation, each convolution is followed by one and has no bias', () => {
  const graph = newGraph(createStates(0), 'train');
  const model = nn.resnet({ shape: [8, 8, 1], classes: 3, norm: 'batch' });
  model(graph.input('x', [2, 64], 'f32'));
  const names = graph.host.state(model)?.entries.map(({ name, spec }) => `${name} ${spec.kind}`) ?? [];
  expect(names.filter((entry) => entry.endsWith('running_mean buffer')).length).toBe(9);
  expect(names.filter((entry) => entry.endsWith('.weight weight')).length).toBe(9 + 1);
  expect(names.filter((entry) => entry.endsWith(' bias'))).toEqual(['8.bias bias']);
  expect(() => nn.resnet({ shape: [8, 8, 1], classes: 3, norm: true as never })).toThrow(
    "nn.resnet: norm must be 'batch' or null, got true",
  );
});

test('refuses what is too small', () => {
  expect(() => nn.lenet5({ shape: [7, 8, 1], classes: 10 })).toThrow(ArgumentError);
  expect(() => nn.vgg({ shape: [4, 4, 1], classes: 10 })).toThrow(/images of 4 x 4 are too small/);
  expect(() => nn.autoencoder({ shape: [6, 8, 1] })).toThrow(/multiples of 4, got 6 x 8/);
  expect(() => nn.plain({ shape: [8, 8, 1], classes: 10, depth: 1 })).toThrow(/depth must be/);
  expect(() => nn.resnet({ shape: [8, 8] as never, classes: 10 })).toThrow(/shape must be/);
});
