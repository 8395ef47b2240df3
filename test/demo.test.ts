// The demo's state and its hash, the portions of a run, and the history that never grows without end: no page needed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initialOf, models } from '../demo/choices.ts';
import { append, lastTest } from '../demo/history.ts';
import { rectifiersOf, withOwn } from '../demo/network.ts';
import { presets } from '../demo/presets.ts';
import { type Moment, portion } from '../demo/run.ts';
import { fromHash, initialState, keys, properties, type State, textOf, toHash, withText } from '../demo/state.ts';
import { theoryOf } from '../demo/theory.ts';
import { type RectifierName, rectifiers } from '../src/index.ts';

const oneOf = <T>(options: readonly (readonly [string, string])[] = []) =>
  fc.constantFrom(...options.map(([name]) => name as T));

const states: fc.Arbitrary<State> = fc.record({
  data: oneOf<State['data']>(properties.data.options),
  model: fc.constantFrom(...(Object.keys(models) as (keyof typeof models)[])),
  hidden: fc.array(fc.integer({ min: 1, max: 256 }), { minLength: 1, maxLength: 32 }),
  rectifier: oneOf<State['rectifier']>(properties.rectifier.options),
  rectifiers: fc
    .array(fc.oneof(fc.constant<''>(''), oneOf<State['rectifier']>(properties.rectifier.options)), { maxLength: 32 })
    .filter((names) => names.at(-1) !== ''),
  share: oneOf<State['share']>(properties.share.options),
  init: oneOf<State['init']>(properties.init.options),
  optimizer: oneOf<State['optimizer']>(properties.optimizer.options),
  lr: fc.double({ min: Number.MIN_VALUE, max: 10, noNaN: true }),
  momentum: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  beta1: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  beta2: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  eps: fc.double({ min: 1e-30, max: 1, noNaN: true }),
  decay: fc.double({ min: 0, max: 1, noNaN: true }),
  decayed: oneOf<State['decayed']>(properties.decayed.options),
  batch: fc.integer({ min: 1, max: 1024 }),
  epochs: fc.integer({ min: 1, max: 1000 }),
  seed: fc.integer({ min: 0, max: 0xffffffff }),
});

describe('the hash', () => {
  it('gives back any state', () => {
    fc.assert(
      fc.property(states, (state) => {
        expect(fromHash(toHash(state))).toEqual({ state, problems: new Map() });
      }),
    );
  });

  it('is read the same after a browser has escaped it', () => {
    fc.assert(
      fc.property(states, (state) => {
        const { hash } = new URL(toHash(state), 'https://example.org/demo/');
        expect(fromHash(hash).state).toEqual(state);
      }),
    );
  });

  it('never throws, and always gives a whole state', () => {
    const anyText = fc.oneof(fc.string(), fc.webFragments());
    const pair = fc.tuple(fc.oneof(fc.constantFrom<string>(...keys), fc.string()), anyText);
    const hash = fc.oneof(
      anyText,
      fc.array(pair).map((pairs) => `#${pairs.map((part) => part.join('=')).join('&')}`),
    );
    fc.assert(
      fc.property(hash, (text) => {
        const { state } = fromHash(text);
        expect(fromHash(toHash(state)).state).toEqual(state);
      }),
    );
  });

  it('means what it meant, where it is older than some keys', () => {
    const old = 'data=digits&model=mlp&hidden=128,64&rectifier=prelu&optimizer=sgd&lr=0.05&decay=0&epochs=20&seed=0';
    expect(fromHash(old)).toEqual({ state: { ...initialState, optimizer: 'sgd', lr: 0.05 }, problems: new Map() });
    const { momentum, beta1, beta2, eps } = initialState;
    expect([momentum, beta1, beta2, eps]).toEqual([0.9, 0.9, 0.999, 1e-8]);
  });

  it('keeps what is right, and names what is wrong', () => {
    const { state, problems } = fromHash('#hidden=12x&epochs=5&rectifier=constructor&lr=0&colour=red');
    expect(state).toEqual({ ...initialState, epochs: 5 });
    expect([...problems.keys()]).toEqual(['hidden', 'rectifier', 'lr']);
  });

  it('is the default run when it is empty', () => {
    expect(fromHash('').state).toEqual(initialState);
    expect(toHash(initialState)).toBe(
      '#data=digits&batch=64&model=mlp&hidden=128,64&rectifier=prelu&rectifiers=&share=channel&init=auto&optimizer=adam&lr=0.001&momentum=0.9&beta1=0.9&beta2=0.999&eps=1e-8&decay=0&decayed=weights&epochs=20&seed=0',
    );
  });
});

