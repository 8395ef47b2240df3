// A race's part of the link, and what is counted over its seeds: no page needed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RaceResult } from '../demo/race.ts';
import { about } from '../demo/raceabout.ts';
import {
  initialPlan,
  planFromHash,
  planToHash,
  type RacePlan,
  raceKeys,
  readSeeds,
  seedsOf,
  valuesOf,
} from '../demo/raceplan.ts';
import { createTally, csvOf, summaryOf } from '../demo/racetally.ts';
import { fromHash, initialState, type State, toHash } from '../demo/state.ts';
import { markdownOf, tableOf } from '../demo/views/racetable.ts';

const plans: fc.Arbitrary<RacePlan> = fc.constantFrom(...raceKeys).chain((key) =>
  fc.record({
    key: fc.constant(key),
    values: fc.subarray([...valuesOf(key)], { minLength: 1 }),
    seeds: fc.integer({ min: 1, max: 20 }),
  }),
);

it('tells what its lines have in common', () => {
  const plan = { key: 'init', values: ['he', 'xavier'], seeds: 2 } as const;
  const state: State = { ...initialState, optimizer: 'sgd', momentum: 0.5, beta1: 0.5, rectifiers: ['', 'relu'] };
  expect(about(state, plan)).toBe(
    'digits · mlp 128,64 · prelu · by layer ,relu · shared by channel · sgd · lr 0.001 · Momentum 0.5 · batch 64 · seeds 0 to 1',
  );
});

describe('the link', () => {
  it('gives back any race, and the state as if there were none', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const { hash } = new URL(toHash(initialState) + planToHash(plan), 'https://example.org/');
        expect(planFromHash(hash)).toEqual({ plan, problem: null });
        expect(fromHash(hash)).toEqual({ state: initialState, problems: new Map() });
      }),
    );
  });

  it('has no race unless it says so', () => {
    expect(planFromHash(toHash(initialState))).toBe(null);
    expect(planFromHash('')).toBe(null);
  });

  it('keeps what is right, and names what is wrong', () => {
    expect(planFromHash('#race=rectifier:relu,nothing,prelu,relu&seeds=0')).toEqual({
      plan: { key: 'rectifier', values: ['relu', 'prelu'], seeds: initialPlan.seeds },
      problem: 'Not used of the link: “nothing”, “seeds=0”',
    });
    expect(planFromHash('#race=constructor:relu&seeds=2')).toEqual({
      plan: { ...initialPlan, seeds: 2 },
      problem: 'Not used of the link: “constructor”',
    });
  });

  it('is always a race, whatever it says', () => {
    const text = fc.oneof(fc.string(), fc.webFragments());
    fc.assert(
      fc.property(text, text, (race, seeds) => {
        const { plan } = planFromHash(`#race=${race}&seeds=${seeds}`) ?? { plan: initialPlan };
        expect(planFromHash(planToHash(plan))).toEqual({ plan, problem: null });
      }),
    );
  });
});

it('seeds are counted from the first, and are 32-bit numbers', () => {
  expect(seedsOf({ seed: 5 }, { seeds: 3 })).toEqual([5, 6, 7]);
  expect(seedsOf({ seed: 0xffffffff }, { seeds: 2 })).toEqual([0xffffffff, 0]);
  expect([' 3 ', '20', '0', '21', '1.5', ''].map(readSeeds)).toEqual([3, 20, null, null, null, null]);
});

describe('what is counted', () => {
  const plan: RacePlan = { key: 'rectifier', values: ['relu', 'prelu'], seeds: 2 };
  const result = (value: string, seed: number, epoch: number, testAccuracy: number, trainLoss = 1): RaceResult => ({
    value,
    seed,
    epoch,
    trainLoss,
    testLoss: 2 * trainLoss,
    testAccuracy,
  });

  it('is the mean of the seeds and their range, epoch by epoch', () => {
    const tally = createTally(plan, 2);
    for (const each of [result('relu', 0, 1, 0.5), result('relu', 0, 2, 0.75), result('relu', 1, 1, 0.25)])
      tally.add(each);
    expect(tally.spread('testAccuracy', 'relu', [1, 2])).toEqual({
      mean: [0.375, 0.75],
      low: [0.25, 0.75],
      high: [0.5, 0.75],
    });
    expect(tally.spread('testLoss', 'prelu', [1, 2]).mean).toEqual([null, null]);
  });

  it('is of seeds that are done, or of the first as it is now', () => {
    const tally = createTally(plan, 2);
    tally.add(result('relu', 0, 1, 0.5));
    expect(tableOf(plan, tally.rows())).toEqual([
      ['Rectifier', 'Test accuracy', 'Training loss', 'Seeds'],
      ['relu', '50.00 %', '1.0000', '0 of 2'],
      ['prelu', '–', '–', '0 of 2'],
    ]);
    const more = [result('relu', 0, 2, 0.9, 0.5), result('relu', 1, 1, 0.1), result('relu', 1, 2, 0.8, 0.25)];
    for (const each of more.slice(0, 2)) tally.add(each);
    expect(tally.rows()[0]).toMatchObject({ done: 1, summaries: { testAccuracy: { mean: 0.9, deviation: null } } });
    for (const each of more.slice(2)) tally.add(each);
    expect(markdownOf(tableOf(plan, tally.rows()))).toBe(
      '| Rectifier | Test accuracy | Training loss | Seeds |\n| --- | ---: | ---: | ---: |\n' +
        '| relu | 85.00 ± 7.07 % | 0.3750 ± 0.1768 | 2 of 2 |\n| prelu | – | – | 0 of 2 |\n',
    );
    expect(csvOf(plan, tally.results).split('\n')[1]).toBe('relu,0,1,1,2,0.5');
  });

  it('says which has diverged, and does not draw it', () => {
    const tally = createTally(plan, 1);
    tally.add(result('relu', 0, 1, 0.1, Number.NaN));
    expect(tally.spread('trainLoss', 'relu', [1])).toEqual({ mean: [null], low: [null], high: [null] });
    expect(tableOf(plan, tally.rows())[1]).toEqual(['relu', '10.00 %', 'diverged', '1 of 2']);
  });

  it('has the deviation of a sample', () => {
    expect(summaryOf([1, 2, 3, 4])).toEqual({ mean: 2.5, deviation: Math.sqrt(5 / 3) });
  });
});
