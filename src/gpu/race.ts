// Times a call with each of its cores, on buffers of its own: as large as what it touches, and freed at the end.
import type { BufferSpec } from '../graph/tensor.ts';
import type { BoundRange, Call } from '../plan/lower.ts';
import { nameOf } from '../wgsl/compose.ts';
import type { Fragment } from '../wgsl/fragment.ts';
import type { Buffers } from './buffers.ts';
import type { Device } from './device.ts';
import type { Kernels } from './kernels.ts';

/** Milliseconds that a sample takes at least, to be long beside its submit; but no more than MOST runs. */
const SAMPLE = 4;
const MOST = 1024;
const SAMPLES = 3;

export interface Fastest {
  readonly core: Fragment;
  /** What each took, for people. */
  readonly report: string;
}

/** The fastest of `cores`. Past the deadline (as performance.now() counts) one sample of each has to do. */
export async function race(
  { gpu }: Device,
  kernels: Kernels,
  buffers: Buffers,
  call: Call,
  cores: readonly Fragment[],
  deadline: number,
): Promise<Fastest> {
  const calls = cores.map(call.withCore);
  const pipelines = await Promise.all(calls.map(({ kernel, constants }) => kernels.pipeline(kernel, constants)));
  const scratch = call.ranges.map(scratchOf);
  const step: BufferSpec = {
    name: 'scratch step',
    bytes: call.kernel.bindings.find(({ group }) => group === 1)?.size ?? 16,
  };
  gpu.pushErrorScope('out-of-memory');
  const { free } = buffers.use([...scratch, step]);
  try {
    if (await gpu.popErrorScope()) return { core: cores[0] as Fragment, report: 'not timed: no memory left' };
    const entries = call.ranges.map(({ binding: { binding } }, index) => ({
      binding,
      resource: { buffer: buffers.get(scratch[index] as BufferSpec) },
    }));
    const stepGroup = gpu.createBindGroup({
      layout: kernels.stepLayout,
      entries: [{ binding: 0, resource: { buffer: buffers.get(step) } }],
    });
    const runs = pipelines.map(({ pipeline, layout }, index) => {
      const group = gpu.createBindGroup({ layout, entries });
      const [x, y] = (calls[index] as Call).workgroups;
      return async (times: number): Promise<number> => {
        const encoder = gpu.createCommandEncoder();
        const pass = encoder.beginComputePass();
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        pass.setBindGroup(1, stepGroup);
        for (let count = 0; count < times; count++) pass.dispatchWorkgroups(x, y);
        pass.end();
        const start = performance.now();
        gpu.queue.submit([encoder.finish()]);
        await gpu.queue.onSubmittedWorkDone();
        return performance.now() - start;
      };
    });
    for (const run of runs) await run(1); // some drivers compile only now
    let times = 1;
    while (times < MOST && (await (runs[0] as (typeof runs)[number])(times)) < SAMPLE) times *= 4;
    const best = runs.map(() => Number.POSITIVE_INFINITY);
    for (let sample = 0; sample < SAMPLES && (sample === 0 || performance.now() < deadline); sample++)
      for (const [index, run] of runs.entries()) best[index] = Math.min(best[index] as number, await run(times));
    const micros = best.map((milliseconds) => ((1000 * milliseconds) / times).toFixed(0));
    return {
      core: cores[best.indexOf(Math.min(...best))] as Fragment,
      report: cores.map((core, index) => `${nameOf(core)} ${micros[index]} µs`).join(', '),
    };
  } finally {
    free();
  }
}

/** Uniforms have their values; all else is zeros. */
function scratchOf({ binding, buffer, offset, bytes, touched }: BoundRange): BufferSpec {
  if (binding.kind !== 'uniform') return { name: 'scratch', bytes: touched };
  const values = () => (buffer.initial?.() ?? new Uint32Array(0)).slice(offset / 4, (offset + bytes) / 4);
  return { name: 'scratch', bytes, initial: values };
}
