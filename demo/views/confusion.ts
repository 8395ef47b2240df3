// The confusion matrix: how many samples of each class got which guess. A table, so that it can be read aloud.
import './confusion.css';
import { element } from './elements.ts';
import type { Frames } from './frames.ts';
import type { Guess } from './logits.ts';

export interface Confusion {
  /** `names`: of all classes. */
  readonly show: (guesses: readonly Guess[], names: readonly string[]) => void;
  readonly destroy: () => void;
}

/** Fills `host`. */
export function createConfusion(host: HTMLElement, { frames }: { readonly frames: Frames }): Confusion {
  const table = element('table', 'confusion');
  host.append(table);
  let shown: readonly Guess[] = [];
  let names: readonly string[] = [];
  let cells: readonly (readonly HTMLElement[])[] = [];

  function build(): void {
    const head = (name: string, scope: 'row' | 'col') => {
      const made = element('th', '', element('span', '', name));
      made.scope = scope;
      made.title = name;
      return made;
    };
    cells = names.map(() => names.map(() => element('td')));
    const rows = cells.map((row, truth) => element('tr', '', head(names[truth] ?? '', 'row'), ...row));
    const caption = element('caption', '', 'Rows: what it is. Columns: the guess.');
    const top = element('tr', '', element('td'), ...names.map((name) => head(name, 'col')));
    table.classList.toggle(
      'named',
      names.some((name) => name.length > 3),
    );
    table.replaceChildren(caption, element('thead', '', top), element('tbody', '', ...rows));
  }

  function draw(): void {
    const counts = names.map(() => names.map(() => 0));
    for (const { truth, label } of shown) {
      const row = counts[truth];
      if (row?.[label] !== undefined) row[label] += 1;
    }
    counts.forEach((row, truth) => {
      const sum = row.reduce((a, b) => a + b, 0);
      row.forEach((count, label) => {
        const cell = cells[truth]?.[label];
        if (!cell) return;
        const share = sum > 0 ? count / sum : 0;
        cell.textContent = String(count);
        cell.className = count === 0 ? 'none' : truth === label ? 'right' : '';
        // Mistakes are few: their root is still seen.
        cell.style.setProperty('--share', (truth === label ? share : Math.sqrt(share)).toFixed(3));
      });
    });
  }

  return {
    show(guesses, next) {
      shown = guesses;
      if (next.join('\n') !== names.join('\n')) {
        names = next;
        frames.ask([build]);
      }
      frames.ask([draw]);
    },
    destroy: () => table.remove(),
  };
}
