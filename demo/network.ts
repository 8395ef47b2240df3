// The shape of the network that the state asks for.
import { models, type Sets } from './choices.ts';
import type { State } from './state.ts';

export type Samples = Pick<Sets['train'], 'name' | 'shape' | 'classes' | 'normal'>;

/** Widths or channels of the layers that have a rectifier. */
export function layersOf({ model, hidden }: Pick<State, 'model' | 'hidden'>): readonly number[] {
  const chosen = models[model];
  return 'layers' in chosen ? chosen.layers : hidden;
}

/** The rectifier of each of these layers. */
export const rectifiersOf = (state: Pick<State, 'model' | 'hidden' | 'rectifier' | 'rectifiers'>) =>
  layersOf(state).map((_, index) => state.rectifiers[index] || state.rectifier);

/** With a rectifier that was just written: where layers ask for it, or else in all. */
export const withOwn = (state: State, own: string): State =>
  rectifiersOf(state).includes('custom') ? { ...state, own } : { ...state, own, rectifier: 'custom', rectifiers: [] };

/** Widths of all layers, from the input to the classes. */
export function widthsOf(state: Pick<State, 'model' | 'hidden'>, { shape, classes }: Samples): readonly number[] {
  return [shape.reduce((product, size) => product * size, 1), ...layersOf(state), classes ?? 1];
}

/** Of the first layer's weights, which are `count` numbers. */
export function firstShape(state: State, { shape }: Samples, count: number): readonly number[] {
  const [channels, out] = [shape[2] ?? 1, layersOf(state)[0] ?? 1];
  const side = Math.sqrt(count / channels / out);
  return 'layers' in models[state.model] ? [side, side, channels, out] : [count / out, out];
}
