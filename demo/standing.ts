// Where a run stands, as a sentence for those who listen.
import { lastTest } from './history.ts';
import type { Moment } from './run.ts';
import { lossText, percentText } from './views/paint.ts';

/** `what` is done now. */
export function standText(what: string, history: readonly Moment[], epochs: number): string {
  const [now, tested] = [history.at(-1), lastTest(history)];
  const test = tested?.test ? `, test accuracy ${percentText(tested.test.accuracy)}` : '';
  const loss = now?.loss === null || now === undefined ? '' : `, training loss ${lossText(now.loss)}`;
  return `${what}. Epoch ${Math.floor(now?.epoch ?? 0)} of ${epochs}${loss}${test}.`;
}
