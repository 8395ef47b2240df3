// What one sets of a race, its buttons, and where its chart and its table stand.
import './race.css';
import { initialPlan, labelOf, MAX_SEEDS, type RacePlan, raceKeys, readSeeds, valuesOf } from '../raceplan.ts';
import type { Measure } from '../racetally.ts';
import { properties } from '../state.ts';
import { element } from './elements.ts';
import { measureNames } from './racechart.ts';
import { fillTable } from './racetable.ts';

export interface RaceActions {
  /** Something valid was set. */
  readonly onChange: (plan: RacePlan) => void;
  readonly onStart: () => void;
  readonly onStop: () => void;
  readonly onMeasure: (measure: Measure) => void;
  readonly onCopy: () => void;
  readonly onCsv: () => void;
  readonly onPicture: () => void;
}

export interface RaceView {
  /** The place of the chart. */
  readonly chart: HTMLElement;
  readonly show: (plan: RacePlan, problem?: string | null) => void;
  readonly showStand: (stand: RaceStand) => void;
  readonly showTable: (table: readonly (readonly string[])[]) => void;
  readonly say: (sentence: string) => void;
}

export interface RaceStand {
  readonly text: string;
  /** Says that the results are of other settings than those that are set now; empty if they are not. */
  readonly before: string;
  readonly canStart: boolean;
  readonly canStop: boolean;
  readonly canSave: boolean;
  /** Of all that there is to train, 0 to 1. */
  readonly share: number;
}

/** Fills `host`. */
export function createRaceView(host: HTMLElement, actions: RaceActions): RaceView {
  let plan = initialPlan;
  const button = (text: string, onClick: () => void) => {
    const made = element('button', '', text);
    made.type = 'button';
    made.disabled = true;
    made.addEventListener('click', onClick);
    return made;
  };
  const field = (label: string, input: HTMLInputElement | HTMLSelectElement) => {
    const named = element('label', '', label);
    named.htmlFor = input.id = `race-${label.toLowerCase()}`;
    return element('div', 'field', named, input);
  };
  const select = (options: readonly (readonly [string, string])[]) => {
    const made = element('select');
    made.append(...options.map(([name, text]) => new Option(text, name)));
    return made;
  };

  const start = element('button', 'primary', 'Start race');
  const stop = button('Stop race', actions.onStop);
  const saving = [
    button('Copy table', actions.onCopy),
    button('Save CSV', actions.onCsv),
    button('Save PNG', actions.onPicture),
  ];
  const progress = element('progress');
  progress.ariaLabel = 'Race progress';
  const phase = element('p', 'phase');
  const said = element('p', 'unseen');
  said.ariaLive = 'polite';
  const key = select(raceKeys.map((name) => [name, properties[name].label]));
  const seeds = element('input');
  seeds.inputMode = 'numeric';
  seeds.autocomplete = 'off';
  const values = element('fieldset', 'race-values');
  const note = element('p', 'note');
  note.id = 'race-note';
  note.ariaLive = 'polite';
  for (const input of [seeds, values]) input.setAttribute('aria-describedby', note.id);
  const measure = select(measureNames);
  const table = element('table');
  const earlier = element('p', 'note');
  const chart = element('div', 'race-chart', earlier);
  const form = element(
    'form',
    '',
    element('div', 'buttons', start, stop),
    progress,
    phase,
    said,
    field('Varies', key),
    values,
    field('Seeds', seeds),
    note,
    field('Chart', measure),
  );
  form.noValidate = true;
  const results = element('div', 'race-results', table, element('div', 'buttons', ...saving));
  host.append(element('div', 'race', form, chart, results));

  const boxes = () => [...values.querySelectorAll('input')];

  function mark(problem: string | null): void {
    note.classList.toggle('problem', problem !== null);
    note.textContent = problem ?? 'Values start alike: same seed, same weights, same batches';
  }

  function showValues(): void {
    values.replaceChildren(
      element('legend', '', 'Values'),
      ...valuesOf(plan.key).map((value) => {
        const box = element('input');
        box.type = 'checkbox';
        box.value = value;
        box.checked = plan.values.includes(value);
        return element('label', 'keep', box, labelOf(plan.key, value));
      }),
    );
  }

  /** What is wrong stands below, and nothing changes. */
  function read(): RacePlan | null {
    const count = readSeeds(seeds.value);
    const chosen = boxes().flatMap((box) => (box.checked ? [box.value] : []));
    seeds.ariaInvalid = String(count === null);
    values.ariaInvalid = String(chosen.length === 0);
    mark(
      count === null
        ? `“${seeds.value}” is not a whole number from 1 to ${MAX_SEEDS}`
        : chosen.length === 0
          ? 'Choose one value or more'
          : null,
    );
    return count === null || chosen.length === 0 ? null : { key: plan.key, values: chosen, seeds: count };
  }

  function change(): void {
    const next = read();
    if (!next) return;
    plan = next;
    actions.onChange(plan);
  }

  key.addEventListener('change', () => {
    const chosen = raceKeys.find((name) => name === key.value) ?? plan.key;
    plan = { ...plan, key: chosen, values: chosen === initialPlan.key ? initialPlan.values : valuesOf(chosen) };
    showValues();
    change();
  });
  values.addEventListener('change', change);
  seeds.addEventListener('input', read);
  seeds.addEventListener('change', change);
  measure.addEventListener('change', () => {
    const chosen = measureNames.find(([name]) => name === measure.value);
    if (chosen) actions.onMeasure(chosen[0]);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (read()) actions.onStart();
    else if (seeds.ariaInvalid === 'true') seeds.focus();
    else boxes()[0]?.focus();
  });

  return {
    chart,
    show(next, problem = null) {
      plan = next;
      key.value = plan.key;
      seeds.value = String(plan.seeds);
      for (const input of [seeds, values]) input.ariaInvalid = 'false';
      showValues();
      mark(problem);
    },
    showStand({ text, before, canStart, canStop, canSave, share }) {
      const focused = [start, stop].find((each) => each === document.activeElement);
      start.disabled = !canStart;
      stop.disabled = !canStop;
      for (const each of saving) each.disabled = !canSave;
      // A button that goes off must not take the keyboard's place with it.
      if (focused?.disabled) (canStop ? stop : start).focus();
      phase.textContent = text;
      earlier.textContent = before;
      progress.value = share;
    },
    showTable: (rows) => fillTable(table, rows),
    say(sentence) {
      said.textContent = sentence;
    },
  };
}
