// The end of a race as a table: on the page, and as text to paste.
import { labelOf, type RacePlan } from '../raceplan.ts';
import type { Row, Summary } from '../racetally.ts';
import { properties } from '../state.ts';
import { element } from './elements.ts';
import { lossText } from './paint.ts';

const SIGMA = ' ± ';

const percent = (share: number) => (100 * share).toFixed(2);

function summaryText({ mean, deviation }: Summary, text: (value: number) => string, unit = ''): string {
  if (!Number.isFinite(mean)) return 'diverged';
  return `${text(mean)}${deviation === null ? '' : `${SIGMA}${text(deviation)}`}${unit}`;
}

/** The head first. */
export function tableOf(plan: RacePlan, rows: readonly Row[]): readonly (readonly string[])[] {
  return [
    [properties[plan.key].label, 'Test accuracy', 'Training loss', 'Seeds'],
    ...rows.map(({ value, done, summaries }) => [
      labelOf(plan.key, value),
      summaries ? summaryText(summaries.testAccuracy, percent, ' %') : '–',
      summaries ? summaryText(summaries.trainLoss, lossText) : '–',
      `${done} of ${plan.seeds}`,
    ]),
  ];
}

/** In Markdown, which reads as a table before it is one. */
export function markdownOf([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'));
  return `${[head, rule, ...rows].map(line).join('\n')}\n`;
}

export function fillTable(table: HTMLTableElement, [head = [], ...rows]: readonly (readonly string[])[]): void {
  const header = (text: string, scope: 'row' | 'col') => {
    const made = element('th', '', text);
    made.scope = scope;
    return made;
  };
  table.replaceChildren(
    element('caption', '', 'Mean ± standard deviation over finished seeds; until there is one, the first as it is now'),
    element('thead', '', element('tr', '', ...head.map((text) => header(text, 'col')))),
    element(
      'tbody',
      '',
      ...rows.map(([name = '', ...cells]) =>
        element('tr', '', header(name, 'row'), ...cells.map((text) => element('td', '', text))),
      ),
    ),
  );
}
