// Trains a workload with rectigrad and its peers in one page: from the same weights on the same batches, first with
// every loss read and compared, then for time, turn by turn.
import { sizeOf } from '../../../src/graph/shape.ts';
import { createEngine } from '../../../src/index.ts';
import { countCalls, perStep } from '../count.ts';
import { race, timed } from '../time.ts';
import { train } from '../train.ts';
import { K, outputsOf, SAMPLES, samplesOf, type Workload } from '../workloads.ts';

export interface Values {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** Trains that many steps; the losses that were read, one every `every` steps. */
type Run = (steps: number, every: number) => Promise<readonly number[]>;

/**
 * Initial parameters come in the order of the layers: weight, bias, slopes of the channels. Labels come one-hot.
 * Everything lies as in rectigrad: images [rows, columns, channels], weights as Workload says.
 */
type Build = (
  workload: Workload,
  batches: readonly { readonly x: Values; readonly y: Values }[],
  initial: readonly Values[],
) => Promise<Run>;

const libraries = import.meta.glob<{ readonly build: Build }>('./*.js');

const RUNS = 5;

/** What `library` does beside rectigrad. */
export async function bench(workload: Workload, library: 'tensorflow' | 'jax', steps?: number) {
  const engine = await createEngine();
  const trainer = await train.open(engine, workload, false);
  const weights = [...workload.weights];
  const initial = Object.entries(await trainer.parameters()).map(([name, values]) => ({
    values,
    shape: name.endsWith('weight') ? (weights.shift() ?? []) : [values.length],
  }));
  const load = libraries[`./${library}.js`];
  if (!load) throw new Error(`bench: there is no ${library}.js`);
  const { build } = await load();
  const theirs = await build(workload, batchesOf(workload), initial);
  const ours: Run = (count, every) => train.run(trainer, count, every);

  const [expected, got] = [await ours(2 * K, 1), await theirs(2 * K, 1)];
  const differences = expected.map((value, index) => Math.abs(value - (got[index] ?? Number.NaN)));
  const milliseconds = [await timed(() => ours(K, K)), await timed(() => theirs(K, K))];
  const counts = milliseconds.map((time) => steps ?? K * Math.max(1, Math.round(1000 / time)));
  const [ourTime = 0, theirTime = 0] = await race(
    [() => ours(counts[0] ?? K, K), () => theirs(counts[1] ?? K, K)],
    RUNS,
  );
  const calls = [await countCalls(() => ours(2 * K, K)), await countCalls(() => theirs(2 * K, K))];
  const { adapter } = engine;
  engine.destroy();
  return {
    adapter,
    lossDifference: differences.some(Number.isNaN) ? null : Math.max(...differences),
    stepsPerSecond: [(1000 * (counts[0] ?? K)) / ourTime, (1000 * (counts[1] ?? K)) / theirTime] as const,
    perStep: calls.map((counted) => perStep(counted, 2 * K)),
  };
}

/** The data set cut into batches, in order. */
function batchesOf(workload: Workload) {
  const { shape, batch } = workload;
  const { x, y, classes } = samplesOf(workload);
  const inputs = sizeOf(shape);
  const outputs = outputsOf(workload);
  const targets = new Float32Array(SAMPLES * outputs);
  if (classes === undefined) targets.set(y);
  else for (const [row, label] of y.entries()) targets[row * outputs + label] = 1;
  return Array.from({ length: SAMPLES / batch }, (_, index) => ({
    x: { values: x.slice(index * batch * inputs, (index + 1) * batch * inputs), shape: [batch, ...shape] },
    y: { values: targets.slice(index * batch * outputs, (index + 1) * batch * outputs), shape: [batch, outputs] },
  }));
}

Object.assign(globalThis, { bench });
