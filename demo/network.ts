// The network that the state asks for.
import { ArgumentError, type Module, nn, type Optimizer, type OwnRectifier, type RectifierName } from '../src/index.ts';
import { models, optimizers, type Sets } from './choices.ts';
import type { State } from './state.ts';

type Samples = Pick<Sets['train'], 'name' | 'shape' | 'classes'>;

/** Widths or channels of the layers that have a rectifier. */
export function layersOf({ model, hidden }: Pick<State, 'model' | 'hidden'>): readonly number[] {
  const chosen = models[model];
  return 'layers' in chosen ? chosen.layers : hidden;
}

/** Widths of all layers, from the input to the classes. */
export function widthsOf(state: Pick<State, 'model' | 'hidden'>, { shape, classes }: Samples): readonly number[] {
  return [shape.reduce((product, size) => product * size, 1), ...layersOf(state), classes ?? 1];
}

/** Of the first layer's weights, which are `count` numbers. */
export function firstShape(state: State, { shape }: Samples, count: number): readonly number[] {
  const [channels, out] = [shape[2] ?? 1, layersOf(state)[0] ?? 1];
  const side = Math.sqrt(count / channels / out);
  return 'create' in models[state.model] ? [side, side, channels, out] : [count / out, out];
}

export function optimizerOf({ optimizer, lr, decay, decayed }: State): Optimizer {
  const groups = {
    weight: { decay: Number(decayed !== 'slopes') },
    rectifier: { decay: Number(decayed !== 'weights') },
  };
  return optimizers[optimizer].create({ lr, weightDecay: decay, groups });
}

/** Throws ArgumentError for a network of images where there are none. `rectifier`: where it is not the registry's. */
export function networkOf(
  state: State,
  samples: Samples,
  rectifier: RectifierName | OwnRectifier = registered(state),
): Module {
  const { model, share, init } = state;
  const chosen = models[model];
  const widths = widthsOf(state, samples);
  if ('create' in chosen) {
    const side = Math.sqrt(widths[0] ?? 0);
    if (!Number.isInteger(side) || side < 8)
      throw new ArgumentError(`A ${chosen.label} needs images; ${samples.name} has none. Choose MLP, or the digits.`);
    const options = { rectifier, options: { share }, init, classes: samples.classes ?? 1 };
    return chosen.create({ shape: [side, side, 1], ...options });
  }
  const layers = widths.slice(1).map((width, index) => nn.linear(widths[index] ?? 0, width, { init }));
  return nn.sequential(
    ...layers.flatMap((layer, index) => (index === 0 ? [layer] : [nn.rectifier(rectifier, { share }), layer])),
  );
}

function registered({ rectifier }: State): RectifierName {
  if (rectifier === 'custom') throw new ArgumentError('networkOf: a rectifier of one’s own is to be given');
  return rectifier;
}
