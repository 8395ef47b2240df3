// Test pictures with the network's guesses: as many as fit, what it got wrong first.
import './guesses.css';
import { element } from './elements.ts';
import type { Frames } from './frames.ts';
import { type Guess, shareText } from './logits.ts';
import { frameOf, paintPicture } from './pictures.ts';

/** Of a data set, what is shown; `scale` is what one level of x is worth. */
export interface Samples {
  readonly x: Float32Array | Uint8Array;
  readonly shape: readonly number[];
  readonly scale?: number | undefined;
}

export interface Guesses {
  /** `guesses` in the order in which they are shown; none while there is no network. `names`: of the classes. */
  readonly show: (samples: Samples, guesses: readonly Guess[], names?: readonly string[]) => void;
  readonly repaint: () => void;
  readonly destroy: () => void;
}

/** However large the screen is. */
const MOST = 72;

interface Tile {
  readonly root: HTMLElement;
  readonly picture: HTMLCanvasElement;
  readonly label: HTMLElement;
  readonly share: HTMLElement;
  readonly truth: HTMLElement;
}

/** Fills `host`; its height, or two rows, is what there is to fill. */
export function createGuesses(host: HTMLElement, { frames }: { readonly frames: Frames }): Guesses {
  let shown: Parameters<Guesses['show']> | null = null;
  const summary = element('p', 'facts');
  const list = element('ol', 'guesses');
  list.ariaLabel = 'Test pictures and guesses';
  host.append(summary, list);
  const tiles: Tile[] = [];

  function draw(): void {
    if (!shown) return;
    const [{ x, shape, scale = 1 }, guesses, names] = shown;
    const frame = frameOf(shape);
    const drawn = frame ? guesses.slice(0, capacity(list)) : [];
    while (tiles.length < drawn.length) tiles.push(createTile());
    // Pictures before text: changed text would have the page laid out again for each.
    const size = shape.reduce((product, length) => product * length, 1);
    drawn.forEach(({ sample }, index) => {
      const values = Float32Array.from(x.subarray(sample * size, (sample + 1) * size), (level) => level * scale);
      const tile = tiles[index];
      if (frame && tile) paintPicture(tile.picture, values, frame);
    });
    const name = (label: number) => names?.[label] ?? String(label);
    drawn.forEach(({ truth, label, share }, index) => {
      const tile = tiles[index];
      if (!tile) return;
      const wrong = truth !== label;
      tile.root.classList.toggle('wrong', wrong);
      tile.root.title = wrong ? `${name(truth)}, taken for ${name(label)}` : name(truth);
      tile.label.textContent = name(label);
      tile.share.textContent = ` ${shareText(share)} `;
      tile.truth.textContent = wrong ? `is ${name(truth)}` : 'right';
    });
    list.classList.toggle('named', names !== undefined);
    list.replaceChildren(...tiles.slice(0, drawn.length).map(({ root }) => root));
    const wrong = guesses.filter(({ truth, label }) => truth !== label).length;
    summary.textContent =
      guesses.length > 0
        ? `${wrong} of ${guesses.length} wrong; ${wrong > 0 ? 'the surest of them first' : 'the least sure first'}`
        : 'No guesses yet';
  }

  const ask = () => frames.ask([draw]);
  const resized = new ResizeObserver(ask);
  resized.observe(list);
  return {
    show(...next) {
      shown = next;
      ask();
    },
    repaint: ask,
    destroy() {
      resized.disconnect();
      summary.remove();
      list.remove();
    },
  };
}

/** Whole rows alone. */
function capacity(list: HTMLElement): number {
  const { gridTemplateColumns, gridAutoRows, rowGap } = getComputedStyle(list);
  const columns = gridTemplateColumns.split(' ').length;
  const [row, gap] = [Number.parseFloat(gridAutoRows), Number.parseFloat(rowGap)];
  return Math.min(MOST, columns * Math.max(1, Math.floor((list.clientHeight + gap) / (row + gap))));
}

function createTile(): Tile {
  const picture = element('canvas');
  picture.ariaHidden = 'true';
  const [label, share, truth] = [element('b'), element('span'), element('small')];
  const root = element('li', '', picture, element('span', 'unseen', 'Guess '), label, share, truth);
  return { root, picture, label, share, truth };
}
