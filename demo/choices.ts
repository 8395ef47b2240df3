// What the page lets one choose from. What networks and optimizers are made of is in demo/factories.ts, which the page
// does without. Rectifiers are not listed here: the registry is.
import { type Dataset, data, type nn, type Rectifier, rectifiers } from '../src/index.ts';
import { example, parseOwn } from './own.ts';

/** A data set for training, and one for testing. */
export interface Sets {
  /** `normal`: what the network's first layer makes of it, see nn.normalize; absent: nothing. */
  readonly train: Dataset & { readonly normal?: nn.NormalizeOptions };
  readonly test: Dataset;
  /** By label; absent: the labels are names enough. */
  readonly classNames?: readonly string[];
  /** Of files that somebody chose: by which the same ones are known again. */
  readonly print?: string;
}

interface Choice {
  readonly label: string;
  readonly note: string;
}

interface DataChoice extends Choice {
  /** It has to be downloaded, and is when it is trained on, not before. */
  readonly home?: data.Home;
}

const far = (label: string, images: string, home: data.Home) => ({
  label,
  note: `${images}; Train downloads ${Math.round(home.bytes / 1e6)}\u00a0MB from ${new URL(home.url).host}`,
  home,
});

export const dataSets = {
  digits: { label: 'Digits', note: 'Handwritten, 8 × 8' },
  glyphs: { label: 'Glyphs', note: 'Drawn digits, turned and noisy, 16 × 16' },
  mnist: far('MNIST', 'Digits, 28\u00a0×\u00a028', data.homes.mnist),
  fashion_mnist: far('Fashion-MNIST', 'Clothes, 28\u00a0×\u00a028', data.homes.fashionMnist),
  cifar10: far('CIFAR-10', 'Colour, 32\u00a0×\u00a032', data.homes.cifar10),
  spiral: { label: 'Spiral', note: 'Three arms' },
  circles: { label: 'Circles', note: 'Two rings' },
  moons: { label: 'Moons', note: 'Two half circles' },
  xor: { label: 'XOR', note: 'Four quadrants' },
  files: { label: 'Your files', note: 'They stay in this browser' },
} as const satisfies Readonly<Record<string, DataChoice>>;

export type DataName = keyof typeof dataSets;

interface ModelChoice extends Choice {
  /** Widths or channels of the layers that have a rectifier; those that the state says, without them. */
  readonly layers?: readonly number[];
}

/** Convolutions of the plain network. */
export const PLAIN = 7;

export const models = {
  mlp: { label: 'MLP', note: 'Dense layers of the widths below' },
  lenet5: {
    label: 'CNN, LeNet-5',
    note: 'Two convolutions with pooling, three dense layers',
    layers: [6, 16, 120, 84],
  },
  plain: {
    label: 'CNN, plain',
    note: 'Seven convolutions of 3 × 3, one dense layer',
    layers: Array<number>(PLAIN).fill(8),
  },
  vgg: {
    label: 'CNN, VGG',
    note: 'Pairs of convolutions of 3 × 3, pooling, two dense layers',
    layers: [16, 16, 32, 32, 64, 64, 128],
  },
  alexnet: {
    label: 'CNN, AlexNet',
    note: 'Five convolutions, three dense layers, dropout',
    layers: [32, 64, 96, 96, 64, 256, 256],
  },
  inception: {
    label: 'CNN, Inception',
    note: 'Two blocks of kernels of 1, 3 and 5 side by side',
    layers: [16, 8, 8, 16, 4, 8, 8, 16, 16, 32, 8, 16, 16],
  },
  resnet: {
    label: 'CNN, ResNet',
    note: 'Three residual blocks, without batch norm',
    layers: [16, 16, 16, 32, 32, 64, 64],
  },
  resnet_bn: {
    label: 'CNN, ResNet BN',
    note: 'Three residual blocks, with batch norm',
    layers: [16, 16, 16, 32, 32, 64, 64],
  },
} as const satisfies Readonly<Record<string, ModelChoice>>;

export const optimizers = {
  sgd: { label: 'SGD', note: 'Gradient descent' },
  adam: { label: 'Adam', note: 'Adapts each step size' },
  adamw: { label: 'AdamW', note: 'Adam, decay apart from gradients' },
} as const satisfies Readonly<Record<string, Choice>>;

export const shares = {
  layer: { label: 'Layer', note: 'One value for the layer' },
  channel: { label: 'Channel', note: 'One value per channel' },
  element: { label: 'Element', note: 'One value per element' },
} as const satisfies Readonly<Record<nn.Share, Choice>>;

export const inits = {
  auto: { label: 'By rectifier', note: 'He’s for those that are linear on both sides' },
  he: { label: 'He', note: 'Variance 2 / ((1 + a²) fan-in)' },
  xavier: { label: 'Xavier', note: 'Variance 2 / (fan-in + fan-out)' },
  lecun: { label: 'LeCun', note: 'Variance 1 / fan-in' },
  gaussian: { label: 'Gaussian', note: 'Standard deviation 0.01 everywhere' },
} as const satisfies Readonly<Partial<Record<nn.Init & string, Choice>>>;

/** What weight decay takes hold of. */
export const decays = {
  weights: { label: 'Weights', note: 'Slopes are left alone, as He et al. advise' },
  slopes: { label: 'Slopes alone', note: 'It draws slopes towards 0' },
  both: { label: 'Both', note: 'Smaller weights may want larger slopes' },
} as const satisfies Readonly<Record<string, Choice>>;

type Shown = Pick<Rectifier, 'formula' | 'parameters' | 'source'>;

/** What is shown of the rectifier that was written on the page. */
export const own: { -readonly [K in keyof Shown]: Shown[K] } = {
  formula: () => Number.NaN,
  parameters: parseOwn(example).parameters,
  source: '“Write your own” has its text',
};

/** The registry, by any name. */
export const registry: Readonly<Record<string, Shown>> = { ...rectifiers, custom: own };

/** What a rectifier is called on the page. */
export const titleOf = (name: string): string => (name === 'custom' ? 'your own' : name);

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
