// What JavaScript lets through: options that are misspelt or no objects, factories without their parentheses.
import { describe, expect, it } from 'vitest';
import { ArgumentError, nn, optim } from '../src/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: what types forbid is what is tried here.
type Anything = any;
const [layers, rules] = [nn as Anything, optim as Anything];
const image = { shape: [8, 8, 1], classes: 10 };
const wgsl =
  'fn forward(x: f32, p: vec4f) -> f32 { return x; }\nfn dx(x: f32, p: vec4f) -> f32 { return 1.0; }\nfn dp(x: f32, p: vec4f) -> vec4f { return vec4f(); }';
const own =
  (parameters: object, source: unknown = wgsl) =>
  () =>
    layers.rectifier({ wgsl: source, formula: (x: number) => x, parameters });

describe.each<[string, () => unknown, RegExp]>([
  ['no options', () => rules.adam(), /optim\.adam: expected an object of options, \{ lr, .* \}, got undefined/],
  [
    'another name',
    () => rules.adam({ lr: 0.1, weight_decay: 1 }),
    /optim\.adam: there is no option 'weight_decay'; it takes lr,/,
  ],
  ['no rate', () => rules.adam({}), /optim\.adam: lr must be a number or a schedule.*got undefined/],
  ['a rate as text', () => rules.sgd({ lr: '0.1' }), /optim\.sgd: lr must be a number or a schedule.*got '0\.1'/],
  ['one beta', () => rules.adam({ lr: 0.1, betas: [0.9] }), /betas must be two numbers/],
  ['a schedule of nothing', () => rules.cosine(0.1), /optim\.cosine: expected an object of options/],
  [
    'a group that is a number',
    () => rules.sgd({ lr: 0.1, groups: { weight: 0 } }),
    /group weight: expected an object of options, \{ lr, decay, clamp, freeze \}, got 0/,
  ],
  [
    'a group with another name',
    () => rules.sgd({ lr: 0.1, groups: { weight: { frozen: true } } }),
    /group weight: there is no option 'frozen'/,
  ],
  [
    'a layer without parentheses',
    () => layers.sequential(nn.linear(2, 4), nn.relu),
    /nn\.sequential: layer 1 is a value of type function, expected a module such as nn\.relu\(\)/,
  ],
  ['an array of layers', () => layers.sequential([nn.linear(2, 4)]), /layer 0 is an array.*is spread/],
  ['nothing', () => layers.sequential(null), /layer 0 is null/],
  [
    'strides',
    () => nn.conv2d(1, 1, 3, { strides: 2 } as object),
    /nn\.conv2d: there is no option 'strides'; it takes stride, padding/,
  ],
  ['groups', () => nn.convTranspose2d(1, 1, 3, { pad: 1 } as object), /nn\.convTranspose2d: there is no option 'pad'/],
  [
    'a number',
    () => layers.maxPool2d(2, 1),
    /nn\.maxPool2d: expected an object of options, \{ stride, padding, ceilMode \}, got 1/,
  ],
  ['a number', () => layers.avgPool2d(2, 1), /nn\.avgPool2d: expected an object/],
  ['false', () => layers.linear(2, 3, false), /nn\.linear: expected an object of options, \{ bias, init \}/],
  ['epsilon', () => nn.batchNorm2d(3, { epsilon: 1 } as object), /nn\.batchNorm2d: there is no option 'epsilon'/],
  ['epsilon', () => nn.layerNorm(3, { epsilon: 1 } as object), /nn\.layerNorm: there is no option 'epsilon'/],
  ['size', () => nn.localResponseNorm(3, { size: 1 } as object), /nn\.localResponseNorm: there is no option 'size'/],
  ['mirror', () => nn.augment({ mirror: true } as object), /nn\.augment: there is no option 'mirror'/],
  ['a slope', () => layers.prelu(0.1), /prelu: expected an object of options, \{ share, values, learn \}, got 0\.1/],
  ['a slope', () => nn.prelu({ a: 0.1 } as object), /prelu: there is no option 'a'; it takes share, values, learn/],
  ['no shape', () => layers.plain({}), /nn\.plain: shape must be \[height, width, channels\], got undefined/],
  ['another network’s', () => layers.lenet5({ ...image, depth: 3 }), /nn\.lenet5: there is no option 'depth'/],
  ['a parameter that is a number', own({ a: 0.1 }), /parameter a is 0\.1; expected \{ kind, value \}/],
  ['a parameter of another kind', own({ a: { kind: 'learn', value: 0.1 } }), /parameter a is \{"kind":"learn"/],
  ['a parameter without value', own({ a: { kind: 'learned' } }), /with a finite value/],
  ['a parameter that is none', own({ a: null }), /parameter a is null/],
  ['no source', own({}, 5), /wgsl must be its source, a string, got 5/],
])('%s', (_, call, message) => {
  it('is refused, and told what would do', () => {
    expect(call).toThrow(ArgumentError);
    expect(call).toThrow(message);
  });
});

it('networks take what is theirs', () => {
  for (const name of ['lenet5', 'alexnet', 'vgg', 'inception', 'resnet', 'plain'])
    expect(layers[name](image)).toBeTypeOf('function');
  expect(layers.resnet({ ...image, blocks: 2, norm: 'batch' })).toBeTypeOf('function');
  expect(layers.autoencoder({ shape: [8, 8, 1], code: 4 })).toBeTypeOf('function');
});
