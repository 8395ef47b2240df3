// The demo as it is built: below any path, with its worker and what that loads.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright';
import { expect, it } from 'vitest';
import { browserLaunch } from '../support/browser-launch.ts';
import { node, root, serve, VITE } from './consumer.ts';

it('trains in its worker, below any path', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rectigrad-demo-'));
  const built = join(folder, 'some/where');
  await node([VITE, 'build', '--outDir', built, '--emptyOutDir', '--logLevel', 'error'], root);
  const assets = readdirSync(join(built, 'assets'));
  expect(assets.filter((name) => /^worker-.*\.js$/.test(name))).toHaveLength(1);
  const sizes = assets
    .filter((name) => /\.(js|css)$/.test(name))
    .map((name) => [name, gzipSync(readFileSync(join(built, 'assets', name))).length] as const);
  console.info(sizes.map(([name, size]) => `${name}: ${size} bytes gzipped`).join('\n'));
  expect(sizes.reduce((sum, [, size]) => sum + size, 0)).toBeLessThan(150_000);
  const { server, address } = await serve(folder);
  const browser = await chromium.launch(browserLaunch());
  try {
    const tab = await browser.newPage({ locale: 'en-US' });
    const failures: string[] = [];
    tab.on('pageerror', (error) => failures.push(error.message));
    tab.on('response', (response) => {
      if (!response.ok() && !response.url().endsWith('favicon.ico')) failures.push(response.url());
    });
    await tab.goto(`${address}/some/where/index.html#data=digits&hidden=16&epochs=1`);
    await tab.getByRole('button', { name: 'Train' }).click();
    const isDone = async () => failures[0] ?? (await tab.getByRole('button', { name: 'Train again' }).count());
    await expect.poll(isDone, { timeout: 30_000 }).toBe(1);
    expect(await tab.getByRole('row', { name: /^Test/ }).getByRole('cell').nth(1).textContent()).toMatch(/^\d+\.\d %$/);
  } finally {
    await browser.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
