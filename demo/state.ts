// The state of the page as one table of properties: what each is called, what it may be, and how it is written in the
// URL's hash, so that any run is a link. The form is made from the table, too. Nothing here knows the page.
import type { nn, RectifierName } from '../src/index.ts';
import { dataSets, decays, inits, learnedOf, models, optimizers, registry, shares } from './choices.ts';

export interface State {
  readonly data: keyof typeof dataSets;
  readonly model: keyof typeof models;
  /** Widths of the MLP's hidden layers. */
  readonly hidden: readonly number[];
  readonly rectifier: RectifierName | 'custom';
  readonly share: nn.Share;
  readonly init: keyof typeof inits;
  readonly optimizer: keyof typeof optimizers;
  readonly lr: number;
  readonly decay: number;
  readonly decayed: keyof typeof decays;
  readonly batch: number;
  readonly epochs: number;
  readonly seed: number;
  /** The text of `custom`, see own.ts; absent: the example. */
  readonly own?: string;
}

export type Key = Exclude<keyof State, 'own'>;

type Read<T> = { readonly value: T } | { readonly problem: string };

export interface Property<T> {
  readonly group: 'Data' | 'Network' | 'Training';
  readonly label: string;
  readonly initial: T;
  /** Names and labels, of a choice. */
  readonly options?: readonly (readonly [name: string, label: string])[];
  /** Takes effect while training goes on; all others start a new run. */
  readonly live?: boolean;
  read(text: string): Read<T>;
  write(value: T): string;
  /** The line below the field. */
  note(state: State): string;
}

const MAX_LAYERS = 32;
const MAX_WIDTH = 256;

export const properties: { readonly [K in Key]: Property<State[K]> } = {
  data: choice('Data', 'Data set', dataSets, 'digits', ({ data }) => dataSets[data].note),
  batch: whole('Data', 'Batch size', 64, 1, 1024, () => 'Samples of one step'),
  model: choice('Network', 'Model', models, 'mlp', ({ model }) => models[model].note),
  hidden: {
    group: 'Network',
    label: 'Hidden widths',
    initial: [128, 64],
    read: readWidths,
    write: writeWidths,
    note: ({ model, hidden }) =>
      model !== 'mlp'
        ? 'Of the MLP alone'
        : hidden.length === 1
          ? 'One hidden layer'
          : `${hidden.length} hidden layers`,
  },
  rectifier: choice<State['rectifier']>(
    'Network',
    'Rectifier',
    { ...named(registry), custom: { label: 'your own' } },
    'prelu',
    ({ rectifier }) => registry[rectifier]?.source ?? '',
  ),
  share: choice('Network', 'Shared by', shares, 'channel', ({ share, rectifier }) =>
    learnedOf(rectifier).length > 0 ? shares[share].note : 'Nothing here is learned',
  ),
  init: choice('Network', 'Initial weights', inits, 'auto', ({ init }) => inits[init].note),
  optimizer: choice('Training', 'Optimizer', optimizers, 'adam', ({ optimizer }) => optimizers[optimizer].note),
  lr: {
    group: 'Training',
    label: 'Learning rate',
    initial: 0.001,
    live: true,
    read(text) {
      const value = readNumber(text);
      return value > 0 && value <= 10 ? { value } : { problem: `“${text}” is not a number above 0, up to 10` };
    },
    write: String,
    note: () => 'Takes effect at once',
  },
  decay: {
    group: 'Training',
    label: 'Weight decay',
    initial: 0,
    read(text) {
      const value = readNumber(text);
      return value >= 0 && value <= 1 ? { value } : { problem: `“${text}” is not a number from 0 to 1` };
    },
    write: String,
    note: () => '0: none',
  },
  decayed: choice('Training', 'Decayed', decays, 'weights', ({ decay, decayed }) =>
    decay > 0 ? decays[decayed].note : 'Nothing, at a decay of 0',
  ),
  epochs: whole('Training', 'Epochs', 20, 1, 1000, () => 'Passes over the data'),
  seed: whole('Training', 'Seed', 0, 0, 0xffffffff, () => 'Of weights and order'),
};

/** In the order of the form. */
export const keys = Object.keys(properties) as readonly Key[];

