// A plan: a traced function as plain data, a list of kernel calls over named buffers. It can be printed, costed and
// checked against limits before any of it exists on a GPU; running it is the runtime's.
import { ArgumentError } from '../errors.ts';
import { type Graph, storageOf } from '../graph/graph.ts';
import type { Shape } from '../graph/shape.ts';
import { align } from '../graph/state.ts';
import type { BufferSpec, DType, Extent, Node, Place, Tensor } from '../graph/tensor.ts';
import { stepBuffer } from '../ops/clock.ts';
import { compose, type Kernel, nameOf } from '../wgsl/compose.ts';
import type { Binding, Fragment } from '../wgsl/fragment.ts';
import { pack } from '../wgsl/pack.ts';
import { type Detector, detect } from './detect.ts';
import { fuse, gatherOnLoad, live, shorten } from './fuse.ts';
import { bytesOf, placeInMemory } from './memory.ts';
import { updateInPlace } from './update.ts';

export interface BoundRange extends Place {
  readonly binding: Binding;
  readonly bytes: number;
  /** Bytes that one call touches, at most `bytes`. */
  readonly touched: number;
  readonly label: string;
}

export interface Call {
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

export interface Input {
  readonly buffer: BufferSpec;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Of labels: values must be below this. */
  readonly below?: number;
}

export interface Output extends Place {
  readonly bytes: number;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** What a plan costs, known before it runs. */
export interface Cost {
  /** Kernel calls of a step. */
  readonly dispatches: number;
  /** What a step that is asked about makes beyond them. */
  readonly optionalDispatches: number;
  /** Floating-point operations of a step, counted from the shapes. */
  readonly flops: number;
  /** Bytes that the calls of a step touch: each range once per call. */
  readonly bytes: number;
  /** Bytes of GPU memory, by buffer; shared buffers (parameters, data) included. */
  readonly memory: Readonly<Record<string, number>>;
  /** The sum of `memory`, in bytes. */
  readonly totalMemory: number;
}

/** A traced function as data: a list of kernel calls over named buffers, which can be printed and costed. */
export interface Plan {
  /** @internal */
  readonly calls: readonly Call[];
  /** @internal */
  readonly inputs: ReadonlyMap<string, Input>;
  /** @internal */
  readonly outputs: ReadonlyMap<string, Output>;
  /** @internal */
  readonly step: BufferSpec;
  /**
   * Finds numbers that are not finite, if asked for.
   * @internal
   */
  readonly detector: Detector | null;
  /**
   * Every buffer that the plan binds, arenas, uniforms and inputs included.
   * @internal
   */
  readonly buffers: readonly BufferSpec[];
  /** Dispatches, operations and bytes of one step, and the memory behind it. */
  readonly cost: () => Cost;
  /** One line a call, then one a buffer. */
  readonly toString: () => string;
}

/** WebGPU's default limit for the workgroups of one dimension; the rest goes to the second. */
const MAX_GROUPS = 65535;

/** The libraries a kernel may use, found by the names that occur in it. */
const LIBS: readonly Fragment[] = Object.values(
  import.meta.glob<Fragment>('../../shaders/lib/*.wgsl', { eager: true, import: 'default' }),
);

/** Turns a graph into a plan whose named outputs can be read after each run. Throws ArgumentError for tensors of other traces. */
export function makePlan(graph: Graph, named: Readonly<Record<string, Tensor>>, { detectAnomaly = false } = {}): Plan {
  const tensors = Object.values(named);
  for (const [name, tensor] of Object.entries(named)) {
    if (!tensor?.graph)
      throw new ArgumentError(`compile: output '${name}' is not a tensor; return an object of tensors`);
    graph.own(tensor);
  }
  const needed = shorten(live(graph.nodes, tensors), tensors);
  const nodes = updateInPlace(gatherOnLoad(fuse(needed, tensors), tensors), tensors);
  const inputs = new Map<string, Input>();
  for (const [name, tensor] of graph.inputs) {
    const { below } = graph.notes(tensor);
    const buffer: BufferSpec = { name: `input ${name}`, bytes: align(bytesOf(tensor)) };
    inputs.set(name, { buffer, shape: tensor.shape, dtype: tensor.dtype, ...(below !== undefined && { below }) });
  }
  const fixed = (tensor: Tensor): Place | undefined => {
    const { origin } = tensor;
    if (origin.kind === 'buffer') return origin.place;
    if (origin.kind === 'input') return { buffer: (inputs.get(origin.name) as Input).buffer, offset: 0 };
    return graph.notes(tensor).place;
  };
  const memory = placeInMemory(nodes, tensors, fixed, !detectAnomaly);
  const placeOf = (tensor: Tensor): Place => {
    const storage = storageOf(tensor);
    const place = fixed(storage) ?? memory.places.get(storage);
    if (!place) throw new Error(`plan: tensor ${storage.id} has no place in memory`);
    return place;
  };

  const step = graph.step ?? stepBuffer(graph.host.seed);
  const { detector = null, calls: looks = [] } = detectAnomaly ? detect(graph, nodes, placeOf) : {};
  const { calls, uniforms } = lower(graph, [...nodes, ...looks], placeOf);
  const outputs = new Map<string, Output>(
    Object.entries(named).map(([name, tensor]) => [
      name,
      { ...placeOf(tensor), bytes: bytesOf(tensor), shape: tensor.shape, dtype: tensor.dtype },
    ]),
  );
  const bound = calls.flatMap(({ ranges }) => ranges.map(({ buffer }) => buffer));
  const given = [...inputs.values(), ...outputs.values()].map(({ buffer }) => buffer);
  const buffers = [...new Set([...bound, ...memory.arenas, uniforms, ...given, step])];
  return planOf({ calls, inputs, outputs, step, buffers, detector });
}

/** The core of each call, by name, where there is a choice. */
export const coresOf = ({ calls }: Pick<Plan, 'calls'>): readonly string[] =>
  calls.map(({ kernel, cores }) => cores.map(nameOf).find((name) => kernel.name.startsWith(`${name}+`)) ?? '');

/** Adds what is told of the parts of a plan. */
export function planOf(parts: Omit<Plan, 'cost' | 'toString'>): Plan {
  const { calls, buffers } = parts;
  const cost = (): Cost => {
    const always = calls.filter(({ optional }) => !optional);
    const sizes: Record<string, number> = {};
    for (const { name, bytes } of buffers) sizes[name] = (sizes[name] ?? 0) + bytes;
    return {
      dispatches: always.length,
      optionalDispatches: calls.length - always.length,
      flops: always.reduce((sum, call) => sum + call.flops, 0),
      bytes: always.reduce((sum, { ranges }) => ranges.reduce((part, { touched }) => part + touched, sum), 0),
      memory: sizes,
      totalMemory: buffers.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  };
  const print = () =>
    [...calls.map(({ text }) => text), ...buffers.map(({ name, bytes }) => `${name}: ${bytes} bytes`)].join('\n');
  return { ...parts, cost, toString: print };
}

/** Nodes → calls, with all uniforms in one buffer. */
function lower(graph: Graph, nodes: readonly Node[], placeOf: (tensor: Tensor) => Place) {
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
