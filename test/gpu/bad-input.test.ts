// What cannot be done is refused with a typed error that says what it got and what to do, and leaves nothing half-done.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ArgumentError,
  createEngine,
  DataError,
  DeviceError,
  data,
  type Engine,
  LimitError,
  nn,
  optim,
  type RectifierName,
  ShaderError,
  ShapeError,
  UnsupportedError,
} from '../../src/index.ts';
import { getAdapter } from '../support/node-gpu.ts';
import { openEngine, smallModel, smallTrainer, trace } from '../support/spiral-run.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.destroy());

describe('no device', () => {
  it('says that WebGPU is missing', async () => {
    const { navigator } = globalThis;
    Object.defineProperty(globalThis, 'navigator', { value: undefined, configurable: true });
    try {
      await expect(createEngine()).rejects.toThrow(UnsupportedError);
      await expect(createEngine()).rejects.toThrow(/no WebGPU here.*use a browser/);
    } finally {
      Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
    }
  });
  it('says that there is no adapter', async () => {
    const gpu = { requestAdapter: async () => null } as unknown as GPU;
    await expect(createEngine({ gpu })).rejects.toThrow(UnsupportedError);
    await expect(createEngine({ gpu })).rejects.toThrow(/no adapter.*update the graphics driver/);
  });
  it('says that an adapter was used before', async () => {
    const adapter = await getAdapter();
    const first = await createEngine({ adapter });
    await expect(createEngine({ adapter })).rejects.toThrow(/adapter gives one device/);
    first.destroy();
  });
  it('refuses a seed that is none', async () => {
    await expect(createEngine({ seed: -1 })).rejects.toThrow(ArgumentError);
  });
});

describe('a trainer without', () => {
  const whole = () => ({
    data: data.spiral({ samples: 200 }).train,
    batchSize: 32,
    loss: nn.crossEntropy,
    optimizer: optim.sgd({ lr: 0.1 }),
  });
  it.each(['data', 'batchSize', 'loss', 'optimizer'] as const)('%s says so', async (name) => {
    const made = engine.trainer(smallModel(), { ...whole(), [name]: undefined });
    await expect(made).rejects.toThrow(ArgumentError);
    await expect(made).rejects.toThrow(new RegExp(`${name}.*(is|got) undefined`));
  });
  it('options, or a model, says so', async () => {
    const trainer = engine.trainer as (...given: unknown[]) => Promise<unknown>;
    await expect(trainer(smallModel())).rejects.toThrow(/data is undefined, expected a data set, such as/);
    await expect(trainer(null, whole())).rejects.toThrow(
      /the model is null, expected a module, such as nn\.sequential/,
    );
  });
});

describe('a step of one’s own', () => {
  const step = () =>
    engine.compile({ x: [4, 2], labels: { shape: [4], dtype: 'u32' } }, ({ x, labels }) => ({
      loss: nn.crossEntropy(x, labels),
    }));
  const x = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const labels = Uint32Array.of(0, 1, 0, 1);

  it('refuses data of the wrong length, type or value, and keeps what it had', async () => {
    const { run, read } = await step();
    run({ x, labels });
    const before = await read('loss');
    expect(() => run({ x: new Float32Array(6), labels })).toThrow(ShapeError);
    expect(() => run({ x: new Float32Array(6), labels })).toThrow("input 'x' has 6 elements; shape [4, 2] needs 8");
    expect(() => run({ x, labels: Uint32Array.of(0, 1, 2, 1) })).toThrow(DataError);
    expect(() => run({ x, labels: Uint32Array.of(0, 1, 2, 1) })).toThrow(/label 2 at element 2.*2 classes/);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      expect(() => run({ x: x.with(3, bad), labels })).toThrow(/at element 3; all values must be finite/);
    expect(() => run({ x: [...x] as never, labels })).toThrow(/must be a Float32Array, got Array/);
    expect(() => run({ x } as never)).toThrow(/input 'labels' must be a Uint32Array, got nothing/);
    expect(() => run({ x, labels, y: x } as never)).toThrow(/there is no input 'y'.*x, labels/);
    expect(await read('loss')).toEqual(before);
    await expect(read('lost' as never)).rejects.toThrow(/there is no output 'lost'.*loss/);
  });

  it('tells symbols from numbers', async () => {
    await expect(engine.compile({ x: [2] }, ({ x }) => ({ y: x.mul(Number(x)) }))).rejects.toThrow(
      /a tensor is a symbol/,
    );
    await expect(engine.compile({ x: [2] }, () => ({ y: 3 as never }))).rejects.toThrow(/output 'y' is not a tensor/);
    await expect(engine.compile({ x: [0] }, ({ x }) => ({ x }))).rejects.toThrow(ShapeError);
  });
});

const options = async () => ({
  data: data.spiral({ samples: 200 }).train,
  batchSize: 32,
  loss: nn.crossEntropy,
  optimizer: optim.adam({ lr: 0.01 }),
});

