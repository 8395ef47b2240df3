// The runs that the page offers, tried as a visitor does: one click starts each, it moves, and it ends as its sentence says.
import { beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { presets } from '../../demo/presets.ts';
import { planToHash } from '../../demo/raceplan.ts';
import { toHash } from '../../demo/state.ts';
import type { Point } from '../../demo/views/ink.ts';
import { button, drawn, show, start, until } from '../support/demo-page.ts';
import { drawnDigits } from '../support/drawn-digits.ts';

beforeEach(() => start('#data=moons&hidden=4'));

/** Milliseconds from the last kernel's compilation to what can be seen. */
const SOON = 2000;
/** Milliseconds that a run may take. */
const LONG = 100_000;

const number = (text: string | null | undefined) => Number.parseFloat((text ?? '').replaceAll('−', '-'));
const progress = (name: string) =>
  (page.getByRole('progressbar', { name, exact: true }).element() as HTMLProgressElement).value;
const cell = (row: RegExp, column: number) =>
  number(page.getByRole('row', { name: row }).getByRole('cell').nth(column).element().textContent);
const racePhase = () => document.querySelector('.race .phase')?.textContent ?? '';
const phase = () => show('phase');
/** Of each layer: what its curve is called, such as `Layer 1: curve of prelu, a 0.250 (0.100 to 0.300)`. */
const curves = () =>
  page
    .getByRole('img', { name: /^Layer \d+: curve/ })
    .elements()
    // Then comes the distribution.
    .map(({ ariaLabel }) => ariaLabel?.split('. ')[0] ?? '');
const cards = () =>
  page
    .getByRole('article')
    .elements()
    .map(({ textContent }) => textContent ?? '');

async function done(): Promise<void> {
  await until(() => button('Train again').elements().length > 0, 'it ends', LONG);
  await drawn();
}

/** By preset; each is called when it has been seen to move. */
const ends: Readonly<Record<string, () => Promise<void>>> = {
  async 'Watch slopes learn'() {
    await done();
    expect(cell(/^Test/, 1)).toBeGreaterThan(97);
    for (const curve of curves()) {
      const [, low = '', high = ''] = /\((\S+) to (\S+)\)$/.exec(curve) ?? [];
      expect(number(high) - number(low)).toBeGreaterThan(0.05);
    }
  },
  async 'He vs Xavier at 30 layers'() {
    await until(() => racePhase() === 'Done', 'the race ends', LONG);
    await until(() => page.getByRole('row', { name: /^Xavier .* 1 of 1$/ }).elements().length > 0, 'and is counted');
    expect(Math.abs(cell(/^Xavier /, 1) - Math.LN10)).toBeLessThan(0.01);
    expect(cell(/^He /, 1)).toBeLessThan(0.5);
    expect(Math.abs(cell(/^Xavier /, 0) - 10)).toBeLessThan(5);
    expect(cell(/^He /, 0)).toBeGreaterThan(80);
  },
  async 'Dying ReLU'() {
    await done();
    const dead = cards().flatMap((text) => /dead (\S+) %/.exec(text)?.[1] ?? []);
    expect(dead.length).toBeGreaterThan(0);
    expect(Math.max(...dead.map(Number))).toBeGreaterThan(5);
  },
  async 'What decay does to slopes'() {
    await done();
    expect(curves().length).toBe(2);
    for (const curve of curves()) expect(Math.abs(number(/ a (\S+)$/.exec(curve)?.[1]))).toBeLessThan(0.1);
  },
  async 'DPReLU bends both sides'() {
    await done();
    expect(curves().length).toBe(2);
    for (const curve of curves())
      for (const [name, initial] of [
        ['alpha', 0.25],
        ['beta', 1],
      ] as const) {
        const [, low, high] = new RegExp(`${name} \\S+ \\((\\S+) to (\\S+)\\)`).exec(curve) ?? [];
        expect(Math.max(...[low, high].map((value) => Math.abs(number(value) - initial)))).toBeGreaterThan(0.05);
      }
  },
  async 'Draw a digit'() {
    await done();
    const pad = page.getByRole('application', { name: 'Drawing pad' });
    await expect.element(pad).toHaveFocus();
    const { top, bottom, width } = pad.element().getBoundingClientRect();
    expect(top >= 0 && bottom <= innerHeight).toBe(true);
    const at = ({ x, y }: Point) => ({ x: x * width, y: y * width });
    for (const stroke of drawnDigits[7] ?? [])
      for (const [index, point] of stroke.slice(1).entries()) {
        const ends = { sourcePosition: at(stroke[index] ?? point), targetPosition: at(point) };
        await userEvent.dragAndDrop(pad, pad, ends);
      }
    const shares = page.getByRole('list', { name: 'What the network says' });
    await until(() => shares.element().querySelector('.best')?.textContent?.startsWith('7') === true, 'it is a 7');
  },
};

it('each is tried here', () => expect(Object.keys(ends)).toEqual(presets.map(({ name }) => name)));

describe('one click', { timeout: 120_000 }, () => {
  it.each(presets)('$name: it moves, and ends as its sentence says', async ({ name, sentence, state, race }) => {
    await expect.element(button('Train')).toBeEnabled();
    await expect.element(button(name)).toHaveAccessibleDescription(sentence);
    const clicked = performance.now();
    await button(name).click();
    await until(
      () =>
        race ? /^Compiling kernels for Xavier: (\d+) of \1$|^Racing/.test(racePhase()) : phase().startsWith('Training'),
      'it is compiled',
      LONG,
    );
    const compiled = performance.now();
    await until(() => progress(race ? 'Race progress' : 'Progress') > 0, 'it moves');
    const moved = performance.now();
    console.info(
      `${name}: compiled after ${Math.round(compiled - clicked)} ms, moved ${Math.round(moved - compiled)} ms later`,
    );
    expect(location.hash).toBe(toHash(state) + (race ? planToHash(race) : ''));
    await ends[name]?.();
    console.info(`${name}: ended ${Math.round(performance.now() - moved)} ms later`);
    expect(document.querySelector('[role=alert]')?.textContent).toBe('');
    expect(moved - compiled).toBeLessThan(SOON);
  });
});
