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
  if (model !== 'mlp') {
    const side = Math.sqrt(widths[0] ?? 0);
    if (!Number.isInteger(side) || side < 8)
      throw new ArgumentError(
        `A ${models[model].label} needs images; ${samples.name} has none. Choose MLP, or the digits.`,
      );
    const options = { rectifier, options: { share }, init, classes: samples.classes ?? 1 };
    return ofImages[model]({ shape: [side, side, 1], ...options });
  }
  const layers = widths.slice(1).map((width, index) => nn.linear(widths[index] ?? 0, width, { init }));
  return nn.sequential(
    ...layers.flatMap((layer, index) =>
      index === 0 ? [layer] : [nn.rectifier(rectifier(index - 1), { share }), layer],
    ),
  );
}