describe('a trainer', () => {
  it('refuses shapes, labels and options that do not fit', async () => {
    const good = await options();
    const narrow = nn.sequential(nn.linear(3, 8), nn.prelu(), nn.linear(8, 3));
    await expect(engine.trainer(narrow, good)).rejects.toThrow(
      /nn.linear\(3, 8\): expected .*\[rows, 3\], got \[32, 2\]/,
    );
    const few = nn.sequential(nn.linear(2, 2));
    await expect(engine.trainer(few, good)).rejects.toThrow(/label 2 .*2 classes/);
    await expect(engine.trainer(smallModel(), { ...good, batchSize: 0 })).rejects.toThrow(/batchSize .* got 0/);
    await expect(engine.trainer(smallModel(), { ...good, stepsPerSubmit: 65 })).rejects.toThrow(ArgumentError);
    await expect(engine.trainer(smallModel(), { ...good, loss: nn.mse })).rejects.toThrow(ShapeError);
    const own = (y: Parameters<typeof nn.mse>[0]) => y.mul(y).mean();
    await expect(engine.trainer(smallModel(), { ...good, batchSize: 48, loss: own })).rejects.toThrow(
      /batch size that divides/,
    );
    await expect(engine.trainer(smallModel(), { ...good, loss: (y) => y })).rejects.toThrow(
      /the loss must be one number/,
    );
  });
  it('refuses data that is not finite, however it was made', async () => {
    const good = await options();
    expect(() => data.dataset({ shape: [2], x: [1, Number.NaN], y: [0], classes: 2 })).toThrow(DataError);
    const spoilt = { ...good.data, x: good.data.x.with(7, Number.NaN) };
    await expect(engine.trainer(smallModel(), { ...good, data: spoilt })).rejects.toThrow(DataError);
  });
  it('refuses options of a run, and runs only once at a time', async () => {
    const trainer = await smallTrainer(engine);
    await expect(trainer.run({ epochs: 0 }).next()).rejects.toThrow(/epochs must be .* got 0/);
    await expect(trainer.run({ every: 0.5 }).next()).rejects.toThrow(ArgumentError);
    const first = trainer.run({ epochs: 2 });
    await first.next();
    await expect(trainer.run().next()).rejects.toThrow(/already running/);
    await first.return();
    expect(() => trainer.set({ lr: Number.NaN })).toThrow(ArgumentError);
    expect((await trace(trainer, 1)).losses[0]).toBeTypeOf('number');
  });
});

describe('rectifiers and groups', () => {
  const zeros = (n: number) => new Float32Array(n).fill(-1);
  it.each([
    ['element', [4, 2, 5], /parameter 'a' has shape \[15\]; this input asks for \[10\]: a layer keeps the shape/],
    ['element', [4, 15, 2], /has shape \[15\]; this input asks for \[30\]/],
    ['channel', [4, 3, 4], /has shape \[5\]; this input asks for \[4\]/],
  ] as const)(
    'refuses samples that a sharing by %s does not fit, and keeps what it had',
    async (share, other, message) => {
      const model = nn.prelu({ share });
      const step = await engine.compile({ x: [2, 3, 5] }, ({ x }) => ({ y: model(x) }));
      const wrong = () => engine.compile({ x: other }, ({ x }) => ({ y: model(x) }));
      await expect(wrong()).rejects.toThrow(ShapeError);
      await expect(wrong()).rejects.toThrow(message);
      step.run({ x: zeros(30) });
      expect([...(await step.read('y'))]).toEqual(Array(30).fill(-0.25));
      // As many samples as one likes.
      const more = await engine.compile({ x: [7, 3, 5] }, ({ x }) => ({ y: model(x) }));
      more.run({ x: zeros(105) });
      expect([...(await more.read('y'))]).toEqual(Array(105).fill(-0.25));
    },
  );
  it('evaluates no data of another shape, and trains on', async () => {
    const model = () => nn.sequential(nn.prelu({ share: 'element' }), nn.linear(2, 3));
    const [trainer, twin] = [
      await engine.trainer(model(), await options()),
      await engine.trainer(model(), await options()),
    ];
    const wide = data.dataset({ shape: [3], x: new Float32Array(6), y: [0, 1], classes: 3 });
    await expect(trainer.evaluate(wide)).rejects.toThrow(ShapeError);
    expect(await trace(trainer, 2)).toEqual(await trace(twin, 2));
  });
  it('refuses groups that a model does not have, and leaves the model and what it trains with as they were', async () => {
    const model = smallModel();
    const wrong = async (groups: optim.Groups) =>
      engine.trainer(model, { ...(await options()), optimizer: optim.adam({ lr: 0.01, groups }) });
    const known = /has weight, bias, norm, rectifier, 0.weight, 0.bias, rectifier.a, 1.a/;
    for (const name of ['slopes', '1.alpha', 'rectifier.alpha', '0.a', '2.a']) {
      await expect(wrong({ [name]: { lr: 0 } })).rejects.toThrow(ArgumentError);
      await expect(wrong({ [name]: { lr: 0 } })).rejects.toThrow(known);
    }
    const trainer = await engine.trainer(model, await options());
    for (const groups of [
      { '1.a': { lr: 0 }, '1.alpha': {} },
      { '1.a': { freeze: 99 }, rectifier: { clamp: [1, 0] } },
      { '1.a': { lr: 1e39 } },
      { rectifier: { decay: Number.NaN } },
      { rectifier: { freeze: 0.5 } },
      { rectifier: { clamp: [0, Number.NaN] } },
    ] satisfies optim.Groups[])
      expect(() => trainer.set({ lr: 1, groups })).toThrow(ArgumentError);
    expect(() => trainer.set({ lr: Number.NaN, groups: { '1.a': { lr: 0 } } })).toThrow(ArgumentError);
    const twin = await engine.trainer(smallModel(), await options());
    // What was refused must not come along with the next change, either.
    for (const each of [trainer, twin]) each.set({ groups: { '0.bias': { lr: 0.5 } } });
    expect(await trace(trainer, 2)).toEqual(await trace(twin, 2));
  });
});

