// Runs the peers' page (test/bench/peers) in a headless browser.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { createServer } from 'vite';
import { wgsl } from '../../src/wgsl/plugin.ts';
import { browserLaunch } from '../support/browser-launch.ts';
import type { Counts } from './count.ts';
import type { bench } from './peers/page.ts';
import type { Workload } from './workloads.ts';

export interface PeerResult {
  readonly workload: string;
  readonly library: string;
  readonly stepsPerSecond: number;
  /** Of rectigrad, in the same page and in turns. */
  readonly oursPerSecond: number;
  /** How many times as fast rectigrad is. */
  readonly ratio: number;
  readonly perStep: Counts;
  /** The largest over the first steps, from the same weights on the same batches; infinite if a loss is no number. */
  readonly lossDifference: number;
  readonly lossesAgree: boolean;
}

const PEERS = [
  ['tensorflow', 'TensorFlow.js 4.22.0'],
  ['jax', 'jax-js 0.1.25'],
] as const;

const TOLERANCE = 1e-4;
const folder = fileURLToPath(new URL('./peers/', import.meta.url));

/** What to do before the peers can run; null if they can. */
export function peersMissing(): string | null {
  return existsSync(`${folder}node_modules/@tensorflow/tfjs-core`) && existsSync(`${folder}node_modules/@jax-js/jax`)
    ? null
    : 'The peers are not installed: run `npm ci --prefix test/bench/peers`, then this again.';
}

export async function runPeers(
  workloads: readonly Workload[],
  steps: number | undefined,
  progress: (text: string) => void,
) {
  const server = await createServer({
    configFile: false,
    root: folder,
    logLevel: 'error',
    plugins: [wgsl()],
    server: { port: 0, hmr: false, fs: { allow: [fileURLToPath(new URL('../../', import.meta.url))] } },
    // Found while the page runs, they would reload it.
    optimizeDeps: {
      include: [
        '@tensorflow/tfjs-core',
        '@tensorflow/tfjs-core/dist/register_all_gradients.js',
        '@tensorflow/tfjs-backend-webgpu',
        '@jax-js/jax',
      ],
    },
  });
  await server.listen();
  const browser = await chromium.launch(browserLaunch());
  try {
    const results: PeerResult[] = [];
    let adapter = '';
    for (const workload of workloads)
      for (const [library, name] of PEERS) {
        progress(`${workload.name}: ${name} in the browser`);
        const page = await browser.newPage();
        page.on('pageerror', ({ message }) => progress(message));
        await page.goto(server.resolvedUrls?.local[0] ?? '');
        await page.waitForFunction(() => 'bench' in globalThis);
        const found = await page.evaluate(
          ([each, peer, count]) => (globalThis as unknown as { bench: Bench }).bench(each, peer, count),
          [workload, library, steps] as const,
        );
        await page.close();
        adapter = found.adapter;
        const [ours, theirs] = found.stepsPerSecond;
        const lossDifference = found.lossDifference ?? Number.POSITIVE_INFINITY;
        results.push({
          workload: workload.name,
          library: name,
          stepsPerSecond: theirs,
          oursPerSecond: ours,
          ratio: ours / theirs,
          perStep: found.perStep[1] as Counts,
          lossDifference,
          lossesAgree: lossDifference <= TOLERANCE,
        });
      }
    return { adapter, results };
  } finally {
    await browser.close();
    await server.close();
  }
}

type Bench = typeof bench;