/** Reads one property into a copy of the state, or says what is wrong with the text. */
export function withText<K extends Key>(
  state: State,
  key: K,
  text: string,
): { readonly state: State } | { readonly problem: string } {
  const property: Property<State[K]> = properties[key];
  const read = property.read(text);
  return 'problem' in read ? read : { state: { ...state, [key]: read.value } };
}

export function textOf<K extends Key>(state: State, key: K): string {
  const property: Property<State[K]> = properties[key];
  return property.write(state[key]);
}

export const initialState = Object.fromEntries(keys.map((key) => [key, properties[key].initial])) as unknown as State;

/** `#data=digits&batch=64&...`, all of it: a link means the same run when defaults have changed. */
export function toHash(state: State): string {
  const own = state.own === undefined ? '' : `&${new URLSearchParams({ own: state.own })}`;
  return `#${keys.map((key) => `${key}=${textOf(state, key)}`).join('&')}${own}`;
}

/** What the hash says; what it leaves out or says wrong is as by default, and `problems` tells. Never throws. */
export function fromHash(hash: string): { readonly state: State; readonly problems: ReadonlyMap<Key, string> } {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const problems = new Map<Key, string>();
  const own = given.get('own');
  let state: State = own === null ? initialState : { ...initialState, own };
  for (const key of keys) {
    const text = given.get(key);
    if (text === null) continue;
    const read = withText(state, key, text);
    if ('state' in read) state = read.state;
    else problems.set(key, `${read.problem}; the link’s value is not used`);
  }
  return { state, problems };
}

/** For a table whose names are their own labels. */
function named(table: Readonly<Record<string, unknown>>): Readonly<Record<string, { readonly label: string }>> {
  return Object.fromEntries(Object.keys(table).map((name) => [name, { label: name }]));
}

function choice<N extends string>(
  group: Property<N>['group'],
  label: string,
  table: Readonly<Record<string, { readonly label: string }>>,
  initial: N,
  note: Property<N>['note'],
): Property<N> {
  return {
    group,
    label,
    initial,
    options: Object.entries(table).map(([name, option]) => [name, option.label]),
    read: (text) =>
      Object.hasOwn(table, text)
        ? { value: text as N }
        : { problem: `“${text}” is none of ${Object.keys(table).join(', ')}` },
    write: (name) => name,
    note,
  };
}

function whole(
  group: Property<number>['group'],
  label: string,
  initial: number,
  low: number,
  high: number,
  note: Property<number>['note'],
): Property<number> {
  return {
    group,
    label,
    initial,
    read: (text) => readWhole(text, low, high),
    write: String,
    note,
  };
}

function readWhole(text: string, low: number, high: number): Read<number> {
  const value = /^\s*\d+\s*$/.test(text) ? Number(text) : Number.NaN;
  return value >= low && value <= high
    ? { value }
    : { problem: `“${text}” is not a whole number from ${low} to ${high}` };
}

/** NaN for what is none. */
const readNumber = (text: string) => (/^\s*(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : Number.NaN);

/** Three equal widths or more in a row are written as `64x3`. */
function writeWidths(widths: readonly number[]): string {
  const runs: [width: number, count: number][] = [];
  for (const width of widths) {
    const last = runs.at(-1);
    if (last?.[0] === width) last[1] += 1;
    else runs.push([width, 1]);
  }
  return runs
    .map(([width, count]) => (count > 2 ? `${width}x${count}` : Array<number>(count).fill(width).join(',')))
    .join(',');
}

function readWidths(written: string): Read<readonly number[]> {
  const text = written.replace(/(\d+)\s*[x×]\s*(\d{1,2})(?=\s*(,|$))/g, (_, width: string, count: string) =>
    Array<string>(Number(count)).fill(width).join(','),
  );
  const parts = text.split(',').map((part) => readWhole(part, 1, MAX_WIDTH));
  const value = parts.flatMap((part) => ('value' in part ? [part.value] : []));
  if (value.length === parts.length && value.length <= MAX_LAYERS) return { value };
  const bad = text.split(',').find((_, index) => 'problem' in (parts[index] ?? {}));
  return {
    problem:
      bad === undefined
        ? `${parts.length} layers are too many; up to ${MAX_LAYERS}, such as 128, 64`
        : `“${bad.trim()}” is not a width from 1 to ${MAX_WIDTH}; such as 128, 64, or 64x29 for 29 layers`,
  };
}