describe('names and numbers', () => {
  it('refuses rectifiers, sharings and initialisations that it does not know', () => {
    for (const wrong of [
      () => nn.rectifier('funnel' as RectifierName),
      () => nn.rectifier('prelu', { share: 'row' as nn.Share }),
      () => nn.linear(2, 2, { init: 'best' as nn.InitName }),
      () => nn.linear(2, 2, { init: { scheme: 'best' as nn.InitName, factor: 1 } }),
    ])
      expect(wrong).toThrow(ArgumentError);
    expect(() => nn.rectifier('funnel' as RectifierName)).toThrow(/unknown rectifier 'funnel'; one of .*relu/);
    expect(() => nn.prelu({ share: 'row' as nn.Share })).toThrow(/unknown sharing 'row'/);
    expect(() => nn.prelu({ values: { b: 1 } })).toThrow(/no parameter 'b'; it has a/);
    expect(() => nn.linear(2, 2, { init: 'best' as nn.InitName })).toThrow(/init.*'best'.*he/);
    expect(() => nn.linear(2, 2, { init: { std: -1 } })).toThrow(/std is -1/);
    expect(() => nn.linear(2, 2, { init: { scheme: 'he', factor: -1 } })).toThrow(/factor is -1/);
    expect(() => nn.linear(0, 2)).toThrow(/inFeatures must be .* got 0/);
    expect(() => nn.rectifier({ wgsl: '', parameters: {} } as never)).toThrow(/needs a formula/);
  });
  it('refuses optimizers with values out of range', () => {
    expect(() => optim.sgd({ lr: -1 })).toThrow(ArgumentError);
    expect(() => optim.sgd({ lr: 0.1, nesterov: true })).toThrow(ArgumentError);
    expect(() => optim.adam({ lr: 0.1, betas: [1, 0.9] })).toThrow(ArgumentError);
    expect(() => optim.adam({ lr: 0.1, weightDecay: Number.NaN })).toThrow(ArgumentError);
    expect(() => optim.piecewise([[1, 0.1]])).toThrow(ArgumentError);
    expect(() => optim.sgd({ lr: { at: () => Number.NaN, steps: 3 } })).toThrow(/step 0 is NaN/);
    expect(() => optim.sgd({ lr: 0.1, groups: { weight: { clamp: [1, -1] } } })).toThrow(/clamp/);
  });
});

describe('the device', () => {
  it('refuses a plan larger than its limits before it allocates', async () => {
    const large = engine.compile({ x: [40_000, 40_000] }, ({ x }) => ({ y: x.mul(2) }));
    await expect(large).rejects.toThrow(LimitError);
    await expect(engine.compile({ x: [40_000, 40_000] }, ({ x }) => ({ y: x.mul(2) }))).rejects.toThrow(
      /needs 6400000000 bytes.*at most.*use a smaller/,
    );
    const small = await engine.compile({ x: [2] }, ({ x }) => ({ y: x.mul(2) }));
    small.run({ x: Float32Array.of(1, 2) });
    expect([...(await small.read('y'))]).toEqual([2, 4]);
  });
  it('names the fragment’s own line when a kernel does not compile', async () => {
    const wgsl = { ...(await import('../../shaders/act/prelu.wgsl')).default };
    const code = wgsl.code.replace('select(p.x, 1.0, x > 0.0)', 'wrong(x)');
    const entry = {
      wgsl: { ...wgsl, file: 'act/mine.wgsl', code },
      formula: (x: number) => x,
      parameters: {},
      source: 'a test',
    };
    const model = nn.sequential(nn.linear(2, 2), nn.rectifier(entry));
    const made = engine.compile({ x: [1, 2] }, ({ x }) => ({ y: model(x) }));
    await expect(made).rejects.toThrow(ShaderError);
    await expect(engine.compile({ x: [1, 2] }, ({ x }) => ({ y: model(x) }))).rejects.toThrow(
      /act\/mine\.wgsl:4:\d+: .*wrong/,
    );
  });
  it('fails with a DeviceError once it is destroyed', async () => {
    const own = await openEngine();
    const trainer = await smallTrainer(own);
    own.destroy();
    await expect(own.lost).resolves.toBeInstanceOf(DeviceError);
    await expect(trainer.run().next()).rejects.toThrow(DeviceError);
  });
});
