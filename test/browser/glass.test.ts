// A layer of the demo looked into: its calls, their WGSL and times, and its gradients checked.
import { describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { cardOf } from '../../demo/inspect.ts';
import { button, start, step, until } from '../support/demo-page.ts';

const dialog = () => page.getByRole('dialog').element();
const calls = () => [...dialog().querySelectorAll('[aria-label="Calls of this layer"] tbody tr')];

describe('a layer', () => {
  it('tells its formula, its calls with times, and the WGSL of each, by the keyboard, before any training', async () => {
    start('#data=moons&hidden=8,4&batch=64');
    await expect.element(button('Train')).toBeEnabled();
    (button('Layer 2: look inside').element() as HTMLElement).focus();
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByRole('dialog', { name: 'Layer 2: prelu' })).toBeVisible();
    await until(() => calls().length > 0, 'calls are told');
    expect(dialog().textContent).toContain('y = x (x > 0), p.x * x (x <= 0)');
    expect(dialog().textContent).toMatch(
      /\d+ dispatches a step, 3 of them this layer’s · \d+\.\d MiB of GPU memory · \S+/,
    );
    expect(calls().map((row) => row.children[2]?.textContent)).toEqual(['forward', 'backward', 'backward']);
    const timed = dialog().textContent?.includes('one step, by the device’s clock');
    expect(timed || dialog().textContent?.includes('This device has no timestamps')).toBe(true);
    expect(calls().every((row) => /^\d/.test(row.children[6]?.textContent ?? '') === timed)).toBe(true);

    calls()[0]?.querySelector('button')?.focus();
    await userEvent.keyboard(' ');
    const code = page.getByRole('region', { name: /^WGSL of gemm.*prelu/ });
    await expect.element(code).toHaveFocus();
    expect(code.element().textContent).toMatch(/fn main/);
    await userEvent.keyboard('{Escape}');
    await expect.element(button('Layer 2: look inside')).toHaveFocus();
  });

  it('checks its gradients on this device', async () => {
    start('#data=moons&hidden=8&rectifier=swish');
    await expect.element(button('Train')).toBeEnabled();
    await button('Layer 1: look inside').click();
    await button('Check gradients').click();
    await until(() => /Every gradient agrees .* at \d+ points/.test(dialog().textContent ?? ''), 'it is checked');
  });

  it('is timed while a run is paused, not while it goes on, and the run goes on as before', async () => {
    start('#data=moons&hidden=8,4&batch=16&epochs=1000');
    await button('Train').click();
    await until(() => step() > 0, 'it trains');
    await button('Layer 1: look inside').click();
    await until(() => (dialog().textContent ?? '').includes('Pause, and look again'), 'no times yet');
    await button('Close').click();
    await button('Pause').click();
    await button('Layer 1: look inside').click();
    await until(() => /by the device’s clock|no timestamps/.test(dialog().textContent ?? ''), 'times');
    await button('Close').click();
    const before = step();
    await button('Continue').click();
    await until(() => step() > before, 'it goes on');
  });
});

it('calls belong to the rectifier that their layer feeds', () => {
  const residual = ['3', '4.body.2', '4.after', '5.body.2', '5.after'];
  const layers = ['1', '3', '4.body.0', '4.shortcut.1', '4.body.3', '4', '4.after', '5.shortcut.0', '7', ''];
  expect(layers.map((layer) => cardOf(layer, residual))).toEqual([0, 0, 1, 1, 2, 2, 2, 3, 5, null]);
  const branches = ['2', '4.0.1', '4.1.1', '4.1.3', '10'];
  expect(['3', '4.0.0', '4.1.2', '4', '9', '11'].map((layer) => cardOf(layer, branches))).toEqual([1, 1, 3, 4, 4, 5]);
});
