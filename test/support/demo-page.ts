// The demo's page in a browser test: as it is served, started at a link and left again, and how tests look at it.
import { expect, onTestFinished } from 'vitest';
import { page } from 'vitest/browser';
import '../../demo/style.css';
import '../../demo/views.css';
import { startDemo } from '../../demo/demo.ts';
import html from '../../index.html?raw';
import { readCheckpoint } from '../../src/index.ts';

let stop = () => {};

/** Animation frames that the page waits for. */
const asked = new Set<number>();
const [request, cancel] = [requestAnimationFrame.bind(window), cancelAnimationFrame.bind(window)];
window.requestAnimationFrame = (draw) => {
  const frame = request((now) => {
    asked.delete(frame);
    draw(now);
  });
  asked.add(frame);
  return frame;
};
window.cancelAnimationFrame = (frame) => {
  asked.delete(frame);
  cancel(frame);
};

/** Its elements, of which nothing is started yet; removed at the test's end. */
export function mount(): void {
  document.body.innerHTML = new DOMParser().parseFromString(html, 'text/html').body.innerHTML;
  onTestFinished(leave);
}

/** Opens the page at `hash`; it is left at the test's end. `openWorker` as startDemo's. */
export function start(hash: string, openWorker?: () => Worker): void {
  mount();
  history.replaceState(null, '', hash);
  stop = startDemo(document.body, openWorker);
}

export function leave(): void {
  // A field that is removed with the keyboard in it says that it was changed.
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  stop();
  stop = () => {};
  document.body.replaceChildren();
  history.replaceState(null, '', location.pathname + location.search);
}

/** No other page has it: tests of what is kept, or downloaded, begin with none. */
export async function clearStorage(): Promise<void> {
  await caches.delete('rectigrad-data');
  const folder = await navigator.storage.getDirectory();
  await folder.removeEntry('run.safetensors').catch(() => undefined);
}

/** The run that is kept, whole; null if none is. */
export async function keptRun(): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    const folder = await navigator.storage.getDirectory();
    const file = await (await folder.getFileHandle('run.safetensors')).getFile();
    const bytes = new Uint8Array(await file.arrayBuffer());
    // There is an empty file before there is one.
    readCheckpoint(bytes);
    return bytes;
  } catch {
    return null;
  }
}

export const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
/** At once: a pointer's click takes as long as some epochs do. */
export const press = (name: string | RegExp) => (button(name).element() as HTMLElement).click();
export const part = (name: string) => document.querySelector<HTMLElement>(`[data-show="${name}"]`);
export const show = (name: string) => part(name)?.textContent ?? '';
/** How many dots of a chart have one of the style sheet's colours. */
export function inked(chart: string, color: string): number {
  const canvas = document.querySelector<HTMLCanvasElement>(`${chart} canvas`);
  const hex = getComputedStyle(document.documentElement).getPropertyValue(color);
  const wanted = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join();
  const { data = [] } = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? {};
  return Array.from({ length: data.length / 4 }, (_, dot) => data.slice(4 * dot, 4 * dot + 3).join()).filter(
    (dot) => dot === wanted,
  ).length;
}
export const step = () => Number.parseFloat(show('step').replaceAll(',', ''));
export const until = (condition: () => boolean | Promise<boolean>, what: string, timeout = 30_000) =>
  expect.poll(condition, { timeout, interval: 20, message: what }).toBe(true);
/** Until nothing waits to be drawn: where there is much, the page takes several frames. Never, while it trains. */
export const drawn = () => until(() => asked.size === 0, 'all is drawn');
export const wait = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
