// The networks of images: each is traced on each size of image, computes what its float64 reference does, learns, and
// refuses what is too small for it.
import { afterAll, describe, expect, test } from 'vitest';
import { ArgumentError, data, type Module, nn, optim } from '../../src/index.ts';
import { createStates } from '../../src/nn/states.ts';
import { newGraph } from '../../src/ops/methods.ts';
import { checkModel } from '../support/check-model.ts';
import { openEngine } from '../support/open-engine.ts';

const engine = await openEngine();
afterAll(() => engine.destroy());

const { train } = await data.digits();
const few = data.split(train, train.count - 16).test as data.FloatDataset;

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

  test('result and gradients of every parameter', () =>
    checkModel(engine, name, make({ shape: [8, 8, 1], classes: 10, rectifier: 'swish' }), [2, 8, 8, 1]));

  test('learns some digits', async () => {
    const { x, y } = few;
    const set = name === 'autoencoder' ? data.dataset({ shape: [64], x, y: x.slice(), targetShape: [64] }) : few;
    const trainer = await engine.trainer(make({ shape: [8, 8, 1], classes: 10, rectifier: 'swish' }), {
      data: set,
      batchSize: 8,
      loss: y === set.y ? nn.crossEntropy : nn.mse,
      optimizer: optim.adam({ lr: 3e-3 }),
    });
    const losses: number[] = [];
    for await (const { loss } of trainer.run({ epochs: 5 })) losses.push(loss);
    expect(losses.at(-1)).toBeLessThan(0.95 * (losses[0] ?? 0));
    trainer.destroy();
  });

  test('takes any rectifier, sharing and initialisation', () => {
    const graph = newGraph(createStates(0), 'train');
    const options = { rectifier: 'dprelu', options: { share: 'layer' }, init: 'he' } as const;
    make({ shape: [8, 8, 1], classes: 3, ...options })(graph.input('x', [2, 64], 'f32'));
    expect(new Set(graph.rectifiers.map((mark) => mark.name))).toEqual(new Set(['dprelu']));
  });

  test('takes a rectifier for each layer, in the order of the layers', () => {
    const graph = newGraph(createStates(0), 'train');
    const names = ['relu', 'gelu', 'dprelu'] as const;
    const rectifier = (index: number) => names[index] ?? 'prelu';
    make({ shape: [8, 8, 1], classes: 3, rectifier })(graph.input('x', [2, 64], 'f32'));
    expect(graph.rectifiers.map((mark) => mark.name)).toEqual(graph.rectifiers.map((_, index) => rectifier(index)));
  });
});

test('a derivative that is off by a thousandth is found', async () => {
  const swish = (factor: number) => ({
    wgsl: `
      fn gate(x: f32, p: vec4f) -> f32 { return 1.0 / (1.0 + exp(-p.x * x)); }
      fn forward(x: f32, p: vec4f) -> f32 { return x * gate(x, p); }
      fn dx(x: f32, p: vec4f) -> f32 {
        let s = gate(x, p);
        return ${factor} * s * (1.0 + p.x * x * (1.0 - s));
      }
      fn dp(x: f32, p: vec4f) -> vec4f { let s = gate(x, p); return vec4f(x * x * s * (1.0 - s), 0.0, 0.0, 0.0); }`,
    formula: (x: number, { beta = 0 }) => x / (1 + Math.exp(-beta * x)),
    parameters: { beta: { kind: 'learned', value: 1 } as const },
  });
  const check = (factor: number) => {
    const options = { shape: [8, 8, 1], classes: 10, depth: 4, rectifier: swish(factor) } as const;
    return checkModel(engine, 'plain', nn.plain(options), [2, 8, 8, 1]);
  };
  await check(1);
  await expect(check(1.001)).rejects.toThrow(/plain: \d+ of 25 are wrong: x: gradient/);
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
