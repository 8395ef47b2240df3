// Data that the demo downloads, and files of the visitor's own: what is shown of them, and what goes wrong.
import axe from 'axe-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { button, clearStorage, keptRun, leave, part, show, start, step, until, wait } from '../support/demo-page.ts';

let downloads: string[] = [];
const channel = new BroadcastChannel('downloads');
channel.addEventListener('message', ({ data }) => downloads.push(String(data)));

beforeEach(async () => {
  downloads = [];
  await clearStorage();
});
afterEach(async () => {
  leave();
  await clearStorage();
});

/** `network`: see without-network.ts. */
const open = (hash: string, network = 'online') =>
  start(hash, () => new Worker(new URL('./without-network.ts', import.meta.url), { type: 'module', name: network }));
const field = (name: string) => page.getByLabelText(name, { exact: true });
const zone = () => page.getByRole('group', { name: 'Your files', exact: true });
const alert = () => show('alert');
const note = () => document.querySelector('#note-data')?.textContent?.replaceAll('\u00a0', ' ') ?? '';
const ready = () => until(() => show('adapter') !== 'looking for one', 'the worker answers');

async function trains(): Promise<void> {
  await button(/^Train( again)?$/).click();
  await until(() => step() > 0, 'it trains');
  expect(alert()).toBe('');
}

/** As a visitor does with the dialog of the button. */
function choose(name: 'Choose files' | 'Choose a folder', files: readonly File[]): void {
  const input = document.querySelector<HTMLInputElement>(`input[type=file][aria-label="${name}"]`);
  if (!input) throw new Error(`nothing is called ${name}`);
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  input.files = transfer.files;
  input.dispatchEvent(new Event('change'));
}

function drop(files: readonly File[]): void {
  const dataTransfer = new DataTransfer();
  for (const file of files) dataTransfer.items.add(file);
  document
    .querySelector('main')
    ?.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
}

const table = (rows: number, last = '') =>
  Array.from({ length: rows }, (_, row) => `${Math.sin(row)},${Math.cos(3 * row)},${row % 2}`).join('\n') + last;
const points = (rows = 60) => new File([table(rows)], 'points.csv');

