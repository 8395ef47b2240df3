// One configuration: the demo page (default), the library (`--mode library`) and the three rings of tests.
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { wgsl } from './src/wgsl/plugin.ts';
import { unpack } from './test/support/software-gpu.ts';

/**
 * How the tests start a browser.
 * TEST_BROWSER = bundled (default on Linux x64) | chrome | msedge | a path to one; TEST_GPU = system uses the real GPU.
 */
function browserLaunch() {
  const folder = unpack('chromium');
  const want = process.env.TEST_BROWSER ?? (folder ? 'bundled' : 'chrome');
  const webgpu = ['--enable-unsafe-webgpu'];
  const hardware =
    process.platform === 'linux'
      ? [...webgpu, '--enable-features=Vulkan', '--use-angle=vulkan', '--disable-vulkan-surface']
      : webgpu;
  // Compute needs the first three only; without the rest, a page that presents to a WebGPU canvas loses its GPU.
  const software = [
    ...webgpu,
    '--no-sandbox',
    '--use-webgpu-adapter=swiftshader',
    '--use-angle=swiftshader',
    '--enable-features=Vulkan',
    '--use-vulkan=swiftshader',
    // Beside WebGPU, screenshots of accelerated 2-D canvases hang on this driver.
    '--disable-accelerated-2d-canvas',
  ];
  if (want === 'chrome' || want === 'msedge') return { channel: want, args: hardware };
  if (want !== 'bundled')
    return { executablePath: want, args: process.env.TEST_GPU === 'system' ? hardware : software };
  const { LD_LIBRARY_PATH = '', ...env } = process.env as Record<string, string>;
  return {
    executablePath: `${folder}/chromium`,
    args: software,
    env: { ...env, FONTCONFIG_PATH: `${folder}`, LD_LIBRARY_PATH: `${folder}/lib:${LD_LIBRARY_PATH}` },
  };
}

export default defineConfig(({ mode }) => ({
  base: './', // the built page runs below any path
  plugins: [wgsl()],
  build:
    mode === 'library'
      ? {
          outDir: 'dist',
          sourcemap: true,
          lib: { entry: { index: 'src/index.ts' }, formats: ['es'] as const },
          rolldownOptions: { external: ['webgpu', /^node:/] },
        }
      : { outDir: 'demo-dist' },
  test: {
    reporters: ['default', './test/support/reporter.ts'],
    projects: [
      {
        extends: true as const,
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/gpu/**', 'test/browser/**'],
          pool: 'forks' as const,
          testTimeout: 20_000,
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
        optimizeDeps: { include: ['fast-check', 'uplot'] },
        test: {
          name: 'browser',
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
