// What the demo shows of the inside of a network.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import '../../demo/style.css';
import '../../demo/views.css';
import { startDemo } from '../../demo/demo.ts';
import html from '../../index.html?raw';

let stop = () => {};
beforeEach(() => {
  document.body.innerHTML = new DOMParser().parseFromString(html, 'text/html').body.innerHTML;
});
afterEach(() => {
  stop();
  document.body.replaceChildren();
  history.replaceState(null, '', location.pathname + location.search);
});

const start = (hash: string) => {
  history.replaceState(null, '', hash);
  stop = startDemo(document.body);
};
const button = (name: string) => page.getByRole('button', { name, exact: true });
const show = (name: string) => document.querySelector<HTMLElement>(`[data-show="${name}"]`);
const until = (condition: () => boolean, what: string) =>
  expect.poll(condition, { timeout: 30_000, interval: 30, message: what }).toBe(true);

describe('inside', () => {
  it('shows guesses, confusion and first weights of pictures, and says what one draws', async () => {
    start('#data=digits&hidden=32&epochs=3&lr=0.003');
    expect(['guesses', 'confusion', 'filters'].map((name) => show(name)?.hidden)).toEqual([true, true, true]);
    await button('Train').click();
    await expect.element(button('Train again')).toBeVisible();
    await until(() => show('guesses')?.hidden === false, 'guesses are shown');
    // The matrix and the accuracy count the same samples.
    const accuracy = show('test-accuracy')?.textContent;
    const right = () =>
      [...document.querySelectorAll('.confusion tbody tr')].map((row, index) =>
        Number(row.querySelectorAll('td')[index]?.textContent || 0),
      );
    await until(
      () => `${((100 * right().reduce((sum, count) => sum + count, 0)) / 360).toFixed(1)} %` === accuracy,
      'the diagonal is what is right',
    );
    expect(
      page.getByRole('list', { name: 'Test pictures and guesses' }).getByRole('listitem').elements().length,
    ).toBeGreaterThan(2);
    expect(show('surface')?.hidden).toBe(true);

    const pad = page.getByRole('application', { name: 'Drawing pad' });
    await userEvent.dragAndDrop(pad, pad, { sourcePosition: { x: 60, y: 30 }, targetPosition: { x: 60, y: 120 } });
    const shares = page.getByRole('list', { name: 'What the network says' });
    await until(() => /%/.test(shares.element().textContent ?? ''), 'the network says something');
  });

  it('shows the decision surface of points', async () => {
    start('#data=moons&hidden=8&epochs=5&lr=0.01&batch=64');
    await until(() => show('surface')?.hidden === false, 'the plane is shown');
    expect([show('pad')?.hidden, show('guesses')?.hidden]).toEqual([true, true]);
    await button('Train').click();
    await expect.element(button('Train again')).toBeVisible();
    await until(
      () => /%/.test(show('surface')?.textContent ?? '') || show('surface')?.querySelector('[aria-label]') !== null,
      'it is described',
    );
  });
});
