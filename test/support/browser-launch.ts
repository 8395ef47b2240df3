// How the tests start a browser.
import { unpack } from './software-gpu.ts';

/**
 * Launch options for Playwright's Chromium.
 * TEST_BROWSER = bundled (default on Linux x64) | chrome | msedge | a path to one; TEST_GPU = system uses the real GPU.
 */
export function browserLaunch() {
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
