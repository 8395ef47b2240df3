// WGSL text → facts. Runs in the build and in tests alone; the parser is never shipped.
import { WgslReflect } from 'wgsl_reflect/wgsl_reflect.module.js';
import { type Binding, ENABLE, type Field, type Fragment, type Role } from './fragment.ts';

interface TypeInfo {
  readonly name: string;
  readonly size: number;
  readonly format?: TypeInfo | null;
  readonly members?: readonly { readonly name: string; readonly offset: number; readonly type: TypeInfo }[];
}

const SCALAR = { u: 'u32', i: 'i32', f: 'f32' } as const;

function field(name: string, offset: number, type: TypeInfo): Field {
  // Both spellings occur: `vec4f` and `vec4<f32>`.
  const text = type.format ? `${type.name}<${type.format.name}>` : type.name;
  const match = /^(?:vec([234])(?:<?))?([uif])(?:32)?>?$/.exec(text);
  if (!match?.[2])
    throw new Error(`field ${name}: a uniform field must be u32, i32, f32 or a vector of them, got ${text}`);
  return { name, offset, type: SCALAR[match[2] as keyof typeof SCALAR], length: Number(match[1] ?? 1) };
}

/** `file` is the path below `shaders/`, such as `core/gemm.wgsl`. */
export function reflect(file: string, code: string): Fragment {
  const role = file.split('/')[0] as Role;
  const facts = new WgslReflect(code);
  const constants: Record<string, number> = {};
  for (const [, name, value] of code.matchAll(/^const\s+(\w+)(?:\s*:\s*\w+)?\s*=\s*(\d+(?:\.\d+)?)[uif]?\s*;/gm))
    if (name) constants[name] = Number(value);

  const bindings: Binding[] = [...facts.uniforms, ...facts.storage].map((variable) => {
    // A type that another fragment declares is not known here, and its layout not needed.
    const type = (variable.type ?? { name: '', size: 0 }) as unknown as TypeInfo;
    const struct = type.members ? type : type.format?.members ? type.format : null;
    const uniform = facts.uniforms.includes(variable);
    return {
      name: variable.name,
      group: variable.group,
      binding: variable.binding,
      kind: uniform ? 'uniform' : variable.access === 'read_write' ? 'read_write' : 'read',
      // A uniform is bound in units of 16 bytes; elements of an array follow each other.
      size: struct === type ? Math.ceil(type.size / 16) * 16 : (struct?.size ?? 0),
      fields: (struct?.members ?? []).map((member) => field(member.name, member.offset, member.type)),
    };
  });
  bindings.sort((a, b) => a.group - b.group || a.binding - b.binding);

  const main = facts.entry.compute[0];
  let workgroup: Fragment['workgroup'] = null;
  if (main) {
    const value = main.attributes?.find((attribute) => attribute.name === 'workgroup_size')?.value ?? [];
    const sizes = (Array.isArray(value) ? value : [value]).map((text) => constants[text] ?? Number(text));
    if (sizes.length === 0 || sizes.some((size) => !Number.isInteger(size)))
      throw new Error(`${file}: @workgroup_size must be numbers or module constants, got ${JSON.stringify(value)}`);
    workgroup = [sizes[0] ?? 1, sizes[1] ?? 1, sizes[2] ?? 1];
  }
  return {
    file,
    role,
    code: code.trimEnd(),
    bindings,
    overrides: facts.overrides.map((override) => override.name),
    enables: [...code.matchAll(ENABLE)].map(([, name]) => name as string),
    constants,
    workgroup,
  };
}
