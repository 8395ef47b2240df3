// What assistive technology is given, as axe sees it: at rest, in training, at the end; in light and in dark.
import axe from 'axe-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cdp, page, userEvent } from 'vitest/browser';
import html from '../../index.html?raw';
import { button, leave, part, show, start, step, until } from '../support/demo-page.ts';

interface Session {
  send(method: string, params?: object): Promise<unknown>;
}

const emulate = (features: Readonly<Record<string, string>>) =>
  (cdp() as unknown as Session).send('Emulation.setEmulatedMedia', {
    features: Object.entries(features).map(([name, value]) => ({ name, value })),
  });

beforeEach(() => {
  document.title = new DOMParser().parseFromString(html, 'text/html').title;
  document.documentElement.lang = 'en';
});
afterEach(() => emulate({}));

/** What axe finds, minor faults included, one line each. */
async function faults(): Promise<readonly string[]> {
  const { violations } = await axe.run(document.body, { resultTypes: ['violations'] });
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${impact} ${id}: ${target.join(' ')}: ${failureSummary}`),
  );
}

function dropOf(file: File): DragEvent {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(file);
  return new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true });
}

describe.each(['light', 'dark'])('in %s', (scheme) => {
  beforeEach(() => emulate({ 'prefers-color-scheme': scheme }));

  it.each([
    ['pictures', '#data=digits&hidden=16'],
    ['points', '#data=moons&hidden=8'],
  ])('nothing is amiss with %s', async (_, hash) => {
    // Long enough that it does not end while axe looks.
    start(`${hash}&epochs=1000`);
    await expect.element(button('Train')).toBeEnabled();
    await until(() => show('adapter') !== 'looking for one', 'the adapter is named');
    part('lose')?.closest('details')?.setAttribute('open', '');
    expect(matchMedia(`(prefers-color-scheme: ${scheme})`).matches).toBe(true);
    expect(await faults()).toEqual([]);
    await button('Train').click();
    await until(() => step() > 0, 'it trains');
    part('lose')?.click();
    await until(() => show('notices') !== '' || show('alert') !== '', 'there is a notice');
    expect(show('alert')).toBe('');
    expect(await faults()).toEqual([]);
    part('messages')?.dispatchEvent(dropOf(new File(['something else'], 'run.safetensors')));
    await until(() => show('alert') !== '', 'there is an error');
    expect(await faults()).toEqual([]);
    leave();
    start(`${hash}&epochs=2`);
    await button('Train').click();
    await expect.element(button('Train again')).toBeVisible();
    await until(() => part('guesses')?.hidden === false || part('surface')?.hidden === false, 'it is looked into');
    expect(await faults()).toEqual([]);
  });
});

it('nothing is amiss with a deep network, whose legend is scrolled', async () => {
  start('#data=moons&hidden=8x12&rectifier=dprelu');
  await expect.element(button('Train')).toBeEnabled();
  await expect
    .element(page.getByRole('list', { name: 'Mean learned parameters: lines' }))
    .toHaveProperty('tabIndex', 0);
  expect(await faults()).toEqual([]);
});

it('every control has a name, and the keyboard reaches it', async () => {
  start('#data=digits&hidden=16&epochs=1');
  await expect.element(button('Train')).toBeEnabled();
  part('lose')?.closest('details')?.setAttribute('open', '');
  await until(() => part('pad')?.hidden === false, 'there is something to draw on');
  const controls = [...document.querySelectorAll<HTMLElement>('a, button, input, select, summary, [tabindex]')].filter(
    (control) => control.checkVisibility() && !control.matches(':disabled') && control.tabIndex >= 0,
  );
  expect(controls.length).toBeGreaterThan(20);
  for (const control of controls) expect(page.elementLocator(control)).toHaveAccessibleName();
  const reached = new Set<Element | null>();
  for (let press = 0; press < 2 * controls.length; press++) {
    await userEvent.keyboard('{Tab}');
    reached.add(document.activeElement);
  }
  expect(
    controls
      .filter((control) => !reached.has(control) && !control.matches(':disabled'))
      .map((control) => control.outerHTML),
  ).toEqual([]);
});

it('nothing moves but the drawings where motion is unwelcome', async () => {
  await emulate({ 'prefers-reduced-motion': 'reduce' });
  start('#data=digits&hidden=16&epochs=4');
  await button('Train').click();
  await until(() => step() > 0, 'it trains');
  expect(document.getAnimations()).toEqual([]);
});
