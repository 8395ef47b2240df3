// Fragments → one kernel: their texts joined, their facts united. Not a template engine: the only change made to a
// text is that a fragment's private names get its role as a suffix, so that two files may use the same name.
import { type Binding, CONTRACT, ENABLE, type Fragment } from './fragment.ts';
import { namesOf } from './names.ts';

/** The fragments of a kernel, by role; libraries are found by the names that the others use. */
export interface Parts {
  readonly core: Fragment;
  readonly load?: Fragment;
  readonly store?: Fragment;
  readonly act?: Fragment;
  readonly param?: Fragment;
  readonly sample?: Fragment;
  readonly pool?: Fragment;
  readonly end?: Fragment;
  readonly rule?: Fragment;
}

export interface Kernel {
  /** `gemm+dense+bias_act+prelu`. */
  readonly name: string;
  readonly code: string;
  readonly bindings: readonly Binding[];
  readonly overrides: readonly string[];
  readonly workgroup: readonly [number, number, number];
  /** Where a place in `code` comes from (lines and columns from 1). */
  locate(line: number, column: number): { file: string; line: number; column: number };
}

const TOKEN = /\/\/.*|\/\*[\s\S]*?\*\/|\.?\b[A-Za-z_]\w*/g;

function identifiers(code: string): Set<string> {
  const found = new Set<string>();
  for (const [token] of code.matchAll(TOKEN)) if (/^[A-Za-z_]/.test(token)) found.add(token);
  return found;
}

/** What a fragment declares for itself. Bindings and overrides keep their names: calls refer to them, so they must differ. */
function privateNames(fragment: Fragment): Set<string> {
  const { role, bindings, overrides } = fragment;
  if (role === 'lib' || role === 'core') return new Set();
  const kept = new Set([...CONTRACT[role], ...overrides, ...bindings.map((binding) => binding.name)]);
  return new Set(namesOf(fragment).filter((name) => !kept.has(name)));
}

function suffix(fragment: Fragment): string {
  const mine = privateNames(fragment);
  return fragment.code.replace(TOKEN, (token) => (mine.has(token) ? `${token}_${fragment.role}` : token));
}

/** The libraries whose names occur in `fragments`, and those that they need in turn, in the order of `libs`. */
function needed(fragments: readonly Fragment[], libs: readonly Fragment[]): Fragment[] {
  const taken = new Set<Fragment>();
  const visit = (fragment: Fragment): void => {
    const used = identifiers(fragment.code);
    for (const lib of libs)
      if (
        lib !== fragment &&
        !taken.has(lib) &&
        namesOf(lib).some((name) => used.has(name) && !namesOf(fragment).includes(name))
      ) {
        taken.add(lib);
        visit(lib);
      }
  };
  fragments.forEach(visit);
  return libs.filter((lib) => taken.has(lib));
}

/** `core/gemm.wgsl` is called `gemm`. */
export function nameOf({ file }: Fragment): string {
  return file.replace(/^\w+\/|\.wgsl$/g, '');
}

/** `gemm+dense+bias_act+prelu`: the same fragments always have the same name. */
export function kernelName(parts: Parts): string {
  return (
    fragmentsOf(parts)
      // The usual sample, pool and end, which bind nothing, go without saying.
      .filter(({ role, bindings }) => !['sample', 'pool', 'end'].includes(role) || bindings.length > 0)
      .map(nameOf)
      .join('+')
  );
}

function fragmentsOf(parts: Parts): Fragment[] {
  const { core, load, store, act, param, sample, pool, end, rule } = parts;
  return [core, load, store, act, param, sample, pool, end, rule].filter((part) => part !== undefined);
}

/** Joins fragments. Throws if two of them bind the same name or number, or none has a `main`. */
export function compose(parts: Parts, libs: readonly Fragment[]): Kernel {
  const own = fragmentsOf(parts);
  const all = [...needed(own, libs), ...own];
  const { workgroup } = parts.core;
  if (!workgroup) throw new Error(`compose: ${parts.core.file} has no @compute fn main`);

  const bindings: Binding[] = [];
  const used = identifiers(own.map(({ code }) => code).join('\n'));
  for (const fragment of all)
    for (const binding of fragment.bindings) {
      // A library may be there for its types alone.
      if (fragment.role === 'lib' && !used.has(binding.name)) continue;
      const clash = bindings.find(
        (b) => b.name === binding.name || (b.group === binding.group && b.binding === binding.binding),
      );
      if (clash)
        throw new Error(
          `compose: ${fragment.file} binds ${binding.name} at ${binding.group}.${binding.binding}, which ${clash.name} has in ${kernelName(parts)}`,
        );
      bindings.push(binding);
    }

  // A module's directives come before anything else; on one line, so that the lines of the fragments can be told.
  const enables = new Set(all.flatMap((fragment) => fragment.enables));
  const texts = all.map((fragment) => suffix(fragment).replace(ENABLE, ''));
  const starts: number[] = [];
  let line = 1;
  for (const text of texts) {
    starts.push(line);
    line += text.split('\n').length;
  }
  return {
    name: kernelName(parts),
    code: [...enables].map((name) => `enable ${name}; `).join('') + texts.join('\n'),
    bindings,
    overrides: all.flatMap((fragment) => fragment.overrides),
    workgroup,
    locate(at, column) {
      const index = Math.max(
        0,
        starts.findLastIndex((start) => start <= at),
      );
      const fragment = all[index] as Fragment;
      const within = at - (starts[index] ?? 1);
      const before = (fragment.code.split('\n')[within] ?? '').length;
      return {
        file: fragment.file,
        line: within + 1,
        column: Math.min(original(fragment, within, column), before + 1),
      };
    },
  };
}

/** Undoes the shift that suffixed names left of `column` caused. */
function original(fragment: Fragment, lineIndex: number, column: number): number {
  const mine = privateNames(fragment);
  let shift = 0;
  for (const match of (fragment.code.split('\n')[lineIndex] ?? '').matchAll(TOKEN)) {
    if (match.index + shift + 1 >= column) break;
    if (mine.has(match[0])) shift += fragment.role.length + 1;
  }
  return Math.max(1, column - shift);
}
