// Times every core that computes a product, as matmul composes it, beside a naive kernel: interleaved, medians, results
// compared.
import { openDevice } from '../../src/gpu/device.ts';
import { createKernels, type Kernels } from '../../src/gpu/kernels.ts';
import { gemms, matmul } from '../../src/ops/matmul.ts';
import { uniform } from '../../src/random.ts';
import { compose, type Kernel, nameOf } from '../../src/wgsl/compose.ts';
import type { Fragment } from '../../src/wgsl/fragment.ts';
import { pack } from '../../src/wgsl/pack.ts';
import { trace } from '../graph/trace.ts';
import naive from './shaders/core/naive.wgsl';
import { short } from './table.ts';
import { median, timed } from './time.ts';

export interface Shape {
  readonly name: string;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transA: boolean;
  readonly transB: boolean;
}

const shape = (name: string, m: number, n: number, k: number, trans = ''): Shape => ({
  name,
  m,
  n,
  k,
  transA: trans === 'A',
  transB: trans === 'B',
});

/** Squares, and the products of a step of W1: forward, input gradients, weight gradients. */
export const shapes: readonly Shape[] = [
  ...[64, 128, 256, 512, 1024].map((size) => shape(`${size}³`, size, size, size)),
  shape('W1 layer 1', 64, 256, 784),
  shape('W1 layer 2', 64, 128, 256),
  shape('W1 layer 3', 64, 10, 128),
  shape('W1 dX 3', 64, 128, 10, 'B'),
  shape('W1 dX 2', 64, 256, 128, 'B'),
  shape('W1 dW 3', 128, 10, 64, 'A'),
  shape('W1 dW 2', 256, 128, 64, 'A'),
  shape('W1 dW 1', 784, 256, 64, 'A'),
];

const libs = Object.values(import.meta.glob<Fragment>('../../shaders/lib/*.wgsl', { eager: true, import: 'default' }));

/** The call that matmul traces, with its core replaced. */
function kernelOf(core: Fragment, { m, n, k, transA, transB }: Shape): Kernel {
  if (core === naive) return compose({ core }, []);
  const { graph, input } = trace();
  matmul(input(transA ? [k, m] : [m, k]), input(transB ? [n, k] : [k, n]), { transposeA: transA, transposeB: transB });
  const [node] = graph.nodes;
  if (!node) throw new Error('gemm: matmul traced no call');
  return compose({ ...node.parts, core }, libs);
}

/** A product that would take longer than this is left out. */
const LONGEST = 5000;
/** Milliseconds that a timed submit should take, to be long beside the submit itself. */
const TARGET = 50;
const ROUNDS = 5;
/** Between results, relative to the largest element: far above f32's rounding over 1024 products in any order. */
const TOLERANCE = 1e-4;

interface Entrant {
  readonly name: string;
  /** Computes the product `times` times. */
  readonly run: (times: number) => Promise<void>;
  readonly read: () => Promise<Float32Array>;
  readonly destroy: () => void;
}

/** A table of GFLOP/s, and whether all results were equal within the tolerance. */
export async function timeGemm(adapter: GPUAdapter, progress: (text: string) => void) {
  const device = await openDevice({ adapter });
  const kernels = createKernels(device);
  const cores = [naive, ...gemms.filter(({ enables }) => enables.every((name) => device.gpu.features.has(name)))];
  const rows: (string | number)[][] = [['GFLOP/s', 'm', 'n', 'k', ...cores.map(nameOf), 'differ by']];
  /** FLOPs in a millisecond, of the last shape that each ran. */
  const speeds = new Map<string, number>();
  let equal = true;
  for (const each of shapes) {
    progress(`gemm ${each.name}`);
    const flops = 2 * each.m * each.n * each.k;
    const all = await Promise.all(cores.map((core) => entrant(device.gpu, kernels, core, each)));
    const entrants = all.filter(({ name }) => flops / (speeds.get(name) ?? Number.POSITIVE_INFINITY) < LONGEST);
    const times = new Map(entrants.map(({ name }) => [name, [] as number[]]));
    const repeats = new Map<string, number>();
    for (const { name, run } of entrants) {
      await run(1); // the driver may compile only now
      repeats.set(name, Math.max(1, Math.round(TARGET / (await timed(() => run(1))))));
    }
    for (let round = 0; round < ROUNDS; round++)
      for (const { name, run } of entrants) {
        const count = repeats.get(name) ?? 1;
        times.get(name)?.push((await timed(() => run(count))) / count);
      }
    for (const { name } of entrants) speeds.set(name, flops / median(times.get(name) ?? []));
    const [first, ...others] = await Promise.all(entrants.map(({ read }) => read()));
    const difference = Math.max(0, ...others.map((other) => gap(first!, other)));
    equal &&= difference <= TOLERANCE;
    for (const { destroy } of all) destroy();
    rows.push([
      each.name + (each.transA ? ' Aᵀ' : '') + (each.transB ? ' Bᵀ' : ''),
      each.m,
      each.n,
      each.k,
      ...all.map((one) => (entrants.includes(one) ? short((speeds.get(one.name) ?? 0) / 1e6) : '-')),
      others.length > 0 ? difference.toExponential(1) : '-',
    ]);
  }
  device.destroy();
  return { rows, equal };
}

