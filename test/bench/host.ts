// What a step costs the host: training with the GPU removed (Dawn's null backend), beside the same WebGPU calls made
// bare from a list, in the same run.
import { createEngine } from '../../src/index.ts';
import { nullAdapter } from '../support/node-gpu.ts';
import { listen } from './count.ts';
import { race } from './time.ts';
import { train } from './train.ts';
import { K, type Workload } from './workloads.ts';

export interface HostTimes {
  /** Microseconds of a step. */
  readonly hostMicros: number;
  readonly bareCallMicros: number;
}

const STEPS = 20 * K;
const ROUNDS = 25;

/** Medians; mapAsync included, which the null backend answers at once. */
export async function hostTimes(workload: Workload): Promise<HostTimes> {
  const device = await (await nullAdapter()).requestDevice();
  const engine = await createEngine({ device });
  const trainer = await train.open(engine, workload);
  await train.run(trainer, STEPS);
  const calls = await record(() => train.run(trainer, K));
  const bare = bareSubmits(device, calls);
  await bare(STEPS / K);
  const times = await race([() => train.run(trainer, STEPS), () => bare(STEPS / K)], ROUNDS);
  engine.destroy();
  device.destroy();
  const [hostMicros = 0, bareCallMicros = 0] = times.map((milliseconds) => (1000 * milliseconds) / STEPS);
  return { hostMicros, bareCallMicros };
}

type PassCall = (pass: GPUComputePassEncoder) => void;

/** The calls into compute passes that `run` makes. */
async function record(run: () => Promise<unknown>): Promise<readonly PassCall[]> {
  const calls: PassCall[] = [];
  const undo = (['setPipeline', 'setBindGroup', 'dispatchWorkgroups'] as const).map((name) =>
    listen(`GPUComputePassEncoder.${name}`, (args) => {
      if (name === 'setPipeline') {
        const [pipeline] = args as [GPUComputePipeline];
        calls.push((pass) => pass.setPipeline(pipeline));
      } else if (name === 'setBindGroup') {
        const [index, group] = args as [number, GPUBindGroup];
        calls.push((pass) => pass.setBindGroup(index, group));
      } else {
        const [x, y] = args as [number, number];
        calls.push((pass) => pass.dispatchWorkgroups(x, y));
      }
    }),
  );
  try {
    await run();
  } finally {
    for (const restore of undo) restore();
  }
  return calls;
}

/** Submits `calls` again and again, as training does: one pass, one small copy, two submits in flight. */
function bareSubmits(device: GPUDevice, calls: readonly PassCall[]): (submits: number) => Promise<void> {
  const size = 1024;
  const source = device.createBuffer({ size, usage: GPUBufferUsage.COPY_SRC });
  const staging = [0, 1].map(() =>
    device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST }),
  );
  const submit = async (target: GPUBuffer) => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const call of calls) call(pass);
    pass.end();
    encoder.copyBufferToBuffer(source, 0, target, 0, size);
    device.queue.submit([encoder.finish()]);
    await target.mapAsync(GPUMapMode.READ);
    target.unmap();
  };
  return async (submits) => {
    const flying: Promise<void>[] = [];
    for (let index = 0; index < submits; index++) {
      if (flying.length === 2) await flying.shift();
      flying.push(submit(staging[index % 2]!));
    }
    await Promise.all(flying);
  };
}
