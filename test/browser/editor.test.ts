// A rectifier written on the page: compiled, checked and trained, and what is said of one that is wrong.
import { describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { example } from '../../demo/own.ts';
import { fromHash, initialState, toHash } from '../../demo/state.ts';
import { button, start, step, until } from '../support/demo-page.ts';

const SMALL = '#data=moons&hidden=8&batch=64&epochs=1000&lr=0.01';
const code = () => page.getByRole('textbox', { name: 'WGSL', exact: true });
const area = () => code().element() as HTMLTextAreaElement;
const said = () => document.querySelector('dialog[open] .said')?.textContent ?? '';
const curve = () => page.getByRole('img', { name: /^Layer 1: curve of your own/ });

async function open(): Promise<void> {
  await expect.element(button('Train')).toBeEnabled();
  await button('Write your own').click();
  await expect.element(code()).toHaveFocus();
}

describe('a rectifier of one’s own', () => {
  it('is checked, trained like any other, and travels in the link', async () => {
    start(SMALL);
    await open();
    await button('Use it').click();
    await until(() => step() > 0, 'it trains');
    expect(document.querySelector('dialog[open]')).toBe(null);
    await until(() => /a \S*\d\.\d{3} \(/.test(curve().element().ariaLabel ?? ''), 'its slopes are learned');
    expect(fromHash(location.hash).state).toMatchObject({ rectifier: 'custom', own: example });
    expect(page.getByLabelText('Rectifier', { exact: true }).element()).toHaveProperty('value', 'custom');
    expect(page.getByLabelText('Shared by').element()).toHaveAccessibleDescription('One value per channel');
    await button('Layer 1: look inside').click();
    await until(() => /Leaky softsign/.test(page.getByRole('dialog').element().textContent ?? ''), 'its text is shown');
  });

  it('is drawn from a link, before any training', async () => {
    const own =
      'k = 2\nfn forward(x: f32, p: vec4f) -> f32 { return p.x * x; }\nfn dx(x: f32, p: vec4f) -> f32 { return p.x; }\nfn dp(x: f32, p: vec4f) -> vec4f { return vec4f(x, 0.0, 0.0, 0.0); }';
    start(toHash({ ...initialState, data: 'moons', hidden: [8], rectifier: 'custom', own }));
    await until(() => curve().element().ariaLabel === 'Layer 1: curve of your own, k 2.000', 'its parameter is read');
    const inked = () => {
      const canvas = curve().element() as HTMLCanvasElement;
      const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
      let count = 0;
      for (let at = 0; at < data.length; at += 4) if ((data[at + 2] ?? 0) - (data[at] ?? 0) > 60) count += 1;
      return count;
    };
    await until(() => inked() > 100, 'a blue line is drawn');
    await open();
    expect(area().value).toContain('return p.x * x;');
  });

  it('that does not compile is told at line and column, and a right one is a key away', async () => {
    start(SMALL);
    await open();
    await code().fill(example.slice(example.indexOf('\n') + 1).replace('p.x * s * s', 'p.x * q * s'));
    await button('Use it').click();
    await until(() => /^Line 9, column 23 of your rectifier: .*q/.test(said()), 'it is told where');
    await button('Go there').click();
    expect(area().value.slice(area().selectionStart, area().selectionEnd)).toBe('q');
    await userEvent.keyboard('s');
    await button('Use it').click();
    await until(() => step() > 0, 'it trains');
  });

  it('with a wrong gradient, or none, is told so, and may be used all the same', async () => {
    start(SMALL);
    await open();
    await code().fill(area().value.replace('p.x * s * s', 'p.x * s'));
    await button('Use it').click();
    await until(
      () => /^dx is wrong: at x = \S+ it is \S+, and differences of forward say \S+\.$/.test(said()),
      'wrong',
    );
    await code().fill(area().value.replace('p.x * s,', 'sqrt(x) + p.x * s,'));
    expect(said()).toBe('');
    await button('Use it').click();
    await until(() => /^At x = \S+, its value or a gradient is not a finite number\.$/.test(said()), 'not finite');
    await button('Use it all the same').click();
    await until(() => step() > 0 || document.querySelector('[role=alert]')?.textContent !== '', 'it goes on');
    await button('Reset').click();
    await page.getByLabelText('Rectifier', { exact: true }).selectOptions('relu');
    await button('Train').click();
    await until(() => step() > 0, 'another trains');
  });

  it('in a link that does not compile leaves the page as it is', async () => {
    start(`${SMALL}&rectifier=custom&own=a%3D1%0Afn+forward`);
    await expect
      .element(page.getByRole('alert'))
      .toHaveTextContent(/does not define dx, dp|of your rectifier|ends in the middle/);
    await page.getByLabelText('Rectifier', { exact: true }).selectOptions('prelu');
    expect(document.querySelector('[role=alert]')?.textContent).toBe('');
    await button('Train').click();
    await until(() => step() > 0, 'another trains');
  });

  it('that gives no number ends the run in a sentence, and another trains', async () => {
    const own = example.replace(/select\(p\.x \*.*/, 'sqrt(x);');
    start(`${SMALL}&rectifier=custom&init=he&${new URLSearchParams({ own })}`);
    await expect.element(button('Train')).toBeEnabled();
    await button('Train').click();
    await expect.element(page.getByRole('alert')).toHaveTextContent(/loss is no finite number.*change it, and train/);
    await page.getByLabelText('Rectifier', { exact: true }).selectOptions('relu');
    await button('Train').click();
    await until(() => step() > 0, 'another trains');
  });

  it('is edited by the keyboard: Tab indents, Escape and Tab leave', async () => {
    start(SMALL);
    await open();
    await userEvent.keyboard('{Tab}');
    expect(area().value.startsWith('  //')).toBe(true);
    await userEvent.keyboard('{Escape}{Tab}');
    await expect.element(button('Use it')).toHaveFocus();
    await userEvent.keyboard('{Escape}');
    await expect.element(button('Write your own')).toHaveFocus();
  });
});
