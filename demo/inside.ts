// What the network makes of samples, as it learns: its guesses, its decision surface, its first weights, and what one draws.
import './inside.css';
import type { DataName } from './choices.ts';
import type { Excerpt } from './excerpt.ts';
import type { Service } from './service.ts';
import { createConfusion } from './views/confusion.ts';
import { createDigitPad } from './views/digitpad.ts';
import { createFilters } from './views/filters.ts';
import type { Frames } from './views/frames.ts';
import { createGuesses } from './views/guesses.ts';
import type { Side } from './views/ink.ts';
import { frameOf } from './views/pictures.ts';
import { createSurface } from './views/surface.ts';

export interface Inside {
  /** Shows what these data allow, of no network yet; nothing while they are not there. */
  readonly configure: (data: DataName, sets: Excerpt | null) => void;
  /** The network has changed; with `whole`, as much as at an epoch's end. */
  readonly refresh: (whole: boolean) => void;
  /** Gives what takes whoever is here to the pad, unless they have gone elsewhere by then. */
  readonly invite: () => () => void;
  readonly repaint: () => void;
  readonly destroy: () => void;
}

/** Milliseconds from one look at guesses and weights to the next. */
const REST = 1000;
/** Of a confusion matrix that can be read; one of thousands would hold the page up. */
const MOST_ROWS = 40;
/** Data whose pictures are drawn digits, and how large they are. */
const drawn: Readonly<Partial<Record<DataName, Side>>> = { digits: 8, mnist: 28 };

export function createInside(
  find: (name: string) => HTMLElement,
  frames: Frames,
  service: () => Pick<Service, 'predict' | 'guesses' | 'firstWeights'>,
): Inside {
  const predict: Service['predict'] = (x, count) => service().predict(x, count);
  const pad = createDigitPad(find('pad'), { frames, predict });
  const surface = createSurface(find('surface'), { frames, predict });
  const guesses = createGuesses(find('guesses'), { frames });
  const confusion = createConfusion(find('confusion'), { frames });
  const filters = createFilters(find('filters'), { frames });
  let sets: Excerpt | null = null;
  /** The data were changed so often. */
  let turn = 0;
  let asking = false;
  /** What was asked for while an answer was awaited, such as the last look of a run. */
  let again = false;
  let asked = Number.NEGATIVE_INFINITY;

  const show = (name: string, shown: boolean) => {
    find(name).hidden = !shown;
  };
  const namesOf = ({ classNames, test: { classes = 0 } }: Excerpt) =>
    classNames ?? Array.from({ length: classes }, (_, index) => String(index));

  async function look(own: number): Promise<void> {
    const shown = sets;
    const frame = shown && frameOf(shown.test.shape);
    if (!shown || !frame) return;
    const [found, weights] = await Promise.all([service().guesses(), service().firstWeights()]);
    if (own !== turn) return;
    const names = namesOf(shown);
    guesses.show(shown.test, found, names);
    const isSmall = names.length <= MOST_ROWS;
    if (isSmall) confusion.show(found, names);
    filters.show({ ...weights, frame });
    show('guesses', true);
    show('confusion', isSmall);
    show('filters', true);
  }

  function lookSoon(whole: boolean): void {
    if (asking) again ||= whole;
    if (asking || (!whole && performance.now() - asked < REST)) return;
    asking = true;
    asked = performance.now();
    // A run that is closed meanwhile answers with an error; the next one is asked anew.
    void look(turn)
      .catch(() => undefined)
      .finally(() => {
        asking = false;
        if (again) lookSoon(true);
      });
    again = false;
  }

  return {
    configure(data, next) {
      turn += 1;
      again = false;
      asked = Number.NEGATIVE_INFINITY;
      sets = next;
      const isFlat = next?.train.shape.join() === '2' && next.train.x instanceof Float32Array;
      show('surface', isFlat);
      if (next && isFlat) surface.configure({ ...next, classes: next.train.classes ?? 1 });
      const side = next && drawn[data];
      show('pad', Boolean(side));
      if (side) pad.configure(side);
      for (const name of ['guesses', 'confusion', 'filters']) show(name, false);
    },
    refresh(whole) {
      if (!find('pad').hidden) pad.refresh();
      if (!find('surface').hidden) surface.refresh();
      lookSoon(whole);
    },
    invite() {
      const place = document.activeElement;
      return () => {
        if (document.activeElement === place) pad.focus();
      };
    },
    repaint() {
      for (const view of [pad, surface, guesses, filters]) view.repaint();
    },
    destroy() {
      for (const view of [pad, surface, guesses, confusion, filters]) view.destroy();
    },
  };
}
