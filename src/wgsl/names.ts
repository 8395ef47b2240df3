// The names that a WGSL text declares at module scope, and a fragment made of a caller's own text. No parser: this much is
// needed where a page brings its own rectifier.
import type { Fragment } from './fragment.ts';

export function declaredNames(code: string): string[] {
  const plain = code.replace(/\/\/.*$/gm, '').replace(/\/\*[\s\S]*?\*\//g, '');
  const names: string[] = [];
  let depth = 0;
  // A declaration counts at brace depth 0 only.
  for (const [token, , name] of plain.matchAll(
    /[{}]|\b(fn|struct|const|override|alias|var(?:\s*<[^>]*>)?)\s+([A-Za-z_]\w*)/g,
  )) {
    if (token === '{') depth += 1;
    else if (token === '}') depth -= 1;
    else if (depth === 0 && name) names.push(name);
  }
  return names;
}

/** A rectifier fragment from text: three functions and whatever constants they need; no bindings. */
export function actFragment(file: string, code: string): Fragment {
  const names = declaredNames(code);
  return { file, role: 'act', code, names, bindings: [], overrides: [], enables: [], constants: {}, workgroup: null };
}