describe('the presets', () => {
  it('are links like any other, each with a name and a sentence', () => {
    expect(presets.length).toBeGreaterThan(4);
    for (const { name, sentence, state } of presets) {
      expect([name, sentence].every((text) => text.length > 8)).toBe(true);
      expect(fromHash(toHash(state))).toEqual({ state, problems: new Map() });
    }
  });
});

describe('the fields', () => {
  it.each([
    ['hidden', '12x', '“12x” is not a width from 1 to 256; such as 128, 64, or 64x29 for 29 layers'],
    ['hidden', '8x33', '33 layers are too many; up to 32, such as 128, 64'],
    ['decay', '2', '“2” is not a number from 0 to 1'],
    ['hidden', '', '“” is not a width from 1 to 256; such as 128, 64, or 64x29 for 29 layers'],
    ['lr', 'fast', '“fast” is not a number above 0, up to 10'],
    ['lr', '-1', '“-1” is not a number above 0, up to 10'],
    ['rectifiers', 'relu, nothing', `“nothing” is none of ${[...Object.keys(rectifiers), 'custom'].join(', ')}`],
    ['rectifiers', ',relu'.repeat(33), '34 names are too many; up to 32'],
    ['momentum', '1', '“1” is not a number from 0 to below 1'],
    ['beta2', '', '“” is not a number from 0 to below 1'],
    ['eps', '0', '“0” is not a number from 1e-30 to 1'],
    ['epochs', '0', '“0” is not a whole number from 1 to 1000'],
    ['seed', '4294967296', '“4294967296” is not a whole number from 0 to 4294967295'],
  ] as const)('%s refuses %j', (key, text, problem) => {
    expect(withText(initialState, key, text)).toEqual({ problem });
  });

  it('take what people write', () => {
    expect(withText(initialState, 'hidden', ' 32 ,16')).toEqual({ state: { ...initialState, hidden: [32, 16] } });
    const deep = { ...initialState, hidden: [9, ...Array<number>(29).fill(64), 8, 8] };
    expect(withText(initialState, 'hidden', '9, 64x29, 8,8')).toEqual({ state: deep });
    expect(textOf(deep, 'hidden')).toBe('9,64x29,8,8');
    const mixed = { ...initialState, rectifiers: ['', 'gelu', '', 'custom'] } as const;
    expect(withText(initialState, 'rectifiers', ' ,gelu,, custom , ,')).toEqual({ state: mixed });
    expect(textOf(mixed, 'rectifiers')).toBe(',gelu,,custom');
    expect(withText(initialState, 'lr', '.05')).toEqual({ state: { ...initialState, lr: 0.05 } });
    expect(withText(initialState, 'lr', '1e-4')).toEqual({ state: { ...initialState, lr: 1e-4 } });
  });

  it('apply to what is chosen', () => {
    const shown = (state: Partial<State>) =>
      keys.filter((key) => properties[key].applies?.({ ...initialState, ...state }) === true);
    expect(shown({})).toEqual(['hidden', 'beta1', 'beta2', 'eps']);
    expect(shown({ optimizer: 'adamw', model: 'vgg' })).toEqual(['beta1', 'beta2', 'eps']);
    expect(shown({ optimizer: 'sgd' })).toEqual(['hidden', 'momentum']);
  });

  it('give each layer its rectifier', () => {
    const state: State = { ...initialState, hidden: [8, 8, 8], rectifiers: ['', 'gelu', '', 'relu'] };
    expect(rectifiersOf(state)).toEqual(['prelu', 'gelu', 'prelu']);
    expect(properties.rectifiers.note(state)).toBe('There are 3 layers; the rest is not used');
    expect(rectifiersOf({ ...state, model: 'lenet5' })).toEqual(['prelu', 'gelu', 'prelu', 'relu']);
    const asked: State = { ...state, rectifiers: ['custom'] };
    expect(rectifiersOf(withOwn(asked, 'text'))).toEqual(['custom', 'prelu', 'prelu']);
    expect(rectifiersOf(withOwn(state, 'text'))).toEqual(['custom', 'custom', 'custom']);
  });

  it('offer every rectifier of the registry, each with a note and a start', () => {
    const names = Object.keys(rectifiers) as RectifierName[];
    expect(properties.rectifier.options?.map(([name]) => name)).toEqual([...names, 'custom']);
    for (const rectifier of names) {
      expect(properties.rectifier.note({ ...initialState, rectifier })).not.toBe('');
      expect(Object.keys(initialOf(rectifier))).toEqual(Object.keys(rectifiers[rectifier].parameters));
    }
  });

  it('write what they read', () => {
    for (const key of keys)
      expect(withText(initialState, key, textOf(initialState, key))).toEqual({ state: initialState });
  });
});

