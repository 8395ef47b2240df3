// The demo as it is built: below any path, with its worker and what that loads.
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { browserLaunch } from '../support/browser-launch.ts';
import { node, root, serve, VITE } from './consumer.ts';

const folder = mkdtempSync(join(tmpdir(), 'rectigrad-demo-'));
const built = join(folder, 'some/where');
let server: Server;
let address = '';

beforeAll(async () => {
  await node([VITE, 'build', '--outDir', built, '--emptyOutDir', '--logLevel', 'error'], root);
  ({ server, address } = await serve(folder));
}, 60_000);

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens the page on a link, and says what has failed so far. */
async function open(args: readonly string[], hash: string) {
  const launch = browserLaunch();
  const browser = await chromium.launch({ ...launch, args: [...launch.args, ...args] });
  const tab = await browser.newPage({ locale: 'en-US' });
  const failures: string[] = [];
  const loaded = new Set<string>();
  tab.on('pageerror', (error) => failures.push(error.message));
  tab.on('response', (response) => {
    loaded.add(new URL(response.url()).pathname);
    if (!response.ok() && !response.url().endsWith('favicon.ico')) failures.push(response.url());
  });
  await tab.goto(`${address}/some/where/index.html#${hash}`);
  await tab.getByRole('button', { name: 'Train' }).click();
  return { browser, tab, failures, loaded };
}

it('trains in its worker, below any path, with less than 150 kB to load', { timeout: 60_000 }, async () => {
  const { browser, tab, failures, loaded } = await open([], 'data=digits&hidden=16&epochs=1');
  try {
    const isDone = async () => failures[0] ?? (await tab.getByRole('button', { name: 'Train again' }).count());
    await expect.poll(isDone, { timeout: 30_000 }).toBe(1);
    expect(await tab.getByRole('row', { name: /^Test/ }).getByRole('cell').nth(1).textContent()).toMatch(/^\d+\.\d %$/);
    const scripts = [...loaded].filter((path) => /\.(js|css|html)$/.test(path));
    expect(scripts.filter((path) => /worker-.*\.js$/.test(path))).toHaveLength(1);
    const sizes = scripts.map((path) => [path, gzipSync(readFileSync(join(folder, path))).length] as const);
    console.info(sizes.map(([path, size]) => `${path}: ${size} bytes gzipped`).join('\n'));
    expect(sizes.reduce((sum, [, size]) => sum + size, 0)).toBeLessThan(150_000);
  } finally {
    await browser.close();
  }
});

it('opens and trains without a network after the first visit', { timeout: 90_000 }, async () => {
  const { server: first, address: home } = await serve(folder);
  const browser = await chromium.launch(browserLaunch());
  try {
    const tab = await browser.newPage({ locale: 'en-US' });
    await tab.goto(`${home}/some/where/`);
    await tab.evaluate('navigator.serviceWorker.ready.then(() => 0)');
    await new Promise((resolve) => first.close(resolve).closeAllConnections());
    await expect(fetch(`${home}/some/where/`)).rejects.toThrow();
    for (const path of ['', 'index.html']) {
      await tab.goto('about:blank');
      await tab.goto(`${home}/some/where/${path}#data=digits&hidden=16&epochs=1`);
      await tab.getByRole('button', { name: 'Train', exact: true }).click();
      await tab.getByRole('button', { name: 'Train again' }).waitFor({ timeout: 30_000 });
    }
    // What most visits never need is there, too.
    const files = [{ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from('1,0\n2,1\n'.repeat(20)) }];
    await tab.getByLabel('Data set', { exact: true }).selectOption('files');
    await tab.locator('input[type=file][aria-label="Choose files"]').setInputFiles(files);
    await tab.getByText('Read: 40 samples').waitFor();
    // A page somewhere else on this host has a cache of its own.
    expect(await tab.evaluate('caches.keys()')).toEqual([expect.stringContaining(`${home}/some/where/ `)]);
  } finally {
    await browser.close();
    first.close();
  }
});

