// What it costs to look inside: W3 with telemetry and without, in CPU time, which on a software adapter is all of it.
import { createEngine, type TelemetryOptions } from '../../src/index.ts';
import { median } from './time.ts';
import { train } from './train.ts';
import { K, type Workload } from './workloads.ts';

const PAIRS = 20;

const KINDS: Readonly<Record<string, boolean | TelemetryOptions>> = {
  'layers: true': true,
  'gradNorm: true': { gradNorm: true },
};

/** Rows of a table. A report comes every `K` steps. */
export async function timeTelemetry(
  adapter: GPUAdapter,
  workload: Workload,
  progress: (text: string) => void,
): Promise<(string | number)[][]> {
  const device = await adapter.requestDevice();
  const engine = await createEngine({ device });
  const rows: (string | number)[][] = [['telemetry', 'CPU time', 'dispatches a step', 'more before a report']];
  for (const [name, telemetry] of Object.entries(KINDS)) {
    progress(`${workload.name}: ${PAIRS} pairs, ${name}`);
    const plain = await train.open(engine, workload);
    const told = await train.open(engine, workload, true, telemetry);
    const ratios: number[] = [];
    for (let pair = 0; pair <= PAIRS; pair++) {
      const [off, on] = [await cpuTime(() => train.run(plain, K)), await cpuTime(() => train.run(told, K))];
      if (pair > 0) ratios.push(on / off);
    }
    const { dispatches, optionalDispatches } = told.plan.cost();
    rows.push([name, `${(100 * (median(ratios) - 1)).toFixed(1)} % more`, dispatches, optionalDispatches]);
    plain.destroy();
    told.destroy();
  }
  engine.destroy();
  device.destroy();
  return rows;
}

/** Of all threads of this process. */
async function cpuTime(run: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