describe('portions of a run', () => {
  const run = fc.record({
    stepsPerEpoch: fc.integer({ min: 1, max: 2000 }),
    total: fc.integer({ min: 1, max: 1000 }),
    speed: fc.option(fc.double({ min: 0.01, max: 1e6, noNaN: true })),
  });

  it('add up to it, end with one epoch alone, and are never empty', () => {
    fc.assert(
      fc.property(run, ({ stepsPerEpoch, total, speed }) => {
        let done = 0;
        let last = 0;
        while (done < total) {
          const { epochs, every } = portion({ stepsPerEpoch, done, total, speed });
          expect(every).toBeGreaterThanOrEqual(1);
          expect(every).toBeLessThanOrEqual(epochs * stepsPerEpoch);
          last = epochs;
          done += epochs;
        }
        expect([done, last]).toEqual([total, 1]);
      }),
    );
  });

  it('bring some eight reports a second on a slow device', () => {
    expect(portion({ stepsPerEpoch: 100, done: 3, total: 20, speed: 100 })).toEqual({ epochs: 1, every: 13 });
  });
});

it('the history stays bounded, keeps its first and its newest moment, and the last test', () => {
  const moment = (step: number): Moment => ({
    step,
    epoch: step / 10,
    loss: step,
    accuracy: null,
    epochLoss: null,
    epochAccuracy: null,
    test: step % 10 === 0 ? { loss: step, accuracy: 1, samples: 1 } : null,
    samplesPerSecond: null,
    stepsPerSecond: null,
    rectifiers: [],
  });
  let history: readonly Moment[] = [];
  for (let step = 0; step <= 3000; step += 1) history = append(history, moment(step));
  expect(history.length).toBeLessThanOrEqual(500);
  expect([history[0]?.step, history.at(-1)?.step]).toEqual([0, 3000]);
  expect(history.map(({ epoch }) => epoch)).toEqual(history.map(({ epoch }) => epoch).toSorted((a, b) => a - b));
  expect(lastTest(history)?.test?.loss).toBe(3000);
});

describe('theory', () => {
  const state = { ...initialState, hidden: [8, 4], init: 'he' } as const;
  const train = {
    x: new Uint8Array(60).fill(51),
    y: new Uint32Array(5),
    count: 5,
    shape: [2, 2, 3],
    targetShape: [],
    classes: 3,
  };
  const colours = { ...train, name: 'colours', scale: 1 / 255 };

  it('takes the bytes of pictures, in colour too, as the network gets them', () => {
    const spread = theoryOf(state, colours, ['relu', 'relu']);
    // 51 / 255 = 0.2; He's weights of variance 2 / n double its square, which ReLU halves again.
    expect(spread?.forward.map((value) => value / 0.2)).toEqual(
      [Math.SQRT2, Math.SQRT2].map((v) => expect.closeTo(v, 5)),
    );
    expect(spread?.backward).toEqual([expect.closeTo(Math.sqrt(4 / 8), 5), 1]);
    const normal = theoryOf(state, { ...colours, normal: { mean: [0.2, 0.2, 0.2], std: [1, 1, 1] } }, ['relu', 'relu']);
    expect(normal?.forward[0]).toBeCloseTo(Math.SQRT2, 5);
  });

  it('is not of convolutions, nor of rectifiers that differ', () => {
    expect(theoryOf({ ...state, model: 'lenet5' }, colours, ['relu', 'relu'])).toBe(null);
    expect(theoryOf(state, colours, ['relu', 'gelu'])).toBe(null);
  });
});
