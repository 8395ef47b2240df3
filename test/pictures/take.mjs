// Takes the README's pictures: the demo after its first preset, wide and on a phone, in light and in dark.
// `npm run pictures`
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { createServer, runnerImport } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = `${root}demo/pictures/`;
const { module: launch } = await runnerImport(`${root}test/support/browser-launch.ts`);

const SIZES = { wide: { width: 1440, height: 1000 }, phone: { width: 390, height: 844 } };

const server = await createServer({ root, logLevel: 'error', server: { port: 0 } });
await server.listen();
const browser = await chromium.launch(launch.browserLaunch());
try {
  for (const colorScheme of ['light', 'dark']) {
    const page = await browser.newPage({ viewport: SIZES.wide, locale: 'en-US', colorScheme });
    await page.goto(server.resolvedUrls?.local[0] ?? '');
    await page.getByRole('button', { name: /^Watch slopes learn/ }).click();
    await page.getByRole('button', { name: 'Train again', exact: true }).waitFor({ timeout: 300_000 });
    for (const [name, size] of Object.entries(SIZES)) {
      await page.setViewportSize(size);
      const start = name === 'phone' ? page.locator('.network') : page.locator('body');
      await start.evaluate((element) => element.scrollIntoView({ block: 'start', behavior: 'instant' }));
      await page.mouse.move(0, 0);
      // Drawn again for the new size, in frames of its own.
      await page.waitForTimeout(1000);
      const path = `${folder}${name}-${colorScheme}.png`;
      await page.screenshot({ path });
      process.stdout.write(`${path}\n`);
    }
    await page.close();
  }
} finally {
  await browser.close();
  await server.close();
}
