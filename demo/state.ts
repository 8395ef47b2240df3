// The state of the page as one table of properties: what each is called, what it may be, and how it is written in the
// URL's hash, so that any run is a link. The form is made from the table, too. Nothing here knows the page.
import type { nn, RectifierName } from '../src/index.ts';
import { dataSets, decays, inits, learnedOf, models, optimizers, registry, shares, titleOf } from './choices.ts';
import { layersOf, rectifiersOf } from './network.ts';
import { choice, decimal, named, type Property, readNames, readWidths, whole, writeWidths } from './property.ts';

export interface State {
  readonly data: keyof typeof dataSets;
  readonly model: keyof typeof models;
  /** Widths of the MLP's hidden layers. */
  readonly hidden: readonly number[];
  readonly rectifier: RectifierName | 'custom';
  /** By layer, where it is another than `rectifier`; '' where it is not, and nothing at the end. */
  readonly rectifiers: readonly (State['rectifier'] | '')[];
  readonly share: nn.Share;
  readonly init: keyof typeof inits;
  readonly optimizer: keyof typeof optimizers;
  readonly lr: number;
  /** Of SGD alone. */
  readonly momentum: number;
  /** Of Adam and AdamW alone, as are the next two. */
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly decay: number;
  readonly decayed: keyof typeof decays;
  readonly batch: number;
  readonly epochs: number;
  readonly seed: number;
  /** The text of `custom`, see own.ts; absent: the example. */
  readonly own?: string;
}

export type Key = Exclude<keyof State, 'own'>;

const fraction = { test: (value: number) => value >= 0 && value < 1, range: 'from 0 to below 1' };
const ofOptimizer = (...names: readonly State['optimizer'][]) => ({
  applies: ({ optimizer }: State) => names.includes(optimizer),
});

const rectifierLabels = { ...named(registry), custom: { label: titleOf('custom') } };

export const properties: { readonly [K in Key]: Property<State[K]> } = {
  data: choice('Data', 'Data set', dataSets, 'digits', ({ data }) => dataSets[data].note),
  batch: whole('Data', 'Batch size', 64, 1, 1024, () => 'Samples of one step'),
  model: choice('Network', 'Model', models, 'mlp', ({ model }) => models[model].note),
  hidden: {
    group: 'Network',
    label: 'Hidden widths',
    initial: [128, 64],
    words: true,
    read: readWidths,
    write: writeWidths,
    applies: ({ model }) => model === 'mlp',
    note: ({ hidden }) => (hidden.length === 1 ? 'One hidden layer' : `${hidden.length} hidden layers`),
  },
  rectifier: choice<State['rectifier']>(
    'Network',
    'Rectifier',
    rectifierLabels,
    'prelu',
    ({ rectifier }) => registry[rectifier]?.source ?? '',
  ),
  rectifiers: {
    group: 'Network',
    label: 'By layer',
    initial: [],
    words: true,
    read: (text) => readNames(text, rectifierLabels),
    write: (names) => names.join(','),
    note: (state) =>
      state.rectifiers.length > layersOf(state).length
        ? `There are ${layersOf(state).length} layers; the rest is not used`
        : 'If mixed: relu, , gelu',
  },
  share: choice('Network', 'Shared by', shares, 'channel', ({ share, ...state }) =>
    rectifiersOf(state).some((name) => learnedOf(name).length > 0) ? shares[share].note : 'Nothing here is learned',
  ),
  init: choice('Network', 'Initial weights', inits, 'auto', ({ init }) => inits[init].note),
  optimizer: choice('Training', 'Optimizer', optimizers, 'adam', ({ optimizer }) => optimizers[optimizer].note),
  lr: decimal(
    'Training',
    'Learning rate',
    0.001,
    { test: (value) => value > 0 && value <= 10, range: 'above 0, up to 10' },
    () => 'Takes effect at once',
    { live: true },
  ),
  momentum: decimal('Training', 'Momentum', 0.9, fraction, () => 'Kept of the last step', ofOptimizer('sgd')),
  beta1: decimal('Training', 'β₁', 0.9, fraction, () => 'Kept of the mean', ofOptimizer('adam', 'adamw')),
  beta2: decimal('Training', 'β₂', 0.999, fraction, () => 'Kept of the mean square', ofOptimizer('adam', 'adamw')),
  eps: decimal(
    'Training',
    'ε',
    1e-8,
    { test: (value) => value >= 1e-30 && value <= 1, range: 'from 1e-30 to 1' },
    () => 'Added to its root',
    ofOptimizer('adam', 'adamw'),
  ),
  decay: decimal(
    'Training',
    'Weight decay',
    0,
    { test: (value) => value >= 0 && value <= 1, range: 'from 0 to 1' },
    () => '0: none',
  ),
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
