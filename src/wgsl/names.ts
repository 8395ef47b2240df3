// The names that a WGSL text declares at module scope, and a fragment made of a caller's own text. No parser: found when
// they are needed, since a list for each file would be a sixtieth of the package.
import type { Fragment } from './fragment.ts';

const known = new WeakMap<Fragment, readonly string[]>();

/** Everything that a fragment declares at module scope. */
export function namesOf(fragment: Fragment): readonly string[] {
  const names = known.get(fragment) ?? declaredNames(fragment.code);
  known.set(fragment, names);
  return names;
}

function declaredNames(code: string): string[] {
  const plain = code.replace(/\/\/.*$/gm, '').replace(/\/\*[\s\S]*?\*\//g, '');
  const names: string[] = [];
  let depth = 0;
  // A declaration counts at brace depth 0 only.
  for (const [token, , name] of plain.matchAll(
    /[{}]|\b(fn|struct|const|override|alias|var)\b(?:\s*<[^>]*>)?\s*([A-Za-z_]\w*)/g,
  )) {
    if (token === '{') depth += 1;
    else if (token === '}') depth -= 1;
    else if (depth === 0 && name) names.push(name);
  }
  return names;
}

/** A rectifier fragment from text: three functions and whatever constants they need; no bindings. */
export function actFragment(file: string, code: string): Fragment {
  return { file, role: 'act', code, bindings: [], overrides: [], enables: [], constants: {}, workgroup: null };
}
