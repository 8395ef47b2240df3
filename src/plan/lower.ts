// Nodes → calls of a plan: kernels composed, tensors bound to places, uniforms packed in one buffer.
import { ArgumentError } from '../errors.ts';
import { type Graph, storageOf } from '../graph/graph.ts';
import { align } from '../graph/state.ts';
import type { BufferSpec, Extent, Made, Node, Place, Tensor } from '../graph/tensor.ts';
import { compose, type Kernel } from '../wgsl/compose.ts';
import type { Binding, Fragment } from '../wgsl/fragment.ts';
import { pack } from '../wgsl/pack.ts';
import { bytesOf } from './memory.ts';

export interface BoundRange extends Place {
  readonly binding: Binding;
  readonly bytes: number;
  /** Bytes that one call touches, at most `bytes`. */
  readonly touched: number;
  readonly label: string;
}

export interface Call {
  readonly made: Made;
  readonly kernel: Kernel;
  readonly ranges: readonly BoundRange[];
  readonly constants: Readonly<Record<string, number>>;
  readonly workgroups: readonly [x: number, y: number];
  readonly flops: number;
  /** Made only in steps that are asked about. */
  readonly optional: boolean;
  readonly text: string;
  /** Cores that compute the same, to the bit; none where there is no choice. */
  readonly cores: readonly Fragment[];
  readonly withCore: (core: Fragment) => Call;
}

/** WebGPU's default limit for the workgroups of one dimension; the rest goes to the second. */
const MAX_GROUPS = 65535;

/** The libraries a kernel may use, found by the names that occur in it. */
const LIBS: readonly Fragment[] = Object.values(
  import.meta.glob<Fragment>('../../shaders/lib/*.wgsl', { eager: true, import: 'default' }),
);

/** Nodes → calls, with all uniforms in one buffer. */
export function lower(graph: Graph, nodes: readonly Node[], placeOf: (tensor: Tensor) => Place) {
  const kernels = nodes.map(({ parts }) => compose(parts, LIBS));
  const numbers = new Map<Tensor, string>();
  const labelOf = (tensor: Tensor): string => {
    const storage = storageOf(tensor);
    const { name } = graph.notes(storage);
    if (name) return name;
    if (storage.origin.kind === 'input') return storage.origin.name;
    if (storage.origin.kind === 'buffer') return storage.origin.place.buffer.name;
    if (storage.origin.kind === 'call' && storage.origin.node.into) return labelOf(storage.origin.node.into);
    const label = numbers.get(storage) ?? `%${numbers.size + 1}`;
    numbers.set(storage, label);
    return label;
  };

  let bytes = 0;
  const offsets = kernels.map(({ bindings }) =>
    bindings.map((binding) => {
      if (binding.kind !== 'uniform' || binding.group !== 0) return -1;
      const offset = bytes;
      bytes += align(binding.size);
      return offset;
    }),
  );
  const contents = new DataView(new ArrayBuffer(Math.max(bytes, 256)));
  const uniforms: BufferSpec = {
    name: 'uniforms',
    bytes: contents.byteLength,
    initial: () => new Uint32Array(contents.buffer),
  };

  const turn = nodes.findIndex(({ updates }) =>
    Object.values(updates).some(({ origin }) => origin.kind === 'buffer' && origin.place.buffer === graph.step),
  );
  const calls = nodes.map((node, index): Call => {
    const kernel = kernels[index] as Kernel;
    const turned = turn >= 0 && index > turn && kernel.overrides.includes('TURNED');
    const tensors: Readonly<Record<string, Tensor>> = { ...node.reads, ...node.writes, ...node.updates };
    const ranges = kernel.bindings.flatMap((binding, order): BoundRange[] => {
      if (binding.group !== 0) return [];
      const offset = offsets[index]?.[order] ?? -1;
      if (binding.kind === 'uniform') {
        pack(binding, node.uniforms, contents, offset);
        return [{ binding, buffer: uniforms, offset, bytes: binding.size, touched: binding.size, label: '' }];
      }
      const tensor = tensors[binding.name];
      if (!tensor) throw new Error(`plan: ${kernel.name} has nothing to bind as ${binding.name}`);
      const size = bytesOf(tensor);
      return [
        {
          binding,
          ...placeOf(tensor),
          bytes: size,
          touched: node.touches[binding.name] ?? size,
          label: labelOf(tensor),
        },
      ];
    });
    checkUsage(kernel, ranges);
    const show = (names: Readonly<Record<string, Tensor>>) =>
      Object.entries(names)
        .map(([name, tensor]) => ` ${name}=${labelOf(tensor)}`)
        .join('');
    const results = show({ ...node.writes, ...node.updates });
    const reads = show(node.reads);
    const withCore = (core: Fragment): Call => {
      const own = core === node.parts.core ? kernel : compose({ ...node.parts, core }, LIBS);
      const workgroups = fold(groupsOf(own, core, node.extent));
      return {
        made: node.made,
        kernel: own,
        ranges,
        constants: turned ? { ...node.constants, TURNED: 1 } : node.constants,
        workgroups,
        flops: node.flops,
        optional: node.optional ?? false,
        text: `${node.optional ? '(when asked) ' : ''}${own.name} [${workgroups[0] * workgroups[1]}]${reads} ->${results}`,
        cores: node.cores ?? [],
        withCore,
      };
    };
    return withCore(node.parts.core);
  });
  return { calls, uniforms };
}

/** One dispatch is one usage scope: no buffer may be both written and read in it. */
function checkUsage(kernel: Kernel, ranges: readonly BoundRange[]): void {
  for (const { binding, buffer } of ranges)
    if (
      binding.kind === 'read_write' &&
      ranges.some((other) => other.buffer === buffer && other.binding.kind !== 'read_write')
    )
      throw new ArgumentError(
        `plan: ${kernel.name} would read and write '${buffer.name}' in one call; use a copy of the tensor, such as mul(1)`,
      );
}

function groupsOf({ workgroup }: Kernel, { file, constants }: Fragment, extent: Extent): number {
  if ('groups' in extent) return extent.groups;
  if ('threads' in extent) return Math.ceil(extent.threads / (workgroup[0] * workgroup[1] * workgroup[2]));
  const { TILE_ROWS, TILE_COLS } = constants;
  if (!TILE_ROWS || !TILE_COLS) throw new Error(`${file}: a core that works on tiles declares TILE_ROWS and TILE_COLS`);
  const [rows, cols] = extent.tiles;
  return Math.ceil(rows / TILE_ROWS) * Math.ceil(cols / TILE_COLS) * (extent.parts ?? 1);
}

/** Kernels count workgroups as x + y * num_workgroups.x. */
function fold(groups: number): readonly [number, number] {
  const y = Math.ceil(groups / MAX_GROUPS);
  return [Math.ceil(groups / y), y];
}
