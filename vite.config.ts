// One configuration: the demo page (default), the library (`--mode library`) and the three rings of tests.
import { playwright } from '@vitest/browser-playwright';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { wgsl } from './src/wgsl/plugin.ts';
import { browserLaunch } from './test/support/browser-launch.ts';

/** Tells the demo's service worker what it is to keep: all that is built but itself, and the guide, which is copied. */
const offline: Plugin = {
  name: 'rectigrad:offline',
  apply: 'build',
  generateBundle: {
    order: 'post',
    handler(_, bundle) {
      const worker = bundle['offline.js'];
      if (worker?.type !== 'chunk') return;
      const files = Object.keys(bundle).filter((name) => !/^(offline\.js|index\.html)$|\.map$/.test(name));
      worker.code = worker.code.replace('FILES', files.sort().join(' '));
    },
  },
};

/** A link to the guide that is not made yet would open the demo again. */
const guide: Plugin = {
  name: 'rectigrad:guide',
  configureServer: (server) => () => {
    server.middlewares.use(({ originalUrl }, response, next) => {
      if (!originalUrl?.startsWith('/guide/')) return next();
      response.statusCode = 404;
      response.end('No such page. The guide is made by: npm run guide');
    });
  },
};

export default defineConfig(({ mode }) => ({
  base: './', // the built page runs below any path
  // Served and built as they are: what `npm run guide` makes.
  publicDir: mode === 'library' ? false : 'node_modules/.cache/site',
  // The demo alone: other pages in the tree have dependencies of their own, which need not be installed.
  optimizeDeps: { entries: ['index.html'] },
  plugins: [wgsl(), offline, guide],
  worker: { format: 'es' as const, plugins: () => [wgsl()] },
  build:
    mode === 'library'
      ? {
          outDir: 'dist',
          sourcemap: true,
          lib: {
            entry: { index: 'src/index.ts', node: 'src/node.ts', worker: 'src/worker/index.ts' },
            formats: ['es'] as const,
          },
          rolldownOptions: {
            external: ['webgpu', /^node:/],
            // Vite leaves the whitespace of a library alone; pages without a bundler load this file as it is.
            output: {
              minify: { compress: true, mangle: { keepNames: { class: true, function: false } }, codegen: true },
              chunkFileNames: '[name].js',
            },
          },
        }
      : {
          outDir: 'demo-dist',
          rolldownOptions: {
            input: ['index.html', 'demo/offline.ts'],
            // A service worker reaches what lies below it.
            output: { entryFileNames: ({ name }) => (name === 'offline' ? 'offline.js' : 'assets/[name]-[hash].js') },
          },
        },
  test: {
    reporters: ['default', './test/support/reporter.ts'],
    maxWorkers: '100%',
    projects: [
      {
        extends: true as const,
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/gpu/**', 'test/browser/**'],
          pool: 'forks' as const,
          testTimeout: 60_000,
        },
      },
      {
        extends: true as const,
        test: {
          name: 'gpu',
          include: ['test/gpu/**/*.test.ts'],
          setupFiles: ['test/support/gpu-setup.ts'],
          // A thread's environment never reaches the C library, where the Vulkan loader looks for its driver.
          pool: 'forks' as const,
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true as const,
        // Found while a page runs, a new dependency would reload it in the middle of a test.
        optimizeDeps: { include: ['axe-core', 'fast-check', 'uplot'] },
        test: {
          name: 'browser',
          // By itself, after the others: a page's tests drive one page after another, and some measure time.
          sequence: { groupOrder: 1 },
          maxWorkers: 1,
          include: ['test/browser/**/*.test.ts'],
          setupFiles: ['test/support/browser-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            // In a POSIX locale Chromium's language is 'en-US@posix', which Intl refuses.
            provider: playwright({ launchOptions: browserLaunch(), contextOptions: { locale: 'en-US' } }),
            instances: [{ browser: 'chromium' as const }],
          },
        },
      },
    ],
  },
}));
