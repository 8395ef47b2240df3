// `npm run bench`: runs bench.ts under Node. Vite turns its TypeScript and WGSL imports into modules.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const { module: plugins } = await runnerImport(fileURLToPath(new URL('../../src/wgsl/plugin.ts', import.meta.url)));
const { module } = await runnerImport(fileURLToPath(new URL('./bench.ts', import.meta.url)), {
  configFile: false,
  logLevel: 'error',
  plugins: [plugins.wgsl()],
});
process.exitCode = await module.main(process.argv.slice(2));
