// What a race is: one property with several values, each trained from several seeds; and how that stands in a link.
import { properties, type State } from './state.ts';

export const raceKeys = ['rectifier', 'init', 'share', 'optimizer'] as const;

type RaceKey = (typeof raceKeys)[number];

export interface RacePlan {
  readonly key: RaceKey;
  readonly values: readonly string[];
  /** How many: the state's seed, and those after it. */
  readonly seeds: number;
}

export const MAX_SEEDS = 20;

/** Values stand in the order of their table. */
export const initialPlan: RacePlan = { key: 'rectifier', values: ['relu', 'prelu', 'dprelu', 'gelu'], seeds: 3 };

export const valuesOf = (key: RaceKey): readonly string[] => properties[key].options?.map(([name]) => name) ?? [];

export const labelOf = (key: RaceKey, value: string): string =>
  properties[key].options?.find(([name]) => name === value)?.[1] ?? value;

/** Seeds are 32-bit numbers: after the last one comes 0. */
export const seedsOf = ({ seed }: Pick<State, 'seed'>, { seeds }: Pick<RacePlan, 'seeds'>): readonly number[] =>
  Array.from({ length: seeds }, (_, index) => (seed + index) >>> 0);

/** What the hash has after the state's part. */
export function planToHash({ key, values, seeds }: RacePlan): string {
  return `&race=${key}:${values.join(',')}&seeds=${seeds}`;
}

/**
 * The race that a hash tells of, if it does. What it leaves out or says wrong is as by default, and `problem` tells. Never
 * throws.
 */
export function planFromHash(hash: string): { readonly plan: RacePlan; readonly problem: string | null } | null {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const race = given.get('race');
  if (race === null) return null;
  const [name = '', list = ''] = race.split(':');
  const key = raceKeys.find((known) => known === name);
  const asked = [...new Set(list.split(','))];
  const values = key ? valuesOf(key).filter((value) => asked.includes(value)) : [];
  const seeds = readSeeds(given.get('seeds') ?? String(initialPlan.seeds));
  const wrong = [
    ...(key ? asked.filter((value) => !values.includes(value)) : [name]),
    ...(seeds === null ? [`seeds=${given.get('seeds')}`] : []),
  ];
  const problem = wrong.length > 0 ? `Not used of the link: “${wrong.join('”, “')}”` : null;
  const base = key ? { key, values: values.length > 0 ? values : valuesOf(key).slice(0, 3) } : initialPlan;
  return { plan: { key: base.key, values: base.values, seeds: seeds ?? initialPlan.seeds }, problem };
}

/** null for what is none. */
export function readSeeds(text: string): number | null {
  const count = /^\s*\d+\s*$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= MAX_SEEDS ? count : null;
}
