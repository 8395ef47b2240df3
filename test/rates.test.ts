// The table of how parameters learn, as the GPU reads it.
import { expect, test } from 'vitest';
import sgd from '../shaders/rule/sgd.wgsl';
import { ArgumentError } from '../src/errors.ts';
import { optim } from '../src/index.ts';
import { checkGroups, type Group, type Groups, mergeGroups, type Row, ratesOf } from '../src/optim/rates.ts';

const slope: Row = { names: ['rectifier', 'rectifier.a', '1.a'], kind: 'rectifier', entry: 0, at: 0, count: 8 };
const table = sgd.bindings.find(({ name }) => name === 'rates')!;
const tableOf = (group: Group) => {
  const words = ratesOf([slope], { '1.a': group }, table);
  const [lr, decay, low, high] = new Float32Array(words.buffer);
  return { lr, decay, low, high, freeze: words[4] };
};
const HUGE = 3.4028234663852886e38;

test('a rectifier learns like weights, without decay', () => {
  expect(tableOf({})).toEqual({ lr: 1, decay: 0, low: -HUGE, high: HUGE, freeze: 0 });
});

// What is beyond f32 would be infinite there, and a shader may take it that nothing is.
test.each<[readonly [number, number], readonly [number, number]]>([
  [
    [0, Number.POSITIVE_INFINITY],
    [0, HUGE],
  ],
  [
    [Number.NEGATIVE_INFINITY, 1],
    [-HUGE, 1],
  ],
  [
    [-1e300, 1e300],
    [-HUGE, HUGE],
  ],
])('clamp %s is %s', (clamp, [low, high]) => {
  expect(() => checkGroups('test', { '1.a': { clamp } })).not.toThrow();
  expect(tableOf({ clamp })).toMatchObject({ low, high });
});

test.each<Group>([{ lr: 1e39 }, { decay: 1e39 }, { lr: -1 }, { decay: Number.NaN }, { clamp: [1, 0] }, { freeze: -1 }])(
  'refuses %j',
  (group) => {
    expect(() => checkGroups('test', { '1.a': group })).toThrow(ArgumentError);
  },
);

// Finite in float64, and not where it is used; or nothing there.
test.each<[string, () => unknown]>([
  ['lr', () => optim.sgd({ lr: 1e39 })],
  ['a schedule', () => optim.sgd({ lr: { at: (index) => (index === 1 ? 1e39 : 1), steps: 2 } })],
  ['cosine', () => optim.cosine({ lr: 1e39, steps: 5 })],
  ['piecewise', () => optim.piecewise([[0, 1e39]])],
  ['weightDecay', () => optim.adamw({ lr: 1, weightDecay: 1e39 })],
  ['clipNorm', () => optim.adam({ lr: 1, clipNorm: 1e39 })],
  ['clipNorm', () => optim.adam({ lr: 1, clipNorm: 1e-50 })],
  ['eps', () => optim.adam({ lr: 1, eps: 1e39 })],
  ['eps', () => optim.adam({ lr: 1, eps: 1e-50 })],
])('refuses what f32 cannot hold: %s', (_, make) => {
  expect(make).toThrow(ArgumentError);
  expect(make).toThrow(/finite in float32/);
});

test('a property that is undefined is not stated', () => {
  const groups = { rectifier: { lr: 0, freeze: 5 }, '1.a': { lr: undefined } } as unknown as Groups;
  const [lr, , , , freeze] = ratesOf([slope], groups, table);
  expect([lr, freeze]).toEqual([0, 5]);
  const changed = { '1.a': { lr: undefined, freeze: 7 } } as unknown as Groups;
  expect(mergeGroups({ '1.a': { lr: 0 } }, changed)).toEqual({ '1.a': { lr: 0, freeze: 7 } });
});
