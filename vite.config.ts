import { defineConfig } from 'vitest/config';
import { wgsl } from './src/wgsl/plugin.ts';

export default defineConfig({
  plugins: [wgsl()],
});
