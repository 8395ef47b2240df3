// The demo's run when the GPU device is taken away in the middle of it.
import { expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { button, drawn, part, press, show, start, step, until, wait } from '../support/demo-page.ts';

const RUN = '#data=digits&hidden=8,4&batch=64&epochs=96&lr=0.01&seed=3';
const LAST = 96 * 23;

async function isDone(): Promise<void> {
  await until(() => show('phase') === 'Done' || show('alert') !== '', 'the run ends');
  expect(show('alert')).toBe('');
  await drawn();
  expect(step()).toBe(LAST);
}

const result = () => ({
  numbers: ['step', 'train-loss', 'train-accuracy', 'test-loss', 'test-accuracy'].map(show),
  slopes: page
    .getByRole('img', { name: /^Layer \d: curve of prelu/ })
    .elements()
    .map((curve) => curve.ariaLabel),
});

it('is told, and training goes on to the same bits', async () => {
  start(RUN);
  await expect.element(button('Train')).toBeEnabled();
  await button('Train').click();
  await isDone();
  const undisturbed = result();

  await button('Train again').click();
  await page.getByText('When the graphics processor is lost').click();
  await until(() => step() > 20 && step() < LAST, 'it trains');
  const lose = button('Lose the device');
  (lose.element() as HTMLElement).focus();
  await userEvent.keyboard('{Enter}');
  await until(() => show('notices') !== '', 'it is told');
  expect(show('notices')).toMatch(/^The graphics processor was lost; training went on with a new device/);
  await expect.element(page.getByText(/^The graphics processor was lost;/)).toBeInViewport();
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
  start(RUN);
  await button('Train').click();
  await until(() => step() > 0, 'it trains');
  const lose = part('lose') as HTMLButtonElement;
  for (let turn = 0; turn < 6 && !lose.disabled; turn++) {
    lose.click();
    await until(() => show('notices') !== '' || lose.disabled, 'it goes on');
    if (show('notices') !== '') await button('Dismiss').click();
    await wait(70 * turn);
  }
  await isDone();
});
