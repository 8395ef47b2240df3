// Kernels → compute pipelines. Layouts are explicit, made from what the WGSL binds, and pipelines are shared by all
// plans of a device.
import { ShaderError } from '../errors.ts';
import type { Kernel } from '../wgsl/compose.ts';
import type { Device } from './device.ts';

export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  /** Of group 0. */
  readonly layout: GPUBindGroupLayout;
}

export interface Kernels {
  /** The layout of group 1: the step state. */
  readonly stepLayout: GPUBindGroupLayout;
  /** Compiles, or gives what was compiled before. Throws ShaderError with the fragment's own file and line. */
  readonly pipeline: (kernel: Kernel, constants: Readonly<Record<string, number>>) => Promise<Pipeline>;
}

const TYPE = { read: 'read-only-storage', read_write: 'storage', uniform: 'uniform' } as const;

export function createKernels({ gpu, check }: Device): Kernels {
  const modules = new Map<string, Promise<GPUShaderModule>>();
  const pipelines = new Map<string, Promise<Pipeline>>();
  const stepLayout = gpu.createBindGroupLayout({
    label: 'step',
    entries: [{ binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'uniform' } }],
  });

  async function compile(kernel: Kernel): Promise<GPUShaderModule> {
    // The scope keeps the error, thrown below, from being reported twice.
    gpu.pushErrorScope('validation');
    const module = gpu.createShaderModule({ label: kernel.name, code: kernel.code });
    const [{ messages }] = await Promise.all([module.getCompilationInfo(), gpu.popErrorScope()]);
    const error = messages.find(({ type }) => type === 'error');
    if (error) {
      const { file, line, column } = kernel.locate(error.lineNum, error.linePos);
      throw new ShaderError(`${file}:${line}:${column}: ${error.message} (in ${kernel.name})`);
    }
    return module;
  }

  async function create(kernel: Kernel, constants: Readonly<Record<string, number>>): Promise<Pipeline> {
    const module = modules.get(kernel.code) ?? compile(kernel);
    modules.set(kernel.code, module);
    const groups = [0, 1].map((group) => kernel.bindings.filter((binding) => binding.group === group));
    const layout = gpu.createBindGroupLayout({
      label: kernel.name,
      entries: (groups[0] ?? []).map(({ binding, kind }) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: TYPE[kind] },
      })),
    });
    const bindGroupLayouts = groups[1]?.length ? [layout, stepLayout] : [layout];
    const compute = { module: await module, entryPoint: 'main', constants: { ...constants } };
    try {
      const pipeline = await gpu.createComputePipelineAsync({
        label: kernel.name,
        layout: gpu.createPipelineLayout({ bindGroupLayouts }),
        compute,
      });
      return { pipeline, layout };
    } catch (error) {
      check(); // a lost device refuses pipelines, too
      throw new ShaderError(`${kernel.name}: no pipeline: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  return {
    stepLayout,
    pipeline(kernel, constants) {
      // The name says which fragments; a caller's own rectifier may share a name with another, so the text counts.
      const key = `${kernel.code}\n${JSON.stringify(Object.entries(constants).sort(([a], [b]) => a.localeCompare(b)))}`;
      const known = pipelines.get(key) ?? create(kernel, constants);
      pipelines.set(key, known);
      return known;
    },
  };
}
