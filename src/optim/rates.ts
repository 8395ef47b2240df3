// How each parameter learns: groups of them, as a table on the GPU that can be changed between steps.
import { ArgumentError } from '../errors.ts';
import type { ParameterKind, State } from '../graph/state.ts';
import { checkKeys, kindOf } from '../options.ts';
import type { Binding } from '../wgsl/fragment.ts';
import { pack } from '../wgsl/pack.ts';

/** How some parameters learn; what it leaves out is as a more general group has it. */
export interface Group {
  /** Multiplies the learning rate. Default 1; 0 freezes. */
  readonly lr?: number;
  /** Multiplies the weight decay. Default 1 for weights, 0 for biases, normalisations and rectifiers. */
  readonly decay?: number;
  /** The range that values are kept in. Default: all numbers. */
  readonly clamp?: readonly [low: number, high: number];
  /** Steps, counted from the first, in which neither values nor moments change. Default 0. */
  readonly freeze?: number;
}

/**
 * By kind (`weight`, `bias`, `norm`, `rectifier`), by a rectifier's parameter (`rectifier.alpha`) or by name (`0.weight`,
 * `1.alpha`). The most specific group that states a property decides it.
 */
export type Groups = Readonly<Partial<Record<ParameterKind | (string & {}), Group>>>;

/** Parameters that learn alike: an entry of a model's state, or one of the parameters packed in it. */
export interface Row {
  /** Names of the groups that hold for it, the most general first. */
  readonly names: readonly string[];
  readonly kind: ParameterKind;
  readonly entry: number;
  /** Elements of the entry. */
  readonly at: number;
  readonly count: number;
}

const HUGE = 3.4028234663852886e38;
const DECAYED: Readonly<Record<ParameterKind, number>> = { weight: 1, bias: 0, norm: 0, rectifier: 0 };

export function rowsOf({ entries }: State): readonly Row[] {
  return entries.flatMap(({ name, spec: { kind }, parts }, entry) => {
    if (kind === 'buffer') return [];
    const path = name.slice(0, name.lastIndexOf('.') + 1);
    return parts.map(({ name: part, at, count }) => {
      const own = kind === 'rectifier' ? [`rectifier.${part}`, `${path}${part}`] : [name];
      return { names: [kind, ...own], kind, entry, at, count };
    });
  });
}

/**
 * The table's contents, laid out as `binding` says, from step `at` (counted from 0) on; before that they were `before`.
 */
export function ratesOf(
  rows: readonly Row[],
  groups: Groups,
  binding: Binding,
  before: Uint32Array = new Uint32Array((binding.size / 4) * rows.length),
  at = 0,
): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(before.length);
  const wordOf = (name: string) => (binding.fields.find((field) => field.name === name)?.offset ?? 0) / 4;
  rows.forEach(({ names, kind }, index) => {
    const group: Group = Object.assign({}, ...names.map((name) => stated(groups[name])));
    const { lr = 1, decay = DECAYED[kind], clamp = [-HUGE, HUGE], freeze = 0 } = group;
    // A shader may take it that there is no infinity.
    const [low = 0, high = 0] = clamp.map((bound) => Math.max(-HUGE, Math.min(bound, HUGE)));
    const [until = 0, rested = 0] = ['freeze', 'late'].map((name) => before[(binding.size / 4) * index + wordOf(name)]);
    const late = rested - Math.max(0, until - at) + Math.max(0, freeze - at);
    pack(binding, { lr, decay, low, high, freeze, late }, new DataView(words.buffer), index * binding.size);
  });
  return words;
}

/** `changed` over `groups`, property by property. */
export const mergeGroups = (groups: Groups, changed: Groups): Groups => ({
  ...groups,
  ...Object.fromEntries(Object.entries(changed).map(([key, group]) => [key, { ...groups[key], ...stated(group) }])),
});

/** What is undefined leaves it to the groups before. */
const stated = (group: Group = {}) =>
  Object.fromEntries(Object.entries(group).filter(([, value]) => value !== undefined));

/** The least that no device takes for 0. */
export const TINY = 2 ** -126;

/** A number of at least `least`, in f32, too: there, 1e39 is infinite. */
export const isRate = (value: unknown, least = 0): value is number =>
  typeof value === 'number' && value >= least && Math.fround(value) < Number.POSITIVE_INFINITY;

/** Throws ArgumentError for a value out of range. */
export function checkGroups(what: string, groups: Groups): void {
  for (const [name, group = {}] of Object.entries(groups)) {
    checkKeys(`${what}: group ${name}`, group, { lr: 1, decay: 1, clamp: 1, freeze: 1 });
    const { lr = 0, decay = 0, clamp = [0, 0], freeze = 0 } = group;
    for (const value of [lr, decay])
      if (!isRate(value))
        throw new ArgumentError(
          `${what}: group ${name}: lr and decay must be finite in float32 and at least 0, got ${kindOf(value)}`,
        );
    const isRange = Array.isArray(clamp) && clamp.length === 2 && clamp.every((bound) => typeof bound === 'number');
    if (!(isRange && clamp[0] <= clamp[1]))
      throw new ArgumentError(
        `${what}: group ${name}: clamp must be [low, high], the lower first, got ${isRange ? `[${clamp.join(', ')}]` : kindOf(clamp)}`,
      );
    if (!Number.isSafeInteger(freeze) || freeze < 0 || freeze > 0xffffffff)
      throw new ArgumentError(`${what}: group ${name}: freeze must be a whole number of steps, got ${freeze}`);
  }
}

/** Throws ArgumentError for a group that names no parameter of the model. */
export function checkNames(what: string, rows: readonly Row[], groups: Groups): void {
  const known = new Set([...Object.keys(DECAYED), ...rows.flatMap(({ names }) => names)]);
  const wrong = Object.keys(groups).find((name) => !known.has(name));
  if (wrong !== undefined)
    throw new ArgumentError(`${what}: there is no group '${wrong}'; this model has ${[...known].join(', ')}`);
}
