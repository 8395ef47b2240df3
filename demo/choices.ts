// What the page lets one choose from, each with what it makes. Rectifiers are not listed here: the registry is.
import {
  type Dataset,
  data,
  type Module,
  nn,
  type Optimizer,
  optim,
  type Rectifier,
  rectifiers,
} from '../src/index.ts';

export interface Sets {
  readonly train: Dataset;
  readonly test: Dataset;
}

interface Choice {
  readonly label: string;
  readonly note: string;
}

interface DataChoice extends Choice {
  readonly load: () => Sets | Promise<Sets>;
}

export const dataSets = {
  digits: { label: 'Digits', note: 'Handwritten, 8 × 8', load: () => data.digits() },
  spiral: { label: 'Spiral', note: 'Three arms', load: () => data.spiral() },
  circles: { label: 'Circles', note: 'Two rings', load: () => data.circles() },
  moons: { label: 'Moons', note: 'Two half circles', load: () => data.moons() },
  xor: { label: 'XOR', note: 'Four quadrants', load: () => data.xor() },
} as const satisfies Readonly<Record<string, DataChoice>>;

interface ModelChoice extends Choice {
  /** Widths or channels of the layers that have a rectifier; those that the state says, without them. */
  readonly layers?: readonly number[];
  readonly create?: (options: nn.ModelOptions) => Module;
}

const PLAIN = 7;

export const models = {
  mlp: { label: 'MLP', note: 'Dense layers of the widths below' },
  lenet5: {
    label: 'CNN, LeNet-5',
    note: 'Two convolutions with pooling, three dense layers',
    layers: [6, 16, 120, 84],
    create: nn.lenet5,
  },
  plain: {
    label: 'CNN, plain',
    note: 'Seven convolutions of 3 × 3, one dense layer',
    layers: Array<number>(PLAIN).fill(8),
    create: (options: nn.ModelOptions) => nn.plain({ ...options, depth: PLAIN + 1 }),
  },
} as const satisfies Readonly<Record<string, ModelChoice>>;

interface OptimizerChoice extends Choice {
  readonly create: (lr: number) => Optimizer;
}

export const optimizers = {
  sgd: { label: 'SGD', note: 'Momentum 0.9', create: (lr: number) => optim.sgd({ lr, momentum: 0.9 }) },
  adam: { label: 'Adam', note: 'β₁ 0.9, β₂ 0.999', create: (lr: number) => optim.adam({ lr }) },
  adamw: { label: 'AdamW', note: 'Adam, decay 0.01', create: (lr: number) => optim.adamw({ lr, weightDecay: 0.01 }) },
} as const satisfies Readonly<Record<string, OptimizerChoice>>;

export const shares = {
  layer: { label: 'Layer', note: 'One value for the layer' },
  channel: { label: 'Channel', note: 'One value per channel' },
  element: { label: 'Element', note: 'One value per element' },
} as const satisfies Readonly<Record<nn.Share, Choice>>;

/** The registry, by any name. */
export const registry: Readonly<Record<string, Rectifier>> = rectifiers;

/** The names of a rectifier's learned parameters. */
export function learnedOf(name: string): readonly string[] {
  return Object.entries(registry[name]?.parameters ?? {}).flatMap(([key, { kind }]) =>
    kind === 'learned' ? [key] : [],
  );
}

/** The values that a rectifier's parameters start from, in the shape of a report's. */
export function initialOf(name: string): Readonly<Record<string, Float32Array>> {
  const parameters = Object.entries(registry[name]?.parameters ?? {});
  return Object.fromEntries(parameters.map(([key, { value }]) => [key, Float32Array.of(value)]));
}
