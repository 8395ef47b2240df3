// What a run's plan makes of each layer, as plain data for the page.
import type { Cost, KernelCall } from '../src/index.ts';
import type { Run } from './run.ts';

/** One call; its `wgsl` is left empty, being long. */
export interface InspectedCall extends KernelCall {
  /** Index of the rectifier that its layer feeds; of what is after the last, how many there are. Null without a layer. */
  readonly card: number | null;
  /** Null where the device has no timestamps, or nobody asked. */
  readonly microseconds: number | null;
}

export interface Inspection {
  readonly adapter: string;
  readonly cost: Cost;
  /** In the order of the step. */
  readonly calls: readonly InspectedCall[];
  /** False: the device has no timestamps. Null: nobody asked. */
  readonly timed: boolean | null;
}

/** With `time`, each call is timed, which would be in the way of a run that goes on. */
export async function inspect(run: Pick<Run, 'adapter' | 'plan' | 'kernels' | 'profile'>, time: boolean) {
  const { calls, rectifiers } = await run.kernels();
  const times = time ? await run.profile() : null;
  const inspection: Inspection = {
    adapter: run.adapter,
    cost: run.plan().cost,
    calls: calls.map((call, index) => ({
      ...call,
      wgsl: '',
      card: cardOf(call.layer, rectifiers),
      microseconds: times?.[index] ?? null,
    })),
    timed: time ? times !== null : null,
  };
  return { inspection, codes: calls.map(({ wgsl }) => wgsl) };
}

/** Index of the first of `rectifiers`, paths in the model's order, that comes at or after the layer `path`. */
export function cardOf(path: string, rectifiers: readonly string[]): number | null {
  if (path === '') return null;
  const found = rectifiers.findIndex((rectifier) => order(path, rectifier) <= 0);
  return found < 0 ? rectifiers.length : found;
}

/** Below 0 where the layer at path `a` is run before that at `b`. */
function order(a: string, b: string): number {
  const [left, right] = [a.split('.'), b.split('.')];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = rank(left[index]) - rank(right[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** What a block does itself, such as the sum of a residual block, it does after its parts, but before `after`. */
const NAMES: Readonly<Record<string, number>> = { shortcut: 0, body: 1, undefined: 1e6, after: 2e6 };

const rank = (part: string | undefined): number => NAMES[String(part)] ?? Number(part);
