// What JavaScript lets through, where an engine is asked: misspelt options, promises that nobody awaited, losses that are none.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ArgumentError,
  createEngine,
  DeviceError,
  data,
  type Engine,
  nn,
  optim,
  type Tensor,
  type Trainer,
} from '../../src/index.ts';
import { openEngine } from '../support/open-engine.ts';

// biome-ignore lint/suspicious/noExplicitAny: what types forbid is what is tried here.
type Anything = any;

let engine: Engine;
let trainer: Trainer;
const moons = data.moons({ samples: 100 });
const model = () => nn.sequential(nn.linear(2, 4), nn.relu(), nn.linear(4, 2));
const options = () => ({ data: moons.train, batchSize: 32, loss: nn.crossEntropy, optimizer: optim.sgd({ lr: 0.1 }) });
const train = (changed: object) => engine.trainer(model(), { ...options(), ...changed } as Anything);
const compile = (...rest: Anything[]) => (engine.compile as Anything)({ x: [2, 2] }, ...rest);

beforeAll(async () => {
  engine = await openEngine();
  trainer = await train({});
});
afterAll(() => engine.destroy());

describe.each<[string, () => unknown, RegExp]>([
  [
    'an axis',
    () => compile(({ x }: { x: Tensor }) => ({ y: (x as Anything).sum(1) })),
    /sum: expected an object of options, \{ axes, keepDims \}, got 1/,
  ],
  [
    'an axis',
    () => compile(({ x }: { x: Tensor }) => ({ y: x.mean({ axes: 1 } as Anything) })),
    /mean: axes must be an array, such as \[1\], got 1/,
  ],
  [
    'another name',
    () => compile(({ x }: { x: Tensor }) => ({ y: (x as Anything).sum({ axis: 1 }) })),
    /sum: there is no option 'axis'/,
  ],
  [
    'a mode',
    () => compile(({ x }: { x: Tensor }) => ({ y: x }), 'eval'),
    /compile: expected an object of options, \{ mode, onProgress \}, got 'eval'/,
  ],
  [
    'another mode',
    () => compile(({ x }: { x: Tensor }) => ({ y: x }), { mode: 'test' }),
    /compile: mode must be 'train' or 'eval', got 'test'/,
  ],
  [
    'an async function',
    () => compile(async ({ x }: { x: Tensor }) => ({ y: x })),
    /compile: the function must return the tensors to read/,
  ],
  [
    'a function that returns nothing',
    () => compile(() => undefined),
    /compile: the function must return the tensors to read/,
  ],
  ['a function that returns numbers', () => compile(() => ({ y: 1 })), /output 'y' is not a tensor/],
  [
    'a number for a shape',
    () => (engine.compile as Anything)({ x: 2 }, ({ x }: { x: Tensor }) => ({ x })),
    /compile: input 'x' must be a shape.*got 2/,
  ],
  [
    'a smoothing',
    () => train({ loss: (z: Tensor, y: Tensor) => (nn.crossEntropy as Anything)(z, y, 0.1) }),
    /crossEntropy: expected an object of options, \{ labelSmoothing \}, got 0\.1/,
  ],
  ['shufle', () => train({ shufle: false }), /trainer: there is no option 'shufle'; it takes data, batchSize/],
  ['shuffle as text', () => train({ shuffle: 'false' }), /trainer: shuffle must be true or false, got 'false'/],
  ['a loss that is a number', () => train({ loss: () => 1 }), /the loss must return a tensor.*got 1/],
  ['an async loss', () => train({ loss: async () => 1 }), /the loss must return a tensor.*no async function/],
  [
    'a promise of data',
    () => train({ data: data.digits() }),
    /trainer: data: expected a data set.*got a promise: await it/,
  ],
  ['both parts', () => train({ data: moons }), /trainer: data: expected a data set.*give its \.train/],
  [
    'telemetry of another name',
    () => train({ telemetry: { histograms: [0, 1] } }),
    /telemetry: there is no option 'histograms'/,
  ],
  [
    'telemetry of another kind',
    () => train({ telemetry: { histogram: true } }),
    /telemetry\.histogram must be \[low, high\], got a value of type boolean/,
  ],
  ['an optimizer that is none', () => train({ optimizer: {} }), /optimizer/],
  [
    'epoch',
    () => trainer.run({ epoch: 5 } as object).next(),
    /run: there is no option 'epoch'; it takes epochs, steps/,
  ],
  ['a number of epochs', () => trainer.run(5 as Anything).next(), /run: expected an object of options/],
  [
    'learningRate',
    async () => trainer.set({ learningRate: 1 } as object),
    /set: there is no option 'learningRate'; it takes lr, groups/,
  ],
  [
    'a rate that is infinite in f32',
    async () => trainer.set({ lr: 1e39 }),
    /set: lr must be finite in float32.*1e\+39/,
  ],
  ['nothing to set', async () => (trainer as Anything).set(), /set: expected an object of options/],
  ['nothing to evaluate', () => (trainer as Anything).evaluate(), /evaluate: expected a data set.*got undefined/],
  ['both parts', () => (trainer as Anything).evaluate(moons), /evaluate: expected a data set.*its \.test/],
  ['an engine’s option', () => createEngine({ sed: 1 } as object), /createEngine: there is no option 'sed'/],
  [
    'a promise of a gpu',
    () => createEngine({ gpu: Promise.resolve() } as Anything),
    /createEngine: gpu must be a WebGPU implementation.*a promise is awaited first/,
  ],
])('%s', (_, call, message) => {
  it('is refused, and told what would do', async () => {
    const called = Promise.resolve().then(call);
    await expect(called).rejects.toThrow(ArgumentError);
    await expect(called).rejects.toThrow(message);
  });
});

it('what is refused has changed nothing', async () => {
  const before = await trainer.parameters();
  expect(trainer.step).toBe(0);
  for await (const { step } of trainer.run({ steps: 1 })) expect(step).toBe(1);
  expect(await trainer.parameters()).not.toEqual(before);
});

it('a trainer that is destroyed cannot be set, and its optimizer trains this model no more', async () => {
  const [own, optimizer] = [model(), optim.adam({ lr: 0.1 })];
  const first = await engine.trainer(own, { ...options(), optimizer });
  first.destroy();
  expect(() => first.set({ lr: 0.5 })).toThrow(DeviceError);
  await expect(engine.trainer(own, { ...options(), optimizer })).rejects.toThrow(
    /one that was destroyed counts.*optimizer of its own/,
  );
});

it.each([
  ['mse', { targetShape: [] }, /got f32 \[2, 1\] and f32 \[2\]; give the data the targetShape \[1\]/],
  [
    'bceWithLogits',
    { classes: 2 },
    /got f32 \[2, 1\] and u32 \[2\]; labels of classes are for crossEntropy: give targets/,
  ],
] as const)('%s says which targets it takes', async (name, kind, message) => {
  const set = data.dataset({ shape: [2], x: [0, 1, 2, 3], y: [0, 1], ...kind });
  const made = engine.trainer(nn.linear(2, 1), { ...options(), data: set, batchSize: 2, loss: nn[name] });
  await expect(made).rejects.toThrow(message);
});
