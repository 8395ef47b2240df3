// What the page draws of the rectifier that was written on it: the worker has its values, and the page asks once a text.
import { own } from './choices.ts';
import { rectifiersOf } from './network.ts';
import { example, formulaOf, parseOwn } from './own.ts';
import type { Service } from './service.ts';
import type { State } from './state.ts';

/** To be called before the state is shown; `onDrawn` when its curve can be, `onProblem` when it never can. */
export function createDrawn(
  service: () => Pick<Service, 'curve'>,
  onDrawn: () => void,
  onProblem: (error: unknown) => void,
): (state: State) => void {
  let known = '';
  let asked = false;
  return (state) => {
    const { own: text = example } = state;
    const isAsked = rectifiersOf(state).includes('custom');
    if (text !== known) {
      [known, asked] = [text, false];
      own.formula = () => Number.NaN;
      own.parameters = {};
    }
    const answer = async () => {
      const parsed = parseOwn(text);
      own.parameters = parsed.parameters;
      if (!isAsked || asked) return;
      asked = true;
      const curve = await service().curve(text);
      if (text !== known) return;
      own.formula = formulaOf(curve, parsed);
      onDrawn();
    };
    answer().catch((error: unknown) => {
      if (!isAsked || text !== known) return;
      asked = false;
      onProblem(error);
    });
  };
}
