// A race: what it comes to is what the same runs come to alone; and its section of the demo, driven as people drive it.
import { describe, expect, it, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { example } from '../../demo/own.ts';
import { type RaceResult, race } from '../../demo/race.ts';
import { createService } from '../../demo/service.ts';
import { initialState, type State } from '../../demo/state.ts';
import { createEngine, data, nn, optim } from '../../src/index.ts';
import { button, inked, part, show, start, until, wait } from '../support/demo-page.ts';

const small: State = { ...initialState, data: 'moons', hidden: [8, 4], epochs: 2, lr: 0.01, seed: 7 };
const plan = { key: 'rectifier', values: ['relu', 'prelu'], seeds: 2 } as const;

async function alone(rectifier: 'relu' | 'prelu', seed: number): Promise<readonly RaceResult[]> {
  const engine = await createEngine({ seed });
  const { train, test } = data.moons();
  const network = nn.sequential(
    nn.linear(2, 8),
    nn.rectifier(rectifier),
    nn.linear(8, 4),
    nn.rectifier(rectifier),
    nn.linear(4, 2),
  );
  const [loss, optimizer] = [nn.crossEntropy, optim.adam({ lr: 0.01 })];
  const trainer = await engine.trainer(network, { data: train, batchSize: 64, loss, optimizer });
  const results: RaceResult[] = [];
  for (const epoch of [1, 2])
    for await (const { loss: trainLoss } of trainer.run()) {
      const { loss: testLoss, accuracy: testAccuracy = Number.NaN } = await trainer.evaluate(test);
      results.push({ value: rectifier, seed, epoch, trainLoss, testLoss, testAccuracy });
    }
  engine.destroy();
  return results;
}

describe('a race', () => {
  it('comes to what the same runs come to one by one, to the bit', async () => {
    const results: RaceResult[] = [];
    for await (const result of race(small, plan, data.moons(), new AbortController().signal)) results.push(result);
    expect(results.map(({ value, seed, epoch }) => `${seed} ${epoch} ${value}`)).toEqual(
      [7, 8].flatMap((seed) => [1, 2].flatMap((epoch) => plan.values.map((value) => `${seed} ${epoch} ${value}`))),
    );
    for (const value of plan.values)
      for (const seed of [7, 8])
        expect(results.filter((each) => each.value === value && each.seed === seed)).toEqual(await alone(value, seed));
  });

  it('keeps the layers that have a rectifier of their own, and races one that was written on the page', async () => {
    const first = async (state: State, value: string): Promise<RaceResult | undefined> => {
      const one = { ...plan, values: [value], seeds: 1 };
      for await (const result of race(state, one, data.moons(), new AbortController().signal)) return result;
      return undefined;
    };
    const mixed = await first({ ...small, rectifiers: ['', 'relu'] }, 'prelu');
    expect(mixed?.trainLoss).not.toBe((await first(small, 'prelu'))?.trainLoss);
    expect(mixed?.trainLoss).not.toBe((await first(small, 'relu'))?.trainLoss);
    const own = example.replace('a = 0.25', 'a = 0.5');
    expect((await first({ ...small, own }, 'custom'))?.trainLoss).not.toBe((await first(small, 'custom'))?.trainLoss);
  });

  it('ends without an error when it is closed, wherever it is', async () => {
    const { race: start, close, open } = createService();
    const endless = { ...small, epochs: 1000 };
    const early = start(endless, plan);
    await close();
    expect(await early.next()).toEqual({ done: true, value: undefined });
    const late = start(endless, plan);
    expect((await late.next()).value).toMatchObject({ value: 'relu', seed: 7, epoch: 1 });
    const next = late.next();
    await open(small);
    expect(await next).toEqual({ done: true, value: undefined });
    await close();
  });

  it('says what does not fit', async () => {
    const { race: start } = createService();
    await expect(start({ ...small, model: 'lenet5' }, plan).next()).rejects.toThrow('needs images');
    await expect(start(small, { ...plan, values: ['relu', 'nothing'] }).next()).rejects.toThrow('“nothing” is none of');
    const mixed: State = { ...small, rectifiers: ['relu', 'gelu'] };
    await expect(start(mixed, plan).next()).rejects.toThrow('none is left to vary');
  });
});

describe('its section', () => {
  const SMALL = '#data=moons&hidden=8,4&batch=64&lr=0.01&seed=7';
  const section = () => page.getByRole('region', { name: 'Race' });
  const cells = (row: string) =>
    section()
      .getByRole('row', { name: new RegExp(`^${row} `) })
      .getByRole('cell')
      .elements()
      .map(({ textContent }) => textContent);
  const phase = () => document.querySelector('.race .phase')?.textContent ?? '';

  it('runs what the link says, and shows, copies and saves what comes of it', async () => {
    const saved: { readonly name: string; readonly blob: Promise<Blob> }[] = [];
    const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
      saved.push({ name: this.download, blob: fetch(this.href).then((response) => response.blob()) });
    });
    const copied = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
    try {
      start(`${SMALL}&epochs=2&race=rectifier:relu,prelu&seeds=2`);
      await expect.element(button('Start race')).toBeEnabled();
      expect([phase(), cells('relu')]).toEqual(['4 runs of 2 epochs', ['–', '–', '0 of 2']]);
      const top = () => section().element().getBoundingClientRect().top;
      await until(() => top() > -1 && top() < innerHeight, 'whoever follows a link to a race is taken to it');
      await button('Start race').click();
      await until(() => phase() === 'Done', 'it ends');
      await until(() => cells('prelu')[2] === '2 of 2', 'its table is drawn');

      const ends = await Promise.all([7, 8].map(async (seed) => (await alone('prelu', seed))[1]));
      const mean = ends.reduce((sum, end) => sum + (end?.testAccuracy ?? 0), 0) / 2;
      const deviation = Math.abs((ends[0]?.testAccuracy ?? 0) - (ends[1]?.testAccuracy ?? 0)) / Math.SQRT2;
      expect(cells('prelu')[0]).toBe(`${(100 * mean).toFixed(2)} ± ${(100 * deviation).toFixed(2)} %`);
      const name = section()
        .getByRole('img', { name: /^Test accuracy/ })
        .element().ariaLabel;
      expect(name).toContain(`after epoch 2.0: relu`);
      expect(name).toContain(`prelu ${(100 * mean).toFixed(1)} %`);

      await button('Copy table').click();
      expect(copied.mock.calls[0]?.[0]).toContain(`| prelu | ${cells('prelu').join(' | ')} |`);
      await button('Save CSV').click();
      await button('Save PNG').click();
      await until(() => saved.length === 2, 'both are saved');
      expect(saved.map((file) => file.name)).toEqual(['race-rectifier.csv', 'race-rectifier.png']);
      const [csv, png] = await Promise.all(saved.map(({ blob }) => blob));
      const lines = (await csv?.text())?.trim().split('\n');
      expect([lines?.length, lines?.[0]]).toEqual([9, 'rectifier,seed,epoch,training loss,test loss,test accuracy']);
      const bitmap = await createImageBitmap(png ?? new Blob());
      expect(Math.min(bitmap.width, bitmap.height)).toBeGreaterThan(200);
      expect(location.hash).toMatch(/&epochs=2&seed=7&race=rectifier:relu,prelu&seeds=2$/);
    } finally {
      click.mockRestore();
      copied.mockRestore();
    }
  });

  it('is worked by the keyboard, and the link tells what is set', async () => {
    start(`${SMALL}&epochs=1000`);
    await expect.element(button('Start race')).toBeEnabled();
    await page.getByLabelText('Varies').selectOptions('optimizer');
    await expect.element(section().getByRole('checkbox', { name: 'AdamW' })).toBeChecked();
    section().getByRole('checkbox', { name: 'AdamW' }).element().focus();
    await userEvent.keyboard(' ');
    expect(location.hash).toMatch(/&race=optimizer:sgd,adam&seeds=3$/);
    const seeds = page.getByLabelText('Seeds');
    await seeds.fill('0');
    await userEvent.keyboard('{Enter}');
    await expect.element(seeds).toHaveAccessibleDescription('“0” is not a whole number from 1 to 20');
    await expect.element(seeds).toHaveFocus();
    await seeds.fill('1');
    await userEvent.keyboard('{Enter}');
    await until(() => phase().startsWith('Racing: seed 7 (1 of 1)'), 'Enter starts');
    expect(location.hash).toMatch(/&race=optimizer:sgd,adam&seeds=1$/);
    button('Stop race').element().focus();
    await userEvent.keyboard('{Enter}');
    await expect.element(button('Start race')).toHaveFocus();
    expect(phase()).toMatch(/^Stopped: seed 7/);
    await expect.element(button('Save CSV')).toBeEnabled();
  });

  it('takes the place of a run, and a run its', async () => {
    const shown = (name: string) => document.querySelector(`[data-show="${name}"]`)?.textContent;
    start(`${SMALL}&epochs=1000&race=rectifier:relu,prelu&seeds=1`);
    await button('Train').click();
    await until(() => shown('step') !== '0', 'a run is trained');
    expect(location.hash).not.toContain('race=');
    await button('Start race').click();
    await until(() => phase().startsWith('Racing'), 'a race goes on');
    expect(shown('phase')).toBe('Ready');
    await until(() => shown('step') === '0', 'the run is gone');
    await button('Train').click();
    await until(() => shown('step') !== '0', 'a run is trained again');
    expect(phase()).toBe('2 runs of 1000 epochs');
    expect(shown('alert')).toBe('');
  });

  it('keeps the last results, and says of what they are, until the next race is started', async () => {
    const earlier = () => document.querySelector('.race-chart > .note')?.textContent;
    start(`${SMALL}&epochs=1&race=rectifier:relu,prelu&seeds=1`);
    await button('Start race').click();
    await until(() => phase() === 'Done' && cells('prelu')[2] === '1 of 1', 'it ends');
    expect(earlier()).toBe('');
    const ended = [cells('relu'), cells('prelu')];
    const about =
      'Results of the race before: moons · mlp 8,4 · shared by channel · init auto · adam · lr 0.01 · batch 64 · seed 7';
    await page.getByLabelText('Learning rate').fill('0.02');
    await userEvent.keyboard('{Tab}');
    expect([earlier(), cells('relu'), cells('prelu')]).toEqual([about, ...ended]);
    await section().getByRole('checkbox', { name: 'gelu', exact: true }).click();
    await page.getByLabelText('Varies').selectOptions('optimizer');
    await button('Train').click();
    await expect.element(button('Train again')).toBeVisible();
    expect([earlier(), cells('relu'), cells('prelu'), phase()]).toEqual([about, ...ended, '3 runs of 1 epochs']);
    await expect.element(section().getByRole('progressbar')).toHaveAttribute('value', '0');
    const copied = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
    await button('Copy table').click();
    expect(copied.mock.calls[0]?.[0]).toMatch(/^\| Rectifier .*\n.*\n\| relu /);
    copied.mockRestore();
    await button('Start race').click();
    await until(() => phase() === 'Done' && cells('AdamW')[2] === '1 of 1', 'another ends');
    expect(earlier()).toBe('');
  });

  it('draws a race of one epoch as points', async () => {
    start(`${SMALL}&epochs=1&race=rectifier:relu&seeds=1`);
    await expect.element(button('Start race')).toBeEnabled();
    expect(inked('.race-chart .chart:not([hidden])', '--layer-1')).toBe(0);
    await button('Start race').click();
    await until(() => inked('.race-chart .chart:not([hidden])', '--layer-1') > 10, 'there is a point');
  });

  it('starts with valid settings alone, as Train does', async () => {
    start(`${SMALL}&epochs=1000`);
    await expect.element(button('Start race')).toBeEnabled();
    const widths = page.getByLabelText('Hidden widths');
    await widths.fill('abc');
    await button('Start race').click();
    await expect.element(widths).toHaveFocus();
    expect(phase()).toBe('12 runs of 1000 epochs');
    await widths.fill('6');
    await button('Start race').click();
    await until(() => phase().startsWith('Racing'), 'it goes on');
  });

  it('says in view what is wrong, and nobody is taken past a field that is', async () => {
    start(`${SMALL}&model=lenet5&epochs=nonsense&race=rectifier:relu&seeds=1`);
    scrollTo(0, 0);
    await expect.element(button('Start race')).toBeEnabled();
    await until(() => show('network') !== '', 'the page stands');
    await wait(200);
    expect(scrollY).toBe(0);
    section().element().scrollIntoView();
    await button('Start race').click();
    const alert = page.getByRole('alert');
    await expect.element(alert).toHaveTextContent('needs images');
    await expect.element(alert).toBeInViewport({ ratio: 1 });
    (button('Start race').element() as HTMLElement).focus();
    section().element().scrollIntoView();
    const { bottom } = (part('messages') as HTMLElement).getBoundingClientRect();
    expect(section().element().getBoundingClientRect().top).toBeGreaterThanOrEqual(bottom - 1);
    part('dismiss')?.click();
    await expect.element(alert).not.toBeInTheDocument();
    expect(document.activeElement).not.toBe(document.body);
  });

  it('stands still in a hidden tab, if its box says so', async () => {
    const pause = () => wait(400);
    const hide = (hidden: boolean) => {
      Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    };
    try {
      start(`${SMALL}&epochs=1000&race=rectifier:relu&seeds=1`);
      await page.getByLabelText('Keep training').click();
      await button('Start race').click();
      await until(() => phase().startsWith('Racing'), 'it goes on');
      hide(true);
      await pause();
      const still = phase();
      await pause();
      expect(phase()).toBe(still);
      hide(false);
      await until(() => phase() !== still, 'it goes on when it is seen again');
    } finally {
      Reflect.deleteProperty(document, 'hidden');
    }
  });

  it('never holds the page up for 50 ms', async () => {
    start('#epochs=1000&race=rectifier:relu,prelu,gelu,dprelu,elu,swish&seeds=1');
    await button('Start race').click();
    await until(() => phase().startsWith('Racing'), 'it goes on');
    const long: number[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) long.push(duration);
    });
    observer.observe({ type: 'longtask' });
    await wait(3000);
    console.info(`${phase()}; long tasks: ${long.map(Math.round).join(', ') || 'none'}`);
    expect(long).toEqual([]);
  });
});
