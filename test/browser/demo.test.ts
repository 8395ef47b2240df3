// The demo in a real browser, driven as people drive it: by labels, roles and keys.
import { describe, expect, it, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { createEngine, data, nn, optim } from '../../src/index.ts';
import { button, drawn, press, show, start, step, until, wait } from '../support/demo-page.ts';

/** Small, and more epochs than anyone waits for. */
const SMALL = '#data=moons&hidden=8,4&batch=16&epochs=1000&lr=0.01';

const cell = (row: RegExp, column: number) => page.getByRole('row', { name: row }).getByRole('cell').nth(column);
const number = (text: string | null) => Number.parseFloat((text ?? '').replace('−', '-').replaceAll(',', ''));
const trainLoss = () => number(cell(/^Training/, 0).element().textContent);
const slopes = () => page.getByRole('img', { name: /^Layer 1: curve of prelu/ }).element().ariaLabel ?? '';

describe('the demo', () => {
  it('trains, pauses, goes on, and is reset', async () => {
    start('#epochs=200');
    await expect.element(button('Train')).toBeEnabled();
    await until(() => slopes().endsWith('a 0.250'), 'slopes start from 0.25');
    await button('Train').click();
    await until(() => step() >= 4, 'steps are trained');
    const first = trainLoss();
    await until(() => trainLoss() < first, 'the loss falls');
    // Slopes may have any sign and size by the time they are looked at.
    await until(() => /a \S*\d\.\d{3} \(\S*\d\.\d{3} to \S*\d\.\d{3}\)/.test(slopes()), 'each channel has its slope');
    await until(() => !slopes().includes('a 0.250 (0.250 to 0.250)'), 'slopes move');
    expect(number(cell(/^Test/, 1).element().textContent)).toBeGreaterThan(0);

    expect(number(show('speed'))).toBeGreaterThan(number(show('rate')));
    expect(number(show('rate'))).toBeGreaterThan(0);
    expect(show('cost')).toMatch(/^ · \d+ dispatches a step · \d+\.\d MiB of GPU memory$/);

    await button('Pause').click();
    await expect.element(button('Continue')).toHaveFocus();
    await wait(300);
    await drawn();
    const paused = step();
    await wait(300);
    await drawn();
    expect(step()).toBe(paused);
    await button('Continue').click();
    await until(() => step() > paused, 'training goes on');

    await button('Reset').click();
    await until(() => step() === 0 && slopes().endsWith('a 0.250'), 'all is as before');
    expect(cell(/^Training/, 0).element().textContent).toBe('–');
    expect([show('rate'), show('cost')]).toEqual(['–', '']);
    expect(document.querySelector('[role=alert]')?.textContent).toBe('');
  });

  it('ends with the last epoch, and the hash links to the run', async () => {
    start('#data=xor&hidden=4&batch=400&epochs=2&rectifier=gelu');
    await button('Train').click();
    await expect.element(button('Train again')).toBeVisible();
    await until(() => step() === 4, 'two epochs of two steps');
    expect(location.hash).toBe(
      '#data=xor&batch=400&model=mlp&hidden=4&rectifier=gelu&rectifiers=&share=channel&init=auto&optimizer=adam&lr=0.001&momentum=0.9&beta1=0.9&beta2=0.999&eps=1e-8&decay=0&decayed=weights&epochs=2&seed=0',
    );
    const result = ['train-loss', 'test-loss'].map(show);
    await button('Train again').click();
    await until(() => step() === 0 || show('train-loss') !== result[0], 'it starts anew');
    await expect.element(button('Train again')).toBeVisible();
    await until(() => step() === 4, 'two epochs again');
    expect(['train-loss', 'test-loss'].map(show)).toEqual(result);
  });

  it.each([
    ['', optim.adam({ lr: 0.01 })],
    ['&beta1=0.8&beta2=0.99&eps=0.01', optim.adam({ lr: 0.01, betas: [0.8, 0.99], eps: 0.01 })],
    ['&optimizer=sgd&momentum=0.5', optim.sgd({ lr: 0.01, momentum: 0.5 })],
  ])('shows the slopes that the engine comes to%s', async (numbers, optimizer) => {
    start(`#data=moons&hidden=8,4&batch=64&epochs=3&lr=0.01&seed=5${numbers}`);
    await button('Train').click();
    await expect.element(button('Train again')).toBeVisible();
    await drawn();
    const engine = await createEngine({ seed: 5 });
    const { train } = data.moons();
    const layers = [nn.linear(2, 8), nn.prelu(), nn.linear(8, 4), nn.prelu(), nn.linear(4, 2)];
    const loss = nn.crossEntropy;
    const trainer = await engine.trainer(nn.sequential(...layers), { data: train, batchSize: 64, loss, optimizer });
    for await (const _ of trainer.run({ epochs: 3 }));
    for (const [index, { params }] of (await trainer.rectifiers()).entries()) {
      const a = [...(params.a ?? [])];
      const [mean, low, high] = [a.reduce((sum, value) => sum + value, 0) / a.length, Math.min(...a), Math.max(...a)];
      const shown = `a ${mean.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`.replaceAll('-', '−');
      const curve = page.getByRole('img', { name: new RegExp(`^Layer ${index + 1}: curve of prelu`) });
      const [said, below = ''] = curve.element().ariaLabel?.split('. ') ?? [];
      expect(said).toBe(`Layer ${index + 1}: curve of prelu, ${shown}`);
      expect(below).toMatch(/^[1-9]\d? % of pre-activations below 0$/);
    }
    const spread = page.getByRole('img', { name: 'Root mean squares by layer' }).element();
    expect(spread.ariaLabel).toMatch(/in layer 2: signal \d.*, theory \d.*, gradient 1\.0000, theory 1\.0000$/);
    engine.destroy();
  });

  it('never holds the page up for 50 ms while it trains, and says at once that it pauses', async () => {
    start('#epochs=1000');
    await button('Train').click();
    await until(() => step() > 0, 'it trains');
    const long: number[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) long.push(duration);
    });
    observer.observe({ type: 'longtask' });
    const before = step();
    await wait(3000);
    console.info(`${step() - before} steps, long tasks: ${long.map(Math.round).join(', ') || 'none'}`);
    expect(step()).toBeGreaterThan(before);
    expect(long).toEqual([]);
    setTimeout(() => {
      for (const end = performance.now() + 80; performance.now() < end; );
    });
    await until(() => long.length > 0, 'a task of 80 ms is noticed');
    observer.disconnect();
    const asked = performance.now();
    press('Pause');
    await vi.waitUntil(() => show('phase').startsWith('Paused'), { interval: 1 });
    expect(performance.now() - asked).toBeLessThan(100);
  });

  it('goes on in a hidden tab, or stands still there, as its box says', async () => {
    const hide = (hidden: boolean) => {
      Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    };
    const rest = () => wait(300);
    try {
      start(SMALL);
      await button('Train').click();
      await until(() => step() > 0, 'it trains');
      const box = page.getByRole('checkbox', { name: 'Keep training when the tab is hidden' });
      await expect.element(box).toBeChecked();
      hide(true);
      const hidden = step();
      await until(() => step() > hidden, 'it goes on while it is hidden');
      hide(false);
      await box.click();
      hide(true);
      await rest();
      const still = step();
      await rest();
      expect(step()).toBe(still);
      hide(false);
      await until(() => step() > still, 'it goes on when it is seen again');
      await button('Pause').click();
      hide(true);
      hide(false);
      await rest();
      const paused = step();
      await rest();
      expect([step(), button('Continue').elements().length]).toEqual([paused, 1]);
    } finally {
      Reflect.deleteProperty(document, 'hidden');
    }
  });

  it('trains convolutions, and shows the slopes of each', async () => {
    start('#data=digits&model=plain&batch=256&epochs=1');
    await expect.element(button('Train')).toBeEnabled();
    await button('Train').click();
    await until(() => button('Train again').elements().length > 0, 'the epoch ends');
    await drawn();
    expect(show('network')).toBe('64–8–8–8–8–8–8–8–10');
    const curves = page.getByRole('img', { name: /^Layer \d: curve of prelu/ }).elements();
    expect(curves.length).toBe(7);
    expect(curves.every((curve) => !curve.ariaLabel?.includes('a 0.250.'))).toBe(true);
  });

  it('trains each layer with the rectifier that it is given, and shows it', async () => {
    start('#data=moons&hidden=8,6,4&batch=64&epochs=2&lr=0.01');
    const field = page.getByLabelText('By layer', { exact: true });
    await expect.element(field).toHaveAccessibleDescription('If mixed: relu, , gelu');
    await field.fill('relu, , dprelu');
    await userEvent.keyboard('{Enter}');
    await expect.element(button('Train again')).toBeVisible();
    await drawn();
    expect(location.hash).toContain('&rectifier=prelu&rectifiers=relu,,dprelu&');
    const curve = (layer: number) => page.getByRole('img', { name: new RegExp(`^Layer ${layer}: curve`) });
    expect(curve(1).element().ariaLabel?.split('. ')[0]).toBe('Layer 1: curve of relu');
    expect(curve(2).element().ariaLabel).toMatch(/curve of prelu, a -?\S+ \(/);
    expect(curve(3).element().ariaLabel).toMatch(/curve of dprelu, alpha \S+ \(.*; beta \S+ \(/);
    const chart = page.getByRole('img', { name: /^Mean learned parameters/ }).element().ariaLabel;
    expect(['layer 2 a', 'layer 3 alpha', 'layer 3 beta'].map((label) => chart?.includes(label))).toEqual([
      true,
      true,
      true,
    ]);
    await button('Layer 3: look inside').click();
    await expect.element(page.getByRole('dialog', { name: 'Layer 3: dprelu' })).toBeVisible();
    const calls = () => document.querySelector('[aria-label="Calls of this layer"]')?.textContent ?? '';
    await until(() => calls().includes('dprelu'), 'its calls are told');
    await userEvent.keyboard('{Escape}');
  });

  it('says what a convolution needs', async () => {
    start('#data=moons&model=lenet5');
    await expect.element(button('Train')).toBeEnabled();
    await button('Train').click();
    await expect.element(page.getByRole('alert')).toHaveTextContent('needs images; moons train has none');
  });

  it('is worked by the keyboard', async () => {
    start(SMALL);
    await page.getByLabelText('Hidden widths').fill('6, 3');
    await userEvent.keyboard('{Enter}');
    await until(() => step() > 0, 'Enter trains');
    expect(location.hash).toContain('hidden=6,3&');
    expect(show('network')).toBe('2–6–3–2');
    const before = step();
    await page.getByLabelText('Learning rate').fill('0.02');
    await userEvent.keyboard('{Tab}');
    await until(() => location.hash.includes('lr=0.02&') && step() > before, 'a new learning rate does not start anew');
    button('Pause').element().focus();
    await userEvent.keyboard('{Enter}');
    await expect.element(button('Continue')).toHaveFocus();
    await userEvent.keyboard('{Tab} ');
    await until(() => step() === 0, 'the space bar resets');
    await expect.element(button('Train')).toHaveFocus();
  });

  it('moves the keyboard from Train to Pause, which the next key may press, and leaves it where somebody has gone', async () => {
    start(SMALL);
    await expect.element(button('Train')).toBeEnabled();
    button('Train').element().focus();
    await userEvent.keyboard('{Enter}');
    await expect.element(button('Cancel')).toHaveFocus();
    await until(() => step() > 0, 'it trains');
    await expect.element(button('Pause')).toHaveFocus();
    await userEvent.keyboard('{Enter}');
    await expect.element(button('Continue')).toHaveFocus();
    await userEvent.keyboard('{Enter}');
    await expect.element(button('Pause')).toHaveFocus();
    await userEvent.keyboard('{Tab}');
    const before = step();
    await until(() => step() > before, 'it goes on');
    await expect.element(button('Reset')).toHaveFocus();
  });

  it('shows the fields of what is chosen, and keeps the others’ numbers', async () => {
    start(SMALL);
    const visible = (name: string) =>
      page
        .getByLabelText(name, { exact: true })
        .elements()
        .some((e) => e.checkVisibility());
    const shown = () => ['Hidden widths', 'Momentum', 'β₁', 'β₂', 'ε'].filter(visible);
    expect(shown()).toEqual(['Hidden widths', 'β₁', 'β₂', 'ε']);
    await page.getByLabelText('β₁').fill('0.8');
    await page.getByLabelText('ε').fill('wrong');
    await page.getByLabelText('Optimizer').selectOptions('SGD');
    expect(shown()).toEqual(['Hidden widths', 'Momentum']);
    expect(location.hash).toContain('&optimizer=sgd&lr=0.01&momentum=0.9&beta1=0.8&beta2=0.999&eps=1e-8&');
    await page.getByLabelText('Model').selectOptions('CNN, plain');
    expect(shown()).toEqual(['Momentum']);
    await page.getByLabelText('Optimizer').selectOptions('AdamW');
    await expect.element(page.getByLabelText('ε')).toHaveValue('1e-8');
    await expect.element(page.getByLabelText('ε')).toHaveAccessibleDescription('Added to its root');
  });

  it('says next to a field what is wrong with it, and does not train', async () => {
    start(SMALL);
    const widths = page.getByLabelText('Hidden widths');
    await widths.fill('12x');
    await expect.element(widths).toHaveAccessibleDescription(/“12x” is not a width from 1 to 256/);
    await expect.element(widths).toHaveAttribute('aria-invalid', 'true');
    await button('Train').click();
    await expect.element(widths).toHaveFocus();
    expect([show('phase'), step()]).toEqual(['Ready', 0]);
    await widths.fill('12');
    await expect.element(widths).toHaveAccessibleDescription('One hidden layer');
  });
});

it('stays reset where it was reset while the answer to a new learning rate was on its way', async () => {
  let asked = -1;
  start('#data=moons&hidden=8&epochs=1000', () => {
    const worker = new Worker(new URL('../../demo/worker.ts', import.meta.url), { type: 'module' });
    const [post, listen] = [worker.postMessage.bind(worker), worker.addEventListener.bind(worker)];
    worker.postMessage = (message: { readonly id: number; readonly call?: string }, transfer?: unknown) => {
      if (message.call === 'set') asked = message.id;
      post(message, transfer as Transferable[]);
    };
    worker.addEventListener = (type: string, hear: (event: Event) => void) =>
      listen(type, (event: Event) => {
        const isAnswer = asked >= 0 && (event as MessageEvent<{ readonly id?: number }>).data.id === asked;
        setTimeout(() => hear(event), isAnswer ? 400 : 0);
      });
    return worker;
  });
  press('Train');
  const rate = page.getByLabelText('Learning rate').element() as HTMLInputElement;
  await until(() => show('phase').startsWith('Compiling'), 'it is compiled');
  rate.value = '0.02';
  rate.dispatchEvent(new Event('input', { bubbles: true }));
  rate.dispatchEvent(new Event('change', { bubbles: true }));
  await until(() => asked >= 0, 'the learning rate is told');
  await wait(100);
  press(/^(Cancel|Reset)$/);
  await wait(600);
  expect([show('phase'), step()]).toEqual(['Ready', 0]);
  await expect.element(button('Train')).toBeEnabled();
});

describe('without', () => {
  it.each([
    ['WebGPU', /this browser offers none.*navigator\.gpu is missing/],
    ['an adapter', /this browser offers none.*found no adapter/],
  ])('%s in its worker, it says so, and offers nothing', async (name, message) => {
    start(SMALL, () => new Worker(new URL('./without-gpu.ts', import.meta.url), { type: 'module', name }));
    await expect.element(page.getByRole('alert')).toHaveTextContent(message);
    await expect.element(page.getByRole('alert')).toBeVisible();
    await expect.element(button('Train')).toBeDisabled();
  });

  it('a worker that loads, it says so, and starts another when Train is pressed', async () => {
    const addresses = ['./nowhere.ts', '../../demo/worker.ts'];
    start(SMALL, () => new Worker(new URL(addresses.shift() ?? '', import.meta.url), { type: 'module' }));
    await expect.element(page.getByRole('alert')).toHaveTextContent('the worker did not load');
    await button('Train').click();
    await until(() => step() > 0, 'it trains');
    expect(document.querySelector('[role=alert]')?.textContent).toBe('');
  });
});
