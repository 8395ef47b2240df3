// `npm run experiment -- NAME [--seeds N]`: runs an experiment of experiments.ts under Node, prints its table and writes JSON.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const { module: plugins } = await runnerImport(fileURLToPath(new URL('../../src/wgsl/plugin.ts', import.meta.url)));
const { module } = await runnerImport(fileURLToPath(new URL('./experiments.ts', import.meta.url)), {
  configFile: false,
  logLevel: 'error',
  plugins: [plugins.wgsl()],
});
process.exitCode = await module.main(process.argv.slice(2));
