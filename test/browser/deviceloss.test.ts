// The demo's run when the GPU device is taken away in the middle of it.
import { afterEach, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import '../../demo/style.css';
import '../../demo/views.css';
import { startDemo } from '../../demo/demo.ts';
import html from '../../index.html?raw';

let stop = () => {};

function start(): void {
  document.body.innerHTML = new DOMParser().parseFromString(html, 'text/html').body.innerHTML;
  history.replaceState(null, '', '#data=digits&hidden=8,4&batch=64&epochs=16&lr=0.01&seed=3');
  stop = startDemo(document.body);
}

afterEach(() => {
  stop();
  document.body.replaceChildren();
  history.replaceState(null, '', location.pathname + location.search);
});

const button = (name: string) => page.getByRole('button', { name, exact: true });
/** At once: a pointer's click takes as long as some epochs do. */
const press = (name: string) => (button(name).element() as HTMLElement).click();
const show = (name: string) => document.querySelector(`[data-show="${name}"]`)?.textContent ?? '';
const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const step = () => Number.parseFloat(show('step').replaceAll(',', ''));
const until = (condition: () => boolean, what: string) =>
  expect.poll(condition, { timeout: 30_000, interval: 10, message: what }).toBe(true);
const LAST = 16 * 23;

/** With the last drawing of everything. */
async function isDone(): Promise<void> {
  await until(() => show('phase') === 'Done' || show('alert') !== '', 'the run ends');
  expect(show('alert')).toBe('');
  await until(() => step() === LAST, 'all is told');
  await wait(300);
}

const result = () => ({
  numbers: ['step', 'train-loss', 'train-accuracy', 'test-loss', 'test-accuracy'].map(show),
  slopes: page
    .getByRole('img', { name: /^Layer \d: curve of prelu/ })
    .elements()
    .map((curve) => curve.ariaLabel),
});

it('is told, and training goes on to the same bits', async () => {
  start();
  await expect.element(button('Train')).toBeEnabled();
  await button('Train').click();
  await isDone();
  const undisturbed = result();

  await button('Train again').click();
  await page.getByText('When the graphics processor is lost').click();
  await until(() => step() > 20, 'it trains');
  const lose = button('Lose the device');
  (lose.element() as HTMLElement).focus();
  await userEvent.keyboard('{Enter}');
  await until(() => show('notices') !== '', 'it is told');
  expect(show('notices')).toMatch(/^The graphics processor was lost; training went on with a new device/);
  const lost = step();
  await until(() => step() > lost, 'training goes on');
  press('Pause');
  await button('Dismiss').click();
  expect(show('notices')).toBe('');
  await lose.click();
  await button('Continue').click();
  await until(() => show('notices') !== '', 'it is told again');
  await isDone();
  expect(result()).toEqual(undisturbed);
  await expect.element(lose).toBeDisabled();
});

it('may come at any time', async () => {
  start();
  await button('Train').click();
  await until(() => step() > 0, 'it trains');
  const lose = document.querySelector('[data-show="lose"]') as HTMLButtonElement;
  for (let turn = 0; turn < 6 && !lose.disabled; turn++) {
    lose.click();
    await until(() => show('notices') !== '' || lose.disabled, 'it goes on');
    if (show('notices') !== '') await button('Dismiss').click();
    await wait(70 * turn);
  }
  await isDone();
});
