// What the demo shows of the inside of a network.
import { describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { excerptOf } from '../../demo/excerpt.ts';
import { createInside } from '../../demo/inside.ts';
import { createFrames } from '../../demo/views/frames.ts';
import { data } from '../../src/index.ts';
import { button, mount, part, show, start, until, wait } from '../support/demo-page.ts';

describe('inside', () => {
  it('shows guesses, confusion and first weights of pictures, and says what one draws', async () => {
    start('#data=digits&hidden=32&epochs=3&lr=0.003');
    expect(['guesses', 'confusion', 'filters'].map((name) => part(name)?.hidden)).toEqual([true, true, true]);
    await button('Train').click();
    await expect.element(button('Train again')).toBeVisible();
    await until(() => part('guesses')?.hidden === false, 'guesses are shown');
    // The matrix and the accuracy count the same samples.
    const right = () =>
      [...document.querySelectorAll('.confusion tbody tr')].map((row, index) =>
        Number(row.querySelectorAll('td')[index]?.textContent || 0),
      );
    await until(
      () => `${((100 * right().reduce((sum, count) => sum + count, 0)) / 360).toFixed(1)} %` === show('test-accuracy'),
      'the diagonal is what is right',
    );
    expect(
      page.getByRole('list', { name: 'Test pictures and guesses' }).getByRole('listitem').elements().length,
    ).toBeGreaterThan(2);
    expect(part('surface')?.hidden).toBe(true);

    const pad = page.getByRole('application', { name: 'Drawing pad' });
    await userEvent.dragAndDrop(pad, pad, { sourcePosition: { x: 60, y: 30 }, targetPosition: { x: 60, y: 120 } });
    const shares = page.getByRole('list', { name: 'What the network says' });
    await until(() => /%/.test(shares.element().textContent ?? ''), 'the network says something');
  });

  it('shows the decision surface of points', async () => {
    start('#data=moons&hidden=8&epochs=5&lr=0.01&batch=64');
    await until(() => part('surface')?.hidden === false, 'the plane is shown');
    expect([part('pad')?.hidden, part('guesses')?.hidden]).toEqual([true, true]);
    await button('Train').click();
    await expect.element(button('Train again')).toBeVisible();
    await until(
      () => /%/.test(show('surface')) || part('surface')?.querySelector('[aria-label]') !== null,
      'it is described',
    );
  });

  it('looks once more at what has changed while it looked, and no more', async () => {
    mount();
    const answers: (() => void)[] = [];
    const inside = createInside(
      (name) => part(name) as HTMLElement,
      createFrames(),
      () => ({
        predict: async () => new Float32Array(),
        guesses: () => new Promise((resolve) => answers.push(() => resolve([]))),
        firstWeights: async () => ({ values: new Float32Array(64), shape: [64, 1] }),
      }),
    );
    inside.configure('digits', excerptOf(await data.digits()));
    for (const whole of [false, true, true]) inside.refresh(whole);
    expect(answers.length).toBe(1);
    answers[0]?.();
    await until(() => answers.length === 2, 'it looks at the last');
    answers[1]?.();
    await until(() => part('guesses')?.hidden === false, 'it is shown');
    await wait(50);
    expect(answers.length).toBe(2);
    inside.destroy();
  });
});
