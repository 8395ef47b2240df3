// Runs that outlive the page: as files, and kept in the browser.
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { readCheckpoint } from '../../src/index.ts';
import {
  button,
  clearStorage,
  drawn,
  inked,
  keptRun,
  leave,
  press,
  show,
  start,
  step,
  until,
  wait,
} from '../support/demo-page.ts';

const RUN = '#data=moons&hidden=8,4&batch=32&epochs=90&lr=0.01&seed=3';
const ENDLESS = RUN.replace('epochs=90', 'epochs=1000');

beforeEach(clearStorage);
afterEach(async () => {
  vi.restoreAllMocks();
  leave();
  await clearStorage();
});

const said = () => [show('alert'), show('notices')];
async function isDone(): Promise<void> {
  await until(() => show('phase') === 'Done', 'the run ends');
  await drawn();
  expect(show('epoch')).toBe('90.0');
}
const hash = () => location.hash;

/** The step that is kept, −1 if none is. */
async function keptStep(): Promise<number> {
  const kept = await keptRun();
  return kept ? readCheckpoint(kept).step : -1;
}

/** What the page says of a run that has ended. */
const result = () => ({
  hash: hash(),
  numbers: ['step', 'epoch', 'train-loss', 'train-accuracy', 'test-loss', 'test-accuracy'].map(show),
  slopes: page
    .getByRole('img', { name: /^Layer \d: curve of prelu/ })
    .elements()
    .map((curve) => curve.ariaLabel),
});

/** The numbers of the run, to the bit, by the file that the page saves. */
async function savedBits(): Promise<Uint8Array<ArrayBuffer>> {
  let [address, name] = ['', ''];
  const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    [address, name] = [this.href, this.download];
  });
  await button('Save run').click();
  await until(() => address !== '', 'a file is downloaded');
  click.mockRestore();
  const file = new Uint8Array(await (await fetch(address)).arrayBuffer());
  expect(name).toBe(`rectigrad-moons-${readCheckpoint(file).step}.safetensors`);
  return file;
}

const parse = (bytes: Uint8Array) => {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  return { facts: readCheckpoint(bytes as Uint8Array<ArrayBuffer>), numbers: bytes.slice(8 + length) };
};

const input = () => document.querySelector<HTMLInputElement>('[data-show=file]') as HTMLInputElement;

function choose(bytes: BlobPart, name = 'run.safetensors'): void {
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name));
  input().files = transfer.files;
  input().dispatchEvent(new Event('change'));
}

async function pauseSomewhere(): Promise<void> {
  await button('Train').click();
  await until(() => step() > 60, 'it trains');
  press('Pause');
  await expect.element(button('Continue')).toBeVisible();
}