it('keeps a new page with its own parts, though the browser’s cache still has the old one', async () => {
  const place = join(folder, 'deployed');
  cpSync(built, place, { recursive: true });
  const { server: host, address: home } = await serve(place, { 'cache-control': 'max-age=600' });
  const browser = await chromium.launch(browserLaunch());
  try {
    const context = await browser.newContext({ locale: 'en-US' });
    const visit = async () => {
      const tab = await context.newPage();
      await tab.goto(`${home}/`);
      await tab.evaluate('navigator.serviceWorker.ready.then(() => 0)');
      return tab;
    };
    await (await visit()).close();
    const [script = ''] = /index-[^"]+\.js/.exec(readFileSync(join(place, 'index.html'), 'utf8')) ?? [];
    renameSync(join(place, 'assets', script), join(place, 'assets/index-new.js'));
    for (const file of ['index.html', 'offline.js'].map((name) => join(place, name)))
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll(script, 'index-new.js'));
    const tab = await visit();
    const newest = '(async () => (await caches.keys()).find((name) => name.includes("index-new.js")))()';
    await expect.poll(() => tab.evaluate(newest), { timeout: 20_000 }).toBeTruthy();
    const page = `(async () => (await (await (await caches.open(await ${newest})).match('./'))?.text()) ?? '')()`;
    await expect.poll(() => tab.evaluate(page), { timeout: 20_000 }).toContain('<h1>');
    expect(await tab.evaluate(page)).toContain('assets/index-new.js');
  } finally {
    await browser.close();
    host.close();
  }
});

const MINUTES = Number(process.env.MINUTES ?? 2);

/** What the page's JavaScript holds, and the processes of page with worker, and of the GPU, where the system tells. */
interface Held {
  readonly heap: number;
  readonly renderer: number;
  readonly gpu: number;
}
/**
 * By which the second half's least may exceed the first's. The page keeps at most 500 moments of a run, which are 1 MB of
 * this small network. Processes grow in steps for some minutes, by 65 MB in all, and not in the six after those.
 */
const ROOM: Held = { heap: 2e6, renderer: 100e6, gpu: 100e6 };

it(`holds memory flat for ${MINUTES} minutes of training`, { timeout: (MINUTES + 1) * 60_000 }, async () => {
  const args = ['--enable-precise-memory-info', '--js-flags=--expose-gc'];
  const { browser, tab, failures } = await open(args, 'data=digits&hidden=64,64&batch=1&epochs=1000');
  try {
    const { processInfo } = await (await browser.newBrowserCDPSession()).send('SystemInfo.getProcessInfo');
    const resident = (type: string) => {
      if (process.platform !== 'linux') return 0;
      const ids = processInfo.filter((each) => each.type.toLowerCase() === type).map(({ id }) => id);
      return ids.reduce((sum, id) => {
        const [, size] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8')) ?? [];
        return sum + 1024 * Number(size);
      }, 0);
    };
    const measure = async (): Promise<Held> => {
      for (const worker of tab.workers()) await worker.evaluate('gc()');
      const heap = await tab.evaluate<number>('gc(), performance.memory.usedJSHeapSize');
      return { heap, renderer: resident('renderer'), gpu: resident('gpu') };
    };
    const step = async () => Number((await tab.locator('[data-show="step"]').textContent())?.replaceAll(',', ''));
    await expect.poll(step, { timeout: 30_000 }).toBeGreaterThan(0);
    const [start, first] = [performance.now(), await step()];
    const samples: Held[] = [];
    while (performance.now() - start < MINUTES * 60_000) {
      await tab.waitForTimeout(5_000);
      samples.push(await measure());
    }
    const steps = (await step()) - first;
    expect([failures, steps > 100]).toEqual([[], true]);
    const [early, late] = [samples.slice(0, samples.length / 2), samples.slice(samples.length / 2)];
    console.info(`${steps} steps`);
    const all = ['heap', 'renderer', 'gpu'] as const;
    for (const what of all)
      console.info(`${what}, MB: ${samples.map((each) => (each[what] / 1e6).toFixed(1)).join(' ')}`);
    for (const what of all) {
      const least = (part: readonly Held[]) => Math.min(...part.map((each) => each[what]));
      expect(least(late) - least(early), what).toBeLessThan(ROOM[what]);
    }
  } finally {
    await browser.close();
  }
});
