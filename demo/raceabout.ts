// A race in words: what its lines have in common, in one line, and who leads.
import { labelOf, type RacePlan, seedsOf } from './raceplan.ts';
import type { Row } from './racetally.ts';
import { initialState, properties, type State, textOf } from './state.ts';
import { percentText } from './views/paint.ts';

export function about(state: State, plan: RacePlan): string {
  const seeds = seedsOf(state, plan);
  const numbers = (['momentum', 'beta1', 'beta2', 'eps'] as const).flatMap((key) =>
    properties[key].applies?.(state) && state[key] !== initialState[key]
      ? [[key, `${properties[key].label} ${state[key]}`] as const]
      : [],
  );
  const common = [
    ['data', state.data],
    ['model', state.model === 'mlp' ? `mlp ${textOf(state, 'hidden')}` : state.model],
    ['rectifier', state.rectifier],
    ['rectifiers', state.rectifiers.length > 0 ? `by layer ${textOf(state, 'rectifiers')}` : ''],
    ['share', `shared by ${state.share}`],
    ['init', `init ${state.init}`],
    ['optimizer', state.optimizer],
    ['lr', `lr ${state.lr}`],
    ...numbers,
    ['decay', state.decay > 0 ? `decay ${state.decay} of ${state.decayed}` : ''],
    ['batch', `batch ${state.batch}`],
    ['seed', seeds.length > 1 ? `seeds ${seeds[0]} to ${seeds.at(-1)}` : `seed ${seeds[0]}`],
  ] as const;
  return common.flatMap(([key, text]) => (key === plan.key || text === '' ? [] : [text])).join(' · ');
}

/** Nothing while no one does. */
export function leader({ key }: RacePlan, rows: readonly Row[]): string {
  const means = rows.map(({ value, summaries }) => [value, summaries?.testAccuracy.mean ?? 0] as const);
  const [value = '', best] = means.toSorted(([, a], [, b]) => b - a)[0] ?? [];
  return best ? ` Highest test accuracy: ${labelOf(key, value)}, ${percentText(best)}.` : '';
}
