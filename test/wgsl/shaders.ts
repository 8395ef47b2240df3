// All fragments of shaders/, every kernel that they can form, and a compiler for them: Dawn's null backend, which
// validates with Tint as a browser does and needs no driver.
import { compose, type Kernel, kernelName, type Parts } from '../../src/wgsl/compose.ts';
import { CONTRACT, type Fragment, type Role } from '../../src/wgsl/fragment.ts';
import { namesOf } from '../../src/wgsl/names.ts';
import { nullAdapter } from '../support/node-gpu.ts';

export const fragments: readonly Fragment[] = Object.values(
  import.meta.glob<Fragment>('../../shaders/**/*.wgsl', { eager: true, import: 'default' }),
);

export const ofRole = (role: Role): readonly Fragment[] => fragments.filter((fragment) => fragment.role === role);

/** Roles in which a core may have a partner. */
const PARTNERS = ['load', 'store', 'act', 'param', 'sample', 'pool', 'end', 'rule'] as const;

export function calls(fragment: Fragment, name: string): boolean {
  const code = fragment.code.replace(/\/\/.*|\/\*[\s\S]*?\*\//g, '');
  return new RegExp(`(?<!fn\\s+)\\b${name}\\s*\\(`).test(code);
}

/** Two fragments cannot bind one name; and one reads `rows`, which only the turn binds for it. */
function fits(chosen: readonly Fragment[]): boolean {
  const names = chosen.flatMap(({ bindings }) => bindings.map(({ name }) => name));
  if (new Set(names).size < names.length) return false;
  return names.includes('rows') || chosen.every(({ file }) => file !== 'sample/turned.wgsl');
}

/** Every choice of partners for `parts`: one fragment of each role whose functions a fragment already chosen calls, itself
 * or through a library. */
function combinations(parts: Parts): Parts[] {
  const own = Object.values(parts) as Fragment[];
  const used = ofRole('lib').filter((lib) =>
    own.some((fragment) => namesOf(lib).some((name) => calls(fragment, name))),
  );
  const chosen = [...own, ...used];
  const missing = PARTNERS.find(
    (role) => !parts[role] && CONTRACT[role].some((name) => chosen.some((fragment) => calls(fragment, name))),
  );
  if (!missing) return fits(chosen) ? [parts] : [];
  return ofRole(missing).flatMap((partner) => combinations({ ...parts, [missing]: partner }));
}

/**
 * Rectifiers meet all kinds of parameters in cores of their own. In an epilogue, each meets every store, and one of them
 * all that the others would meet as it does.
 */
function tells({ store, act, ...others }: Parts): boolean {
  const isFirst = ({ role, file }: Fragment) => file === ofRole(role)[0]?.file;
  return (
    !store ||
    !act ||
    isFirst(act) ||
    [others.load, others.param, others.sample, others.pool].every((part) => !part || isFirst(part))
  );
}

/** A kernel for every combination with `core`, but for such epilogues as tell nothing new. */
export function kernels(core: Fragment): { readonly name: string; readonly parts: Parts; readonly kernel: Kernel }[] {
  return combinations({ core })
    .filter(tells)
    .map((parts) => ({
      name: kernelName(parts),
      parts,
      kernel: compose(parts, ofRole('lib')),
    }));
}

/** A device that compiles and computes nothing, with the limits that WebGPU guarantees. */
export async function nullDevice(): Promise<GPUDevice> {
  return (await nullAdapter()).requestDevice({ requiredFeatures: ['shader-f16', 'subgroups'] });
}

/** What Tint and the pipeline's validation have against `kernel`, each with its place in the fragment's file. */
export async function complaints(
  device: GPUDevice,
  kernel: Kernel,
  constants: Readonly<Record<string, number>> = {},
): Promise<string[]> {
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ code: kernel.code });
  const { messages } = await module.getCompilationInfo();
  const errors = messages.filter(({ type }) => type === 'error');
  if (errors.length === 0) {
    const layout = device.createPipelineLayout({ bindGroupLayouts: layouts(device, kernel) });
    device.createComputePipeline({ layout, compute: { module, entryPoint: 'main', constants } });
  }
  const refusal = await device.popErrorScope();
  const placed = errors.map(({ lineNum, linePos, message }) => {
    const { file, line, column } = kernel.locate(lineNum, linePos);
    return `${file}:${line}:${column} ${message}`;
  });
  return placed.length > 0 || !refusal ? placed : [refusal.message];
}

const BUFFER_TYPE = { read: 'read-only-storage', read_write: 'storage', uniform: 'uniform' } as const;

function layouts(device: GPUDevice, { bindings }: Kernel): GPUBindGroupLayout[] {
  const last = Math.max(0, ...bindings.map(({ group }) => group));
  return Array.from({ length: last + 1 }, (_, index) =>
    device.createBindGroupLayout({
      entries: bindings
        .filter(({ group }) => group === index)
        .map(({ binding, kind }) => ({
          binding,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: BUFFER_TYPE[kind] },
        })),
    }),
  );
}
