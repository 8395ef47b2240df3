// `npm run train`: runs train.ts under Node. Vite turns its TypeScript and WGSL imports into modules.
import { runnerImport } from 'vite';

const { module: plugins } = await runnerImport(new URL('../../src/wgsl/plugin.ts', import.meta.url).pathname);
const { module } = await runnerImport(new URL('./train.ts', import.meta.url).pathname, {
  configFile: false,
  logLevel: 'error',
  plugins: [plugins.wgsl()],
});
process.exitCode = await module.main(process.argv.slice(2));
