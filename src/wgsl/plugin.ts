// The Vite plugin that turns `import gemm from '.../shaders/core/gemm.wgsl'` into a Fragment: text and facts.
import type { Plugin } from 'vite';
import { reflect } from './reflect.ts';

export function wgsl(): Plugin {
  return {
    name: 'rectigrad:wgsl',
    enforce: 'pre',
    transform: {
      filter: { id: /\/shaders\/.+\.wgsl$/ },
      handler(code, id) {
        const file = id.slice(id.lastIndexOf('/shaders/') + '/shaders/'.length);
        return { code: `export default ${JSON.stringify(reflect(file, code))}`, map: null, moduleType: 'js' };
      },
    },
  };
}
