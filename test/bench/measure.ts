// One workload, measured in Node: speed and calls on a real adapter, the host's share with the GPU removed.
import { createEngine } from '../../src/index.ts';
import { type Counts, countCalls, perStep } from './count.ts';
import { type HostTimes, hostTimes } from './host.ts';
import { race, timed } from './time.ts';
import { train } from './train.ts';
import { K, type Workload } from './workloads.ts';

export interface Result extends HostTimes {
  readonly name: string;
  /** Median of several runs. */
  readonly stepsPerSecond: number;
  readonly perStep: Counts;
  /** Bytes that the calls of a step touch: batch rows, not the data set. */
  readonly boundBytes: number;
  readonly idealBytes: number;
}

const RUNS = 5;

/** `steps` of a timed run, or as many as take about a second. */
export async function measure(adapter: GPUAdapter, workload: Workload, steps?: number): Promise<Result> {
  const device = await adapter.requestDevice();
  const engine = await createEngine({ device });
  const trainer = await train.open(engine, workload);
  await train.run(trainer, 2 * K); // all staging buffers are there
  const milliseconds = await timed(() => train.run(trainer, 2 * K));
  const count = steps ?? K * Math.max(1, Math.round((2 * 1000) / milliseconds));
  const [median = 0] = await race([() => train.run(trainer, count)], RUNS);
  const counts = await countCalls(() => train.run(trainer, count));
  const { bytes } = trainer.plan.cost();
  engine.destroy();
  device.destroy();
  return {
    name: workload.name,
    stepsPerSecond: (1000 * count) / median,
    ...(await hostTimes(workload)),
    perStep: perStep(counts, count),
    boundBytes: bytes,
    idealBytes: workload.idealBytes,
  };
}
