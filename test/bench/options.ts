// The command line of `npm run bench`.
import { parseArgs } from 'node:util';
import { ArgumentError } from '../../src/errors.ts';
import { K, type Workload, workloads } from './workloads.ts';

export interface Options {
  readonly workloads: readonly Workload[];
  /** Steps of a timed run; undefined: as many as take about a second. */
  readonly steps: number | undefined;
  readonly gemm: boolean;
  readonly telemetry: boolean;
  readonly peers: boolean;
  readonly json: boolean;
}

export const USAGE = [
  'npm run bench -- [options]',
  `  --only W1,W6   of ${workloads.map(({ name }) => name).join(', ')}; all by default`,
  `  --steps N      steps of a timed run, a multiple of ${K}; by default as many as take about a second`,
  '  --gemm         time the matrix product instead, beside a naive kernel',
  '  --telemetry    measure what telemetry costs instead, on W3',
  '  --peers        also train with TensorFlow.js and jax-js, in the browser',
  '  --json         end with one line of JSON',
  '  --help',
].join('\n');

/** Throws ArgumentError for what is not understood. */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const flag = { type: 'boolean', default: false } as const;
  const options = {
    only: { type: 'string' },
    steps: { type: 'string' },
    gemm: flag,
    telemetry: flag,
    peers: flag,
    json: flag,
  } as const;
  const parse = () => {
    try {
      return parseArgs({ args: [...args], options: { ...options, help: flag }, strict: true }).values;
    } catch (error) {
      throw new ArgumentError(error instanceof Error ? error.message : String(error));
    }
  };
  const { only, steps, gemm, telemetry, peers, json, help } = parse();
  if (help) return 'help';
  for (const [name, asked] of Object.entries({ gemm, telemetry }))
    if (asked && args.length > 1) throw new ArgumentError(`--${name} goes with no other option`);
  const chosen =
    only?.split(',').map((name) => {
      const found = workloads.find((workload) => workload.name === name);
      if (!found)
        throw new ArgumentError(
          `--only ${only}: '${name}' is none of ${workloads.map((workload) => workload.name).join(', ')}`,
        );
      return found;
    }) ?? workloads;
  const count = steps === undefined ? undefined : Number(steps);
  if (count !== undefined && !(Number.isSafeInteger(count) && count >= K && count % K === 0))
    throw new ArgumentError(`--steps ${steps}: must be a multiple of ${K}, at least ${K}`);
  return { workloads: chosen, steps: count, gemm, telemetry, peers, json };
}
