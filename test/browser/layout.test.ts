// How the page is laid out: cards and charts lie beside each other, whole, on a phone and on a wide screen.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page } from 'vitest/browser';
import { button, drawn, part, press, show, start, until } from '../support/demo-page.ts';

const before = [innerWidth, innerHeight] as const;
afterEach(() => page.viewport(...before));

const all = (selector: string) =>
  [...document.querySelectorAll<HTMLElement>(selector)].filter((e) => e.checkVisibility());
const captions = () => all('.card figcaption').map(({ textContent }) => textContent);
const top = (element: Element | null) => (element?.getBoundingClientRect().top ?? Number.NaN) + scrollY;

async function open(hash: string): Promise<void> {
  start(`#data=moons&batch=100&${hash}`);
  await expect.element(button('Train')).toBeEnabled();
}

describe.each([
  ['a phone', 390, 844],
  ['a wide screen', 1440, 1000],
])('on %s', (_, width, height) => {
  beforeEach(() => page.viewport(width, height));

  it('cards are whole, however many parameters a rectifier has', async () => {
    await open('rectifiers=prelu,relu,dprelu,pelu&hidden=8,8,8,8&epochs=2');
    press('Train');
    await until(() => button('Train again').elements().length > 0, 'it ends');
    await drawn();
    expect(all('.facts').some(({ textContent }) => textContent?.includes('gradient'))).toBe(true);
    const boxes = all('.card, .network .chart').map((element) => element.getBoundingClientRect());
    boxes.slice(1).forEach(({ top: next }, index) => {
      expect(next).toBeGreaterThanOrEqual(boxes[index]?.bottom ?? Number.NaN);
    });
    for (const card of all('.card')) {
      const { bottom } = card.getBoundingClientRect();
      for (const piece of card.querySelectorAll('*'))
        expect(piece.getBoundingClientRect().bottom).toBeLessThanOrEqual(bottom + 0.5);
    }
    for (const scale of all('.scale')) expect(scale.scrollWidth).toBeLessThanOrEqual(scale.clientWidth);
    for (const plot of all('.network .plot')) expect(plot.clientHeight).toBeGreaterThan(100);
  });

  it('who presses a preset sees its network', async () => {
    await open('hidden=8');
    press('Watch slopes learn');
    await until(() => {
      const { top: at = Number.NaN } = document.querySelector('.card')?.getBoundingClientRect() ?? {};
      return at >= 0 && at < height - 200;
    }, 'its first card is in view');
    expect(scrollY > 0).toBe(width < 700);
    await until(() => show('phase').startsWith('Training'), 'it trains');
  });

  it('the curve of a rectifier of several parameters is about as wide as high', async () => {
    await open('rectifier=dprelu&hidden=8,8');
    for (const { clientWidth, clientHeight } of all('.card canvas.curve')) {
      expect(clientWidth / clientHeight).toBeGreaterThan(0.75);
      expect(clientWidth / clientHeight).toBeLessThan(1.75);
    }
  });

  it('a deep network leaves the charts whole and the race within reach', async () => {
    await open('hidden=16x29');
    expect(all('.card').length).toBe(29);
    for (const plot of all('.chart')) expect(plot.clientHeight).toBeLessThan(height);
    expect(top(part('race')) - top(document.querySelector('.network'))).toBeLessThan(width < 700 ? 5500 : 3000);
    expect(document.documentElement.scrollWidth).toBe(width);
    for (const scale of all('.card .scale')) {
      expect(scale.scrollWidth).toBeLessThanOrEqual(scale.clientWidth);
      expect(scale.scrollHeight).toBeLessThanOrEqual(scale.clientHeight);
    }
  });

  it('no choice in the settings is cut off', async () => {
    await open('hidden=8');
    const cut = all('.settings select').flatMap((select) => {
      const room = select.offsetWidth;
      const texts = [...(select as HTMLSelectElement).options].map(({ text }) => text);
      return texts.filter((text) => {
        const alone = document.createElement('select');
        alone.append(new Option(text));
        Object.assign(alone.style, { position: 'absolute', width: 'max-content' });
        select.after(alone);
        const needed = alone.offsetWidth;
        alone.remove();
        return needed > room;
      });
    });
    expect(cut).toEqual([]);
  });
});

describe('captions', () => {
  it.each([
    ['layer', ['f(z); bars: z', 'a over epochs']],
    ['channel', ['f(z) by channel; bars: z', 'a by channel']],
    ['element', ['f(z) by element; bars: z', 'a by element']],
  ])('say what a value is for, shared by %s', async (share, said) => {
    await open(`hidden=8&share=${share}`);
    const [curve, map] = captions();
    expect([curve, map?.replace(/[−\d].*/, '')]).toEqual(said);
    const label = share === 'layer' ? /^Layer 1, a over epochs, one value, epoch 0.0 of 20,/ : /a row per/;
    await expect.element(page.getByRole('img', { name: /^Layer 1, a/ })).toHaveAccessibleName(label);
  });
});

it('each parameter of a rectifier has a dash of its own', async () => {
  await open('hidden=8,8&rectifier=dprelu');
  const dashes = [...(part('chart-slopes')?.querySelectorAll<SVGPathElement>('.legend path') ?? [])].map(
    ({ style }) => style.strokeDasharray,
  );
  expect(dashes.length).toBe(8);
  expect(new Set(dashes.slice(0, 4)).size).toBe(4);
  expect(dashes.slice(4)).toEqual(dashes.slice(0, 4));
});