describe('a data set that is downloaded', () => {
  it('is not before Train is pressed; then it is shown like any other, and digits can be drawn', async () => {
    open('#data=mnist&hidden=16&epochs=3&lr=0.01');
    await ready();
    expect(note()).toBe('Digits, 28 × 28; Train downloads 12 MB from storage.googleapis.com');
    expect([show('network'), part('pad')?.hidden]).toEqual(['16', true]);
    // Nor is it by looking at a layer.
    await button(/^Layer 1.*: look inside$/).click();
    await until(
      () => /not loaded yet; press Train first/.test(document.querySelector('dialog')?.textContent ?? ''),
      'it says so',
    );
    await button('Close').click();
    expect(downloads).toEqual([]);

    await trains();
    expect(downloads.length).toBe(4);
    expect([note(), show('network')]).toEqual(['200 train, 40 test', '784–16–10']);
    await expect.element(button('Train again')).toBeVisible();
    await until(() => part('guesses')?.hidden === false, 'guesses are shown');
    const pad = page.getByRole('application', { name: 'Drawing pad' });
    await userEvent.dragAndDrop(pad, pad, { sourcePosition: { x: 60, y: 30 }, targetPosition: { x: 60, y: 120 } });
    const shares = page.getByRole('list', { name: 'What the network says' });
    await until(() => /%/.test(shares.element().textContent ?? ''), 'the network says something');
    expect(part('pad')?.textContent).toContain('28 × 28');
    // It is kept: another page needs no network.
    leave();
    downloads = [];
    open('#data=mnist&hidden=16&epochs=1', 'offline');
    await trains();
    expect(downloads).toEqual([]);
  });

  it('has names for its classes, and no pad where it has no digits', async () => {
    open('#data=digits&hidden=16&epochs=1');
    await until(() => part('pad')?.hidden === false, 'digits can be drawn');
    await field('Data set').selectOptions('Fashion-MNIST');
    await until(() => part('pad')?.hidden === true, 'what is shown of digits goes');
    await trains();
    await until(() => /trousers/.test(part('confusion')?.textContent ?? ''), 'classes have names');
    expect(part('pad')?.hidden).toBe(true);
  });

  it('tells how far it is, and is cancelled', async () => {
    open('#data=mnist&hidden=16&epochs=1', 'slow');
    await ready();
    await button('Train').click();
    await until(() => show('phase') === 'Downloading MNIST: 6.0 of 11.6 MB', 'it tells how far');
    expect(Number(part('progress')?.getAttribute('value'))).toBe(6e6);
    await button('Cancel').click();
    await until(() => downloads.includes('cancelled'), 'the download ends');
    expect([show('phase'), alert()]).toEqual(['Ready', '']);
    await expect.element(button('Train')).toHaveFocus();
    await field('Data set').selectOptions('XOR');
    await trains();
    // A race says it, too, and stops.
    await field('Data set').selectOptions('MNIST');
    await button('Start race').click();
    await until(() => /Downloading MNIST: 6\.0 of 11\.6 MB/.test(show('race')), 'the race tells how far');
    await button('Stop race').click();
    await until(() => downloads.filter((what) => what === 'cancelled').length >= 2, 'the download ends');
    expect(alert()).toBe('');
  });

  it.each([
    ['offline', /^MNIST: \S+gz: cannot be downloaded \(Failed to fetch\): you are offline, or/],
    ['page', /got a web page, expected data/],
    ['gone', /got HTTP status 404/],
    ['truncated', /expected \d+, as it declares\. It is truncated/],
  ])(
    'that does not come (%s) is told in a sentence with a way on, and another one trains',
    async (network, message) => {
      open('#data=mnist&hidden=16&epochs=1', network);
      await ready();
      await button('Train').click();
      await until(() => message.test(alert()), 'it says so');
      expect(alert()).toMatch(
        /\. Try again, or take another data set; or fetch its files from https:\/\/storage\.googleapis\.com\/cvdf-datasets\/mnist\/ yourself and choose “Your files”\.$/,
      );
      expect(alert()).not.toMatch(/\{ files|data\.\w/);
      expect(show('phase')).toBe('Stopped by an error');
      const before = downloads.length;
      await button('Train').click();
      await until(() => downloads.length > before && message.test(alert()), 'it is tried again');
      await field('Data set').selectOptions('XOR');
      await until(() => note() === '320 train, 80 test' || / train,/.test(note()), 'the other is there');
      await trains();
    },
  );
});

describe('files of one’s own', () => {
  it('are asked for where a link names them, taken from the keyboard’s button or dropped, and trained on', async () => {
    open('#data=files&hidden=8&epochs=2&batch=16');
    await ready();
    await expect.element(zone()).toBeVisible();
    await button('Train').click();
    await until(
      () => /^Your files are not here: a link.*has none\. Choose them below “Data set”/.test(alert()),
      'asked for',
    );
    expect(page.getByLabelText('Hidden widths').element()).toHaveValue('8');

    const { violations } = await axe.run(document.body, { resultTypes: ['violations'] });
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html: at }) => at).join()}`)).toEqual([]);

    let opened = 0;
    document.querySelector('input[type=file][aria-label="Choose files"]')?.addEventListener('click', (event) => {
      event.preventDefault();
      opened += 1;
    });
    button('Choose files').element().focus();
    await userEvent.keyboard('{Enter}');
    expect(opened).toBe(1);

    choose('Choose files', [points()]);
    await until(() => note() === '50 train, 10 test', 'it is read');
    expect(alert()).toBe('');
    await expect.element(zone()).toHaveTextContent('Read: 60 samples, 2 numbers each, 2 classes.');
    await until(() => part('surface')?.hidden === false, 'points are drawn');
    await trains();
    expect(location.hash).toContain('data=files&');

    await field('Data set').selectOptions('Moons');
    await until(() => zone().elements().length === 0, 'nobody is asked for files');
    await trains();
    drop([points(30)]);
    await until(() => note() === '25 train, 5 test', 'what is dropped is taken, whatever was chosen');
    expect(field('Data set').element()).toHaveValue('files');
    await trains();
  });

  it('that are pictures in folders are trained on in colour, by convolutions, too', async () => {
    open('#data=files&model=plain&hidden=8&epochs=1&batch=16');
    await ready();
    const canvas = new OffscreenCanvas(16, 16);
    const context = canvas.getContext('2d');
    const files: File[] = [];
    for (const [name, color] of [
      ['roses', 'red'],
      ['grass', 'lime'],
      ['sky', 'blue'],
    ] as const)
      for (let index = 0; index < 12; index++) {
        if (context) context.fillStyle = color;
        context?.fillRect(0, 0, 16, 16);
        const file = new File([await canvas.convertToBlob()], `${index}.png`);
        Object.defineProperty(file, 'webkitRelativePath', { value: `flowers/${name}/${index}.png` });
        files.push(file);
      }
    const said: string[] = [];
    const region = document.querySelector('.dropzone [role=status]') as HTMLElement;
    new MutationObserver(() => said.push(region.textContent ?? '')).observe(region, { childList: true });
    choose('Choose a folder', files);
    await expect.element(zone()).toHaveTextContent('Read: 36 samples, 16 × 16, in colour, 3 classes.');
    expect(said).toEqual(['Reading 36 files', 'Read: 36 samples, 16 × 16, in colour, 3 classes.']);
    await trains();
    await until(() => part('guesses')?.hidden === false, 'guesses are shown');
    await until(() => part('confusion')?.textContent?.includes('roses') === true, 'classes have names');
    const picture = document.querySelector<HTMLCanvasElement>('.guesses canvas');
    const pixel = () => [...(picture?.getContext('2d')?.getImageData(3, 3, 1, 1).data ?? [])].slice(0, 3);
    await until(() => pixel().filter((part) => part > 200).length === 1, 'a picture has its colour');
  });

  it('that are no images, or not square, are refused by a convolution in a sentence', async () => {
    open('#data=files&model=lenet5&epochs=1');
    await ready();
    choose('Choose files', [points()]);
    await until(() => note() === '50 train, 10 test', 'it is read');
    await button('Train').click();
    await until(() => /LeNet-5 needs images; points\.csv.* has none/.test(alert()), 'it says so');
    const bytes = new Uint8Array(16 + 12 * 8 * 12);
    bytes.set([0, 0, 8, 3, 0, 0, 0, 12, 0, 0, 0, 8, 0, 0, 0, 12]);
    const labels = new Uint8Array(8 + 12);
    labels.set([0, 0, 8, 1, 0, 0, 0, 12, 0, 1, 0, 1]);
    choose('Choose files', [new File([bytes], 'a-idx3-ubyte'), new File([labels], 'a-idx1-ubyte')]);
    await until(() => note() === '10 train, 2 test', 'it is read');
    await button('Train').click();
    await until(
      () => /needs square images of 8 × 8 at least; those of .* are 8 × 12\. Choose MLP/.test(alert()),
      'it says so',
    );
    await field('Model').selectOptions('MLP');
    await trains();
  });

  it('of many classes have guesses, and no matrix of thousands of cells', async () => {
    open('#data=files&hidden=8&epochs=1&batch=16');
    await ready();
    for (const classes of [40, 41]) {
      const [images, labels] = [new Uint8Array(16 + 82 * 64), new Uint8Array(8 + 82)];
      images.set([0, 0, 8, 3, 0, 0, 0, 82, 0, 0, 0, 8, 0, 0, 0, 8]);
      labels.set([0, 0, 8, 1, 0, 0, 0, 82, ...Array.from({ length: 82 }, (_, index) => index % classes)]);
      choose('Choose files', [new File([images], 'a-idx3-ubyte'), new File([labels], 'a-idx1-ubyte')]);
      await expect.element(zone()).toHaveTextContent(`Read: 82 samples, 8 × 8, ${classes} classes.`);
      await trains();
      await until(() => part('guesses')?.hidden === false, 'guesses are shown');
      expect(part('confusion')?.hidden).toBe(classes > 40);
    }
  });

  it('that are bad are told in a sentence; the run and the files before stay', async () => {
    open('#data=files&hidden=8&epochs=1000&batch=1');
    await ready();
    choose('Choose files', [points()]);
    await until(() => note() === '50 train, 10 test', 'it is read');
    await trains();
    for (const [file, message] of [
      [new File(['%PDF'], 'paper.pdf'), /^paper\.pdf: of a kind that this page does not read; it takes IDX/],
      [new File(['<!doctype html>'], 'a.csv'), /^a\.csv is a web page/],
      [new File([table(9, '\n1,2')], 'a.csv'), /line 10: got 2 cells, expected 3/],
      [new File(['x'], 'a.png'), /lies in no folder/],
      [new File([new Uint8Array(4000)], 'a-images-idx3-ubyte'), /came without its labels/],
    ] as const) {
      choose('Choose files', [file]);
      await until(() => message.test(alert()), `it says ${message.source}`);
      expect(alert()).toMatch(/Choose other files, or another data set\.$/);
      await expect.element(zone()).toBeVisible();
    }
    const before = step();
    await until(() => step() > before, 'the run goes on');
    await button('Reset').click();
    expect([alert(), note()]).toEqual(['', '50 train, 10 test']);
    await trains();
  });

  it('are needed, the same ones, to go on with a run', async () => {
    open('#data=files&hidden=8&epochs=1000&batch=1');
    await ready();
    choose('Choose files', [points()]);
    await until(() => note() === '50 train, 10 test', 'it is read');
    await trains();
    await field('Learning rate').fill('0.002');
    await userEvent.keyboard('{Tab}');
    await until(() => location.hash.includes('lr=0.002'), 'it is another');
    expect(note()).toBe('50 train, 10 test');
    await button('Pause').click();
    await until(async () => (await keptRun()) !== null, 'it is kept');
    leave();

    open('#data=moons');
    await expect
      .element(page.getByRole('status').first())
      .toHaveTextContent('A run on your files was kept in this browser.');
    await button(/^Go on with the run/).click();
    await until(() => /^Your files are not here.*or go on with the saved run\.$/.test(alert()), 'they are asked for');
    choose('Choose files', [points(66)]);
    await until(() => note() === '55 train, 11 test', 'others are read');
    await button(/^Go on with the run/).click();
    await until(() => /trained on other files than those that are here/.test(alert()), 'others are refused');
    choose('Choose files', [points()]);
    await until(() => note() === '50 train, 10 test', 'the same are read');
    await button(/^Go on with the run/).click();
    await until(() => step() > 4, 'it goes on');
    expect([alert(), show('notices')]).toEqual(['', '']);
  });

  it('that are not here are told of a run that is opened, and the one that goes on stays', async () => {
    open('#data=files&hidden=8&epochs=1000&batch=1');
    await ready();
    choose('Choose files', [points()]);
    await until(() => note() === '50 train, 10 test', 'it is read');
    await trains();
    await button('Pause').click();
    await expect.element(button('Continue')).toBeVisible();
    await until(async () => (await keptRun()) !== null, 'it is kept');
    const file = new File([(await keptRun()) ?? ''], 'run.safetensors');
    leave();
    await clearStorage();

    open('#data=moons&hidden=8&epochs=1000&batch=16');
    await trains();
    const transfer = new DataTransfer();
    transfer.items.add(file);
    const input = part('file') as HTMLInputElement;
    input.files = transfer.files;
    input.dispatchEvent(new Event('change'));
    await until(() => alert().startsWith('Your files are not here'), 'it says so');
    const now = step();
    await until(() => step() > now, 'the other goes on');
    expect([location.hash.includes('data=moons'), show('phase').startsWith('Training')]).toEqual([true, true]);
  });

  it('never hold the page up while they are read', async () => {
    open('#data=files');
    await ready();
    const long: number[] = [];
    const observer = new PerformanceObserver((list) => long.push(...list.getEntries().map(({ duration }) => duration)));
    observer.observe({ type: 'longtask' });
    const count = 60_000;
    const images = new Uint8Array(16 + count * 784);
    new DataView(images.buffer).setUint32(0, 0x0803);
    for (const [index, length] of [count, 28, 28].entries())
      new DataView(images.buffer).setUint32(4 + 4 * index, length);
    const labels = new Uint8Array(8 + count).map((_, index) => (index < 8 ? 0 : index % 10));
    new DataView(labels.buffer).setUint32(0, 0x0801);
    new DataView(labels.buffer).setUint32(4, count);
    const files = [new File([images], 'images-idx3-ubyte'), new File([labels], 'labels-idx1-ubyte')];
    await wait(300);
    long.length = 0;
    choose('Choose files', files);
    await until(() => note() === '50,000 train, 10,000 test', 'it is read');
    await until(() => part('pad')?.hidden === true, 'it is shown');
    console.info(`long tasks: ${long.map(Math.round).join(', ') || 'none'}`);
    expect(long).toEqual([]);
    observer.disconnect();
  });
});