/** The largest difference, relative to the largest element. */
function gap(a: Float32Array, b: Float32Array): number {
  let most = 0;
  let scale = 0;
  a.forEach((value, index) => {
    const apart = Math.abs(value - b[index]!);
    most = Number.isNaN(apart) ? Number.POSITIVE_INFINITY : Math.max(most, apart);
    scale = Math.max(scale, Math.abs(value));
  });
  return most / scale;
}

async function entrant(gpu: GPUDevice, kernels: Kernels, core: Fragment, each: Shape): Promise<Entrant> {
  const { m, n, k, transA, transB } = each;
  const kernel = kernelOf(core, each);
  const { pipeline, layout } = await kernels.pipeline(kernel, { TRANS_A: Number(transA), TRANS_B: Number(transB) });
  const { TILE_ROWS, TILE_COLS } = core.constants;
  const workgroups =
    TILE_ROWS && TILE_COLS ? Math.ceil(m / TILE_ROWS) * Math.ceil(n / TILE_COLS) : Math.ceil((m * n) / 64);

  const buffers: GPUBuffer[] = [];
  const make = (size: number, usage: number, contents?: ArrayBuffer) => {
    const buffer = gpu.createBuffer({ size, usage: usage | GPUBufferUsage.COPY_DST });
    if (contents) gpu.queue.writeBuffer(buffer, 0, contents);
    buffers.push(buffer);
    return buffer;
  };
  const random = (stream: number, count: number) =>
    Float32Array.from({ length: count }, (_, index) => uniform(0, stream, index) - 0.5).buffer;
  const bytes = 4 * m * n;
  const out = make(bytes, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC);
  const entries = kernel.bindings.map((binding) => {
    if (binding.kind === 'uniform') {
      const contents = new DataView(new ArrayBuffer(binding.size));
      pack(binding, { m, n, k, part: k }, contents);
      const buffer = make(binding.size, GPUBufferUsage.UNIFORM, contents.buffer);
      return { binding: binding.binding, resource: { buffer } };
    }
    const sizes: Readonly<Record<string, number>> = { a: m * k, b: k * n };
    const size = sizes[binding.name];
    const buffer =
      size === undefined ? out : make(4 * size, GPUBufferUsage.STORAGE, random(binding.name === 'a' ? 1 : 2, size));
    return { binding: binding.binding, resource: { buffer } };
  });
  const group = gpu.createBindGroup({ layout, entries });

  return {
    name: core.file,
    async run(times) {
      const encoder = gpu.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      for (let index = 0; index < times; index++) pass.dispatchWorkgroups(workgroups);
      pass.end();
      gpu.queue.submit([encoder.finish()]);
      await gpu.queue.onSubmittedWorkDone();
    },
    async read() {
      const staging = make(bytes, GPUBufferUsage.MAP_READ);
      const encoder = gpu.createCommandEncoder();
      encoder.copyBufferToBuffer(out, 0, staging, 0, bytes);
      gpu.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ);
      return new Float32Array(staging.getMappedRange().slice(0));
    },
    destroy() {
      for (const buffer of buffers) buffer.destroy();
    },
  };
}
