// How strong theory expects signal and gradient to be in each layer before any training.
import { expectedSpread, type OwnRectifier, type RectifierName, type Spread } from '../src/index.ts';
import type { Sets } from './choices.ts';
import { widthsOf } from './network.ts';
import type { State } from './state.ts';

/** Samples that tell how large inputs are. */
const SOME = 256;

/** Of the layers that have a rectifier; null for networks that the theory is not of. */
export function theoryOf(
  state: State,
  train: Sets['train'],
  rectifiers: readonly (RectifierName | OwnRectifier)[],
): Spread | null {
  const [rectifier] = rectifiers;
  if (state.model !== 'mlp' || !rectifier || rectifiers.some((other) => other !== rectifier)) return null;
  const widths = widthsOf(state, train).slice(0, -1);
  const values = train.x.subarray(0, SOME * (widths[0] ?? 1));
  const square = squares(values) / values.length;
  const input = train.normal ? 1 : Math.sqrt(square) * (train.scale ?? 1);
  const spread = expectedSpread({ rectifier, init: state.init, widths, input });
  return [...spread.forward, ...spread.backward].every(Number.isFinite) ? spread : null;
}

function squares(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += (values[index] ?? 0) ** 2;
  return sum;
}
