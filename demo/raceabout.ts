// What the lines of a race have in common, in one line.
import { type RacePlan, seedsOf } from './raceplan.ts';
import { initialState, properties, type State, textOf } from './state.ts';

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