describe('a run is kept', () => {
  it('past a reload, and goes on as if it had not been interrupted, to the bit', async () => {
    start(RUN);
    await button('Train').click();
    await isDone();
    const whole = { result: result(), file: parse(await savedBits()) };
    leave();
    await clearStorage();

    start(RUN);
    await pauseSomewhere();
    await until(async () => (await keptStep()) > 0, 'it is kept');
    leave();

    start('#data=digits&epochs=3');
    const kept = await keptStep();
    expect(kept).toBeLessThan(Number(whole.result.numbers[0]?.replaceAll(',', '')));
    const offer = button(`Go on with the run of step ${kept}`);
    await expect.element(offer).toBeVisible();
    (offer.element() as HTMLElement).focus();
    await userEvent.keyboard('{Enter}');
    await until(() => step() > kept, 'it goes on');
    expect(offer.elements()).toEqual([]);
    expect(document.activeElement?.closest('form')).not.toBe(null);
    await isDone();
    expect(result()).toEqual(whole.result);
    expect(parse(await savedBits())).toEqual(whole.file);
  });

  it('every ten seconds, and at the end', async () => {
    start(ENDLESS);
    await button('Train').click();
    await until(() => step() > 20, 'it trains');
    expect(await keptStep()).toBe(-1);
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + 10_000);
    await until(async () => (await keptStep()) > 20, 'it is kept');
    leave();
    start(RUN);
    await button('Train').click();
    await isDone();
    const last = step();
    await until(async () => (await keptStep()) === last, 'the end is kept');
    leave();
    start('#');
    await button(`Show the run that ended at step ${last}`).click();
    await isDone();
    expect(step()).toBe(last);
    expect(hash()).toContain('data=moons&batch=32&');
    for (const [chart, color] of [
      ['loss', '--test'],
      ['accuracy', '--test'],
      ['slopes', '--layer-1'],
    ] as const)
      expect(inked(`[data-show=chart-${chart}]`, color)).toBeGreaterThan(10);
  });

  it('until its offer is dismissed', async () => {
    start(ENDLESS);
    await pauseSomewhere();
    await until(async () => (await keptStep()) > 0, 'it is kept');
    leave();
    start(RUN);
    await expect.element(page.getByRole('status')).toHaveTextContent('A run on moons was kept in this browser.');
    await button('Dismiss').click();
    expect(said()).toEqual(['', '']);
    await until(async () => (await keptStep()) === -1, 'it is forgotten');
  });

  it('or forgotten, or saved, and the page is left before the worker answers: nothing is thrown or told', async () => {
    const thrown: unknown[] = [];
    const note = (event: PromiseRejectionEvent) => {
      event.preventDefault();
      thrown.push(event.reason);
    };
    window.addEventListener('unhandledrejection', note);
    onTestFinished(() => window.removeEventListener('unhandledrejection', note));
    start(ENDLESS);
    await pauseSomewhere();
    await until(async () => (await keptStep()) > 0, 'it is kept');
    press('Save run');
    leave();
    start(RUN);
    await expect.element(button('Dismiss')).toBeVisible();
    expect(show('alert')).toBe('');
    press('Dismiss');
    leave();
    await wait(200);
    expect(thrown).toEqual([]);
  });

  it.each(['missing', 'full'])('nowhere where storage is %s, and nobody hears of it', async (name) => {
    start(RUN, () => new Worker(new URL('./without-storage.ts', import.meta.url), { type: 'module', name }));
    await button('Train').click();
    await isDone();
    await wait(200);
    expect(said()).toEqual(['', '']);
    expect(await keptStep()).toBe(-1);
  });
});

describe('a file', () => {
  it('is saved, and opened by choosing or dropping it: settings and step are as they were', async () => {
    start(ENDLESS);
    await expect.element(button('Save run')).toBeDisabled();
    await pauseSomewhere();
    const file = await savedBits();
    const saved = readCheckpoint(file);
    // What is on its way to the GPU is not told yet.
    expect(saved.step).toBeGreaterThanOrEqual(step());
    expect(saved.note).toBe(hash());
    await button('Reset').click();
    await expect.element(button('Save run')).toBeDisabled();
    leave();

    for (const give of [
      () => choose(file),
      () => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([file], 'run.safetensors'));
        const drop = new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true });
        document.querySelector('main')?.dispatchEvent(drop);
        expect(drop.defaultPrevented).toBe(true);
      },
    ]) {
      start('#data=xor');
      await expect.element(button('Open run')).toBeEnabled();
      give();
      await until(() => step() > saved.step, 'it goes on');
      expect(hash()).toBe(saved.note);
      expect(page.getByLabelText('Hidden widths').element()).toHaveValue('8, 4');
      leave();
    }
  });

  it('that is none, cut off, or of another time is refused in a sentence, and what was there stays', async () => {
    start(ENDLESS);
    await pauseSomewhere();
    const file = await savedBits();
    // Not by TextDecoder, whose latin1 is windows-1252: it would change bytes of the header's length.
    const text = Array.from(file, (byte) => String.fromCharCode(byte)).join('');
    const bytes = (changed: string) => Uint8Array.from(changed, (letter) => letter.charCodeAt(0));
    await drawn();
    const before = { hash: hash(), step: step() };
    for (const [given, reason] of [
      [new Uint8Array([1, 2, 3]), /these 3 bytes are no saved run/],
      [bytes('something else'), /these 14 bytes are no saved run/],
      [file.slice(0, -5), /damaged or cut off/],
      [bytes(text.replace('"version":"1"', '"version":"0"')), /has version 0 of the format/],
      [bytes(text.replace('"format":"rectigrad"', '"format":"pytorches"')), /was not saved by a trainer/],
    ] as const) {
      choose(given);
      await until(() => reason.test(show('alert')), `it says ${reason.source}`);
      expect(show('alert')).toMatch(/^This run cannot be opened: [^;]*\. Open one that Save run has made\.$/);
      await button('Dismiss').click();
    }
    expect({ hash: hash(), step: step() }).toEqual(before);
    await button('Continue').click();
    await until(() => step() > before.step, 'the run is still there');
  });
});
