// The digit pad, alone, with a made-up network: drawn on with the mouse and with keys.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import '../../demo/style.css';
import { createDigitPad, type DigitPad } from '../../demo/views/digitpad.ts';
import { createFrames } from '../../demo/views/frames.ts';

/** What it was asked, and how each answer is given. */
let asked: { readonly x: Float32Array; readonly answer: (logits: Float32Array | Error) => void }[] = [];
let view: DigitPad;

beforeEach(() => {
  asked = [];
  view = createDigitPad(document.body, {
    frames: createFrames(),
    predict: (x, count) => {
      expect(count).toBe(1);
      return new Promise((resolve, reject) => {
        asked.push({ x, answer: (logits) => (logits instanceof Error ? reject(logits) : resolve(logits)) });
      });
    },
  });
});
afterEach(() => {
  view.destroy();
  expect(document.querySelector('.digitpad')).toBeNull();
});

const pad = () => page.getByRole('application', { name: 'Drawing pad' });
const shares = () =>
  page
    .getByRole('listitem')
    .elements()
    .map(({ textContent }) => textContent);
const line = (from: readonly [number, number], to: readonly [number, number]) =>
  userEvent.dragAndDrop(pad(), pad(), {
    sourcePosition: { x: from[0], y: from[1] },
    targetPosition: { x: to[0], y: to[1] },
  });
const frame = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
const until = (condition: () => boolean) => expect.poll(condition, { timeout: 10_000, interval: 20 }).toBe(true);
const threes = () => Float32Array.from({ length: 10 }, (_, digit) => (digit === 3 ? 5 : digit === 8 ? 3 : 0));
const blank = Array.from({ length: 10 }, (_, digit) => String(digit));
const said = () => document.querySelector('[aria-live=polite]')?.textContent;

describe('the digit pad', () => {
  it('asks once at a time, and then of the latest picture alone', async () => {
    await line([60, 40], [60, 160]);
    await until(() => asked.length === 1);
    await line([100, 40], [100, 160]);
    await line([140, 40], [140, 160]);
    await frame();
    expect(asked.length).toBe(1);
    asked[0]!.answer(threes());
    await until(() => asked.length === 2);
    asked[1]!.answer(threes());
    await frame();
    expect(asked.length).toBe(2);
    view.refresh();
    await until(() => asked.length === 3);
    expect(asked[2]!.x).toEqual(asked[1]!.x);
    expect(asked[1]!.x).not.toEqual(asked[0]!.x);
  });

  it('shows the probabilities, and says the likeliest when the hand rests', async () => {
    await expect.element(page.getByRole('img', { name: 'Nothing is drawn yet' })).toBeVisible();
    await line([60, 40], [100, 160]);
    await until(() => asked.length > 0);
    asked.at(-1)!.answer(threes());
    await until(() => shares()[3] === '384 %');
    expect(shares()[8]).toBe('811 %');
    await expect.element(page.getByRole('img', { name: 'As the network sees it, 8 × 8' })).toBeVisible();
    await until(() => said() === 'The network says 3, 84 %; then 8, 11 %.');
  });

  it('takes no answer for a drawing that was cleared', async () => {
    await line([60, 40], [100, 160]);
    await until(() => asked.length === 1);
    await page.getByRole('button', { name: 'Clear' }).click();
    asked[0]!.answer(threes());
    await frame();
    expect(shares()).toEqual(blank);
    await expect.element(page.getByRole('button', { name: 'Clear' })).toBeDisabled();
  });

  it('leaves the keyboard on the pad when it is cleared, and nothing said of what is gone', async () => {
    const draw = async () => {
      await line([60, 40], [100, 160]);
      await until(() => {
        for (const { answer } of asked) answer(threes());
        return said() === 'The network says 3, 84 %; then 8, 11 %.';
      });
    };
    await draw();
    (page.getByRole('button', { name: 'Clear' }).element() as HTMLElement).focus();
    await userEvent.keyboard('{Enter}');
    await expect.element(pad()).toHaveFocus();
    expect(said()).toBe('');
    await draw();
    await userEvent.keyboard('{Delete}');
    expect(said()).toBe('');
    await userEvent.keyboard(' {Delete}');
    expect(said()).toBe('Pen up.');
  });

  it('has no guess where the network has none, and asks again when told to', async () => {
    await line([60, 40], [100, 160]);
    for (const question of [0, 1]) {
      await until(() => asked.length > question);
      asked[question]!.answer(question === 0 ? new Error('no network') : new Float32Array(10).fill(Number.NaN));
    }
    await frame();
    expect(shares()).toEqual(blank);
    view.refresh();
    await until(() => asked.length === 3);
    expect(asked[2]!.x).toEqual(asked[1]!.x);
    view.configure(28);
    asked[2]!.answer(threes());
    await until(() => asked.length === 4);
    expect(asked[3]!.x.length).toBe(784);
  });

  it('is drawn on with keys', async () => {
    await userEvent.tab();
    await expect.element(pad()).toHaveFocus();
    await expect.element(pad()).toHaveAccessibleDescription(/arrows move, Space puts the pen down/);
    await userEvent.keyboard('{ArrowUp}{ArrowUp}');
    await frame();
    expect(asked.length).toBe(0);
    await userEvent.keyboard(' {ArrowDown}{ArrowDown}{ArrowDown}{ArrowDown}');
    await until(() => asked.length > 0);
    expect(said()).toBe('Pen down.');
    for (const { answer } of asked) answer(threes());
    await userEvent.keyboard('{Enter}{ArrowRight}{ArrowRight}{ArrowRight} {ArrowUp}');
    await until(() => asked.length > 1);
    asked.at(-1)!.answer(threes());
    await userEvent.keyboard('{Delete}');
    await until(() => shares()[3] === '3');
  });
});
