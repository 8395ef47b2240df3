// The network and the optimizer that the state asks for. The page's worker alone needs this: here is most of the engine.
import {
  ArgumentError,
  type Module,
  nn,
  type Optimizer,
  type OwnRectifier,
  optim,
  type RectifierName,
} from '../src/index.ts';
import { models, PLAIN } from './choices.ts';
import { type Samples, widthsOf } from './network.ts';
import type { State } from './state.ts';
import { frameOf } from './views/pictures.ts';

const ofImages: Readonly<Record<Exclude<keyof typeof models, 'mlp'>, (options: nn.ModelOptions) => Module>> = {
  lenet5: nn.lenet5,
  plain: (options) => nn.plain({ ...options, depth: PLAIN + 1 }),
  vgg: nn.vgg,
  alexnet: nn.alexnet,
  inception: nn.inception,
  resnet: nn.resnet,
  resnet_bn: (options) => nn.resnet({ ...options, norm: 'batch' }),
};

export function optimizerOf(state: State): Optimizer {
  const { optimizer, lr, momentum, beta1, beta2, eps, decay, decayed } = state;
  const groups = {
    weight: { decay: Number(decayed !== 'slopes') },
    rectifier: { decay: Number(decayed !== 'weights') },
  };
  const common = { lr, weightDecay: decay, groups };
  if (optimizer === 'sgd') return optim.sgd({ ...common, momentum });
  return optim[optimizer]({ ...common, betas: [beta1, beta2], eps });
}

/** `rectifiers`: of each layer that has one. Throws ArgumentError for a network of images where there are none. */
export function networkOf(
  state: State,
  samples: Samples,
  rectifiers: readonly (RectifierName | OwnRectifier)[],
): Module {
  const { model, share, init } = state;
  const widths = widthsOf(state, samples);
  const rectifier = (index: number) => rectifiers[index] ?? 'prelu';
  const first = samples.normal ? [nn.normalize(samples.normal)] : [];
  if (model !== 'mlp') {
    const options = { rectifier, options: { share }, init, classes: samples.classes ?? 1 };
    const network = ofImages[model]({ shape: imageOf(models[model].label, samples), ...options });
    return first.length > 0 ? nn.sequential(...first, network) : network;
  }
  if (samples.shape.length > 1) first.push(nn.flatten());
  const layers = widths.slice(1).map((width, index) => nn.linear(widths[index] ?? 0, width, { init }));
  return nn.sequential(
    ...first,
    ...layers.flatMap((layer, index) =>
      index === 0 ? [layer] : [nn.rectifier(rectifier(index - 1), { share }), layer],
    ),
  );
}

/** [height, width, channels] of a sample. */
function imageOf(label: string, { name, shape }: Samples): [number, number, number] {
  const frame = frameOf(shape);
  if (!frame) throw new ArgumentError(`A ${label} needs images; ${name} has none. Choose MLP, or the digits.`);
  const { height, width, channels } = frame;
  if (height === width && height >= 8) return [height, width, channels];
  throw new ArgumentError(
    `A ${label} needs square images of 8 × 8 at least; those of ${name} are ${height} × ${width}. Choose MLP, or other data.`,
  );
}
