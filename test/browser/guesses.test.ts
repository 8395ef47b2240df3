// Guesses and confusion, alone, on made-up pictures and logits.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page } from 'vitest/browser';
import '../../demo/style.css';
import '../../demo/views.css';
import { createConfusion } from '../../demo/views/confusion.ts';
import { createFrames } from '../../demo/views/frames.ts';
import { createGuesses } from '../../demo/views/guesses.ts';
import { guessesOf, shareText } from '../../demo/views/logits.ts';

const CLASSES = 3;
/** Sample, truth, guess and logit of the guess. */
const rows = [
  [0, 0, 3],
  [1, 2, 1],
  [2, 2, 1],
  [1, 0, 4],
  [2, 2, 9],
] as const;
const labels = Uint32Array.from(rows, ([truth]) => truth);
const logits = Float32Array.from(rows.flatMap(([, guess, logit]) => [0, 1, 2].map((at) => (at === guess ? logit : 0))));
const guesses = guessesOf(logits, labels, CLASSES);
const x = Uint8Array.from({ length: 5 * 64 }, (_, index) => Math.floor(index / 64) * 60);
const samples = { x, shape: [8, 8, 1], scale: 1 / 255 };

let host: HTMLElement;
beforeEach(() => {
  host = document.createElement('div');
  host.style.cssText = 'display: flex; flex-direction: column; width: 340px; height: 330px';
  document.body.append(host);
});
afterEach(() => host.remove());

const items = () => page.getByRole('listitem').elements();
const until = (condition: () => boolean) => expect.poll(condition, { timeout: 10_000, interval: 20 }).toBe(true);

it('guesses come wrong ones first, by how sure they are; then right ones, the least sure first', () => {
  expect(guesses.map(({ sample }) => sample)).toEqual([3, 1, 2, 0, 4]);
  expect(guesses[0]!.share).toBeCloseTo(Math.exp(4) / (Math.exp(4) + 2), 6);
  expect(guessesOf([1, 1, 1000, 0], [0, 1], 2)).toEqual([
    { sample: 1, truth: 1, label: 0, share: 1 },
    { sample: 0, truth: 0, label: 0, share: 0.5 },
  ]);
  expect([0, 0.004, 0.5, 0.996, 1, Number.NaN].map(shareText)).toEqual([
    '0 %',
    '< 1 %',
    '50 %',
    '> 99 %',
    '100 %',
    '–',
  ]);
});

describe('the guesses', () => {
  it('are shown with their pictures, in words', async () => {
    const view = createGuesses(host, { frames: createFrames() });
    view.show(samples, guesses);
    await until(() => items().length === 5);
    expect(items().map(({ textContent }) => textContent)).toEqual([
      'Guess 0 96 % is 1',
      'Guess 2 58 % is 1',
      'Guess 2 58 % right',
      'Guess 0 91 % right',
      'Guess 2 > 99 % right',
    ]);
    expect(host.querySelector('p')?.textContent).toBe('2 of 5 wrong; the surest of them first');
    const red = (item: Element) =>
      item.querySelector('canvas')?.getContext('2d')?.getImageData(3, 3, 1, 1).data[0] ?? 0;
    const paper = 0xec;
    expect(red(items()[0]!)).toBeCloseTo(paper + (180 / 255) * (0x16 - paper), -0.5);
    expect(red(items()[3]!)).toBe(paper);
    view.destroy();
    expect(host.childElementCount).toBe(0);
  });

  it('are as many as fit in whole rows', async () => {
    const view = createGuesses(host, { frames: createFrames() });
    const many = Array.from({ length: 100 }, () => guesses).flat();
    view.show(samples, many);
    await until(() => items().length > 0);
    const box = page.getByRole('list').element().getBoundingClientRect();
    const seen = () => items().every((item) => item.getBoundingClientRect().bottom <= box.bottom + 0.5);
    expect([items().length % 5, seen()]).toEqual([0, true]);
    const before = items().length;
    host.style.width = '200px';
    await until(() => items().length < before && items().length > 0);
    view.show(samples, []);
    await until(() => items().length === 0);
    expect(host.querySelector('p')?.textContent).toBe('No guesses yet');
    view.destroy();
  });

  it('take names, and colours', async () => {
    const view = createGuesses(host, { frames: createFrames() });
    const colours = Float32Array.from({ length: 5 * 3 * 64 }, (_, index) => (index % 3 === 2 ? 1 : 0));
    view.show({ x: colours, shape: [8, 8, 3] }, guesses, ['cat', 'dog', 'aeroplane']);
    await until(() => items().length === 5);
    expect(items()[0]!.textContent).toBe('Guess cat 96 % is dog');
    const context = items()[0]!.querySelector('canvas')?.getContext('2d');
    expect([...(context?.getImageData(0, 0, 1, 1).data ?? [])]).toEqual([0, 0, 255, 255]);
    view.destroy();
  });
});

describe('the confusion matrix', () => {
  it('counts by truth and guess, and is a table', async () => {
    const view = createConfusion(host, { frames: createFrames() });
    view.show(guesses, ['0', '1', '2']);
    const counts = () =>
      page
        .getByRole('row')
        .elements()
        .slice(1)
        .map((row) => [...row.querySelectorAll('td')].map(({ textContent }) => Number(textContent)));
    await expect.poll(counts, { timeout: 10_000 }).toEqual([
      [1, 0, 0],
      [1, 0, 1],
      [0, 0, 2],
    ]);
    await expect.element(page.getByRole('rowheader', { name: '2' })).toBeVisible();
    await expect.element(page.getByRole('table')).toHaveAccessibleName(/Rows: what it is/);
    view.show([], ['0', '1']);
    await until(() => page.getByRole('row').elements().length === 3);
    view.destroy();
  });
});
