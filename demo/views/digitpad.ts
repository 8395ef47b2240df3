// Draw a digit, see it as the network does, and what the network says of it.
import './digitpad.css';
import { canvas, element } from './elements.ts';
import type { Frames } from './frames.ts';
import { pictureOf, type Side, type Stroke } from './ink.ts';
import { latest } from './latest.ts';
import { type Predict, probabilities, shareText } from './logits.ts';
import { createPad } from './pad.ts';
import { css, prepare } from './paint.ts';
import { paintPicture } from './pictures.ts';

export interface DigitPadOptions {
  readonly frames: Frames;
  /** Logits of the ten digits; where it fails, no guess is shown. */
  readonly predict: Predict;
}

export interface DigitPad {
  /** For a network whose pictures are of this side; what was drawn stays. */
  readonly configure: (side: Side) => void;
  /** The network has changed: it is asked again. */
  readonly refresh: () => void;
  /** Brings it into view, ready for keys. */
  readonly focus: () => void;
  /** Draws all again: with other colours, or another size. */
  readonly repaint: () => void;
  readonly destroy: () => void;
}

const DIGITS = 10;
/** How wide the pen is, of the pad's side; what the network sees does not depend on it. */
const PEN = 0.07;
/** Milliseconds without a stroke after which the guess is said. */
const REST = 900;

export function createDigitPad(host: HTMLElement, { frames, predict }: DigitPadOptions): DigitPad {
  let side: Side = 8;
  let strokes: readonly Stroke[] = [];
  let picture: Float32Array<ArrayBuffer> | null = null;
  let shares: readonly number[] | null = null;
  let rest: ReturnType<typeof setTimeout> | undefined;

  const drawing = element('canvas', 'pad');
  const clear = element('button', '', 'Clear');
  clear.type = 'button';
  const seen = canvas('seen', 'Nothing is drawn yet');
  const caption = element('figcaption');
  const rows = Array.from({ length: DIGITS }, (_, digit) => {
    const [bar, text] = [element('i', 'bar'), element('span')];
    return { bar, text, root: element('li', '', element('b', '', String(digit)), bar, text) };
  });
  const list = element('ol', 'shares', ...rows.map(({ root }) => root));
  list.ariaLabel = 'What the network says';
  const said = element('p', 'unseen');
  said.setAttribute('aria-live', 'polite');
  const help = element('p', 'pad-help', 'Or by keys: arrows move, Space puts the pen down and lifts it.');
  help.id = `pad-help-${crypto.randomUUID()}`;
  drawing.setAttribute('aria-describedby', help.id);
  const root = element(
    'div',
    'digitpad',
    element('div', 'pad-side', drawing, help, clear),
    element('div', 'pad-answer', element('figure', 'seen-figure', seen, caption), list),
    said,
  );
  host.append(root);

  const say = (sentence: string) => {
    if (said.textContent !== sentence) said.textContent = sentence;
  };
  const pad = createPad(drawing, {
    onChange(next) {
      if (strokes.length > 0 && next.length === 0) say('');
      strokes = next;
      frames.ask(all);
      clearTimeout(rest);
      rest = setTimeout(() => shares && say(sentence(shares)), REST);
    },
    onPen: (down) => say(down ? 'Pen down.' : 'Pen up.'),
  });
  clear.addEventListener('click', () => {
    pad.clear();
    drawing.focus({ preventScroll: true }); // the button goes off
  });

  function drawPad(): void {
    const prepared = prepare(drawing);
    if (!prepared) return;
    const { context, width } = prepared;
    if (strokes.length === 0) {
      context.fillStyle = css('--ink-2');
      context.font = `13px ${css('--font')}`;
      context.textAlign = 'center';
      context.fillText('Draw a digit', width / 2, width / 2 + 4);
    }
    context.strokeStyle = css('--ink');
    context.lineWidth = PEN * width;
    context.lineCap = 'round';
    context.lineJoin = 'round';
    for (const stroke of strokes) {
      context.beginPath();
      // From its first point to itself, too: a dot.
      for (const { x, y } of [...stroke.slice(0, 1), ...stroke]) context.lineTo(x * width, y * width);
      context.stroke();
    }
    const cursor = pad.cursor();
    if (!cursor) return;
    context.beginPath();
    context.arc(cursor.x * width, cursor.y * width, (PEN * width) / 2 + 2, 0, 2 * Math.PI);
    context.lineWidth = 2;
    context.strokeStyle = css('--accent');
    context.stroke();
  }

  const ask = latest(
    (asked: Float32Array<ArrayBuffer>) => predict(asked, 1),
    (logits) => {
      if (!picture) return; // cleared meanwhile
      // A network that has diverged says nothing.
      shares = logits?.every(Number.isFinite) ? probabilities(logits, 0, DIGITS) : null;
      frames.ask([drawShares]);
    },
  );

  function look(): void {
    picture = strokes.length > 0 ? pictureOf(strokes, side) : null;
    paintPicture(seen, picture ?? [], { height: side, width: side, channels: 1 });
    caption.textContent = `As the network sees it, ${side} × ${side}`;
    seen.ariaLabel = picture ? caption.textContent : 'Nothing is drawn yet';
    if (picture) ask(picture);
    else shares = null;
    frames.ask([drawShares]);
  }

  function drawShares(): void {
    const best = shares && largest(shares);
    rows.forEach(({ bar, text, root: row }, digit) => {
      const share = shares?.[digit];
      bar.style.setProperty('--share', String(share ?? 0));
      text.textContent = share === undefined ? '' : shareText(share);
      row.classList.toggle('best', digit === best);
    });
    clear.disabled = strokes.length === 0;
  }

  const all = [drawPad, look];
  const resized = new ResizeObserver(() => frames.ask([drawPad]));
  resized.observe(drawing);
  frames.ask(all);

  return {
    configure(next) {
      side = next;
      shares = null;
      frames.ask(all);
    },
    refresh: () => frames.ask([look]),
    focus() {
      root.scrollIntoView({ block: 'center' });
      drawing.focus({ preventScroll: true, focusVisible: true });
    },
    repaint: () => frames.ask(all),
    destroy() {
      clearTimeout(rest);
      resized.disconnect();
      pad.destroy();
      root.remove();
    },
  };
}

/** The two likeliest. */
function sentence(shares: readonly number[]): string {
  const first = largest(shares);
  const second = largest(shares.with(first, -1));
  const text = (digit: number) => `${digit}, ${shareText(shares[digit] ?? 0)}`;
  return `The network says ${text(first)}; then ${text(second)}.`;
}

const largest = (shares: readonly number[]) => shares.indexOf(Math.max(...shares));
