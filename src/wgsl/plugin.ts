// The Vite plugin that turns `import gemm from '.../shaders/core/gemm.wgsl'` into a Fragment: text and facts.
import type { Plugin } from 'vite';
import { reflect } from './reflect.ts';

/** What is built is sent without comments; what is served keeps them, for whoever reads a kernel in the debugger. */
export function wgsl(): Plugin {
  let built = false;
  return {
    name: 'rectigrad:wgsl',
    enforce: 'pre',
    configResolved({ command }) {
      built = command === 'build';
    },
    transform: {
      filter: { id: /\/shaders\/.+\.wgsl$/ },
      handler(code, id) {
        const file = id.slice(id.lastIndexOf('/shaders/') + '/shaders/'.length);
        const fragment = reflect(file, code);
        const value = built ? { ...fragment, code: slim(fragment.code) } : fragment;
        return { code: `export default ${JSON.stringify(value)}`, map: null, moduleType: 'js' };
      },
    },
  };
}

/**
 * `code` without comments and without most of the spaces that no token needs. Every token stays on its line, so that a
 * compile error still names the line of the file.
 */
export function slim(code: string): string {
  return (
    code
      .replace(/\/\/.*|\/\*[\s\S]*?\*\//g, (comment) => ` ${comment.replace(/[^\n]/g, '')}`)
      .replace(/[ \t]+/g, ' ')
      .replace(/ ?([\n,;:(){}[\]]) ?/g, '$1')
      // Not between two operators: `a - -b` must not become `a--b`.
      .replace(/(?<=[\w)\]]) ?([-+*/%<>=!&|^]+) ?(?=[\w(])/g, '$1')
  );
}
