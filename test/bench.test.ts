// The bench itself: its command line, the workloads as the documents define them, and counting; no speed is judged here.
import { describe, expect, it } from 'vitest';
import { sizeOf } from '../src/graph/shape.ts';
import { createEngine } from '../src/index.ts';
import { countCalls, listen, perStep } from './bench/count.ts';
import { shapes } from './bench/gemm.ts';
import { parseOptions } from './bench/options.ts';
import { short, table } from './bench/table.ts';
import { median, race } from './bench/time.ts';
import { train } from './bench/train.ts';
import { K, named, SAMPLES, samplesOf, workloads } from './bench/workloads.ts';
import { nullAdapter } from './support/node-gpu.ts';

describe('the command line', () => {
  it('measures everything by default', () => {
    expect(parseOptions([])).toEqual({
      workloads,
      steps: undefined,
      gemm: false,
      telemetry: false,
      peers: false,
      json: false,
    });
  });

  it('takes some workloads and a number of steps', () => {
    expect(parseOptions(['--only', 'W6,W1', '--steps', '40', '--json', '--peers'])).toEqual({
      workloads: [named('W6'), named('W1')],
      steps: 40,
      gemm: false,
      telemetry: false,
      peers: true,
      json: true,
    });
    expect(parseOptions(['--help'])).toBe('help');
  });

  it.each([
    [['--only', 'W1,W2'], "'W2' is none of W1, W3, W4, W6"],
    [['--only', ''], "'' is none of"],
    [['--steps', '30'], 'a multiple of 20'],
    [['--steps', '0'], 'at least 20'],
    [['--steps', 'many'], 'a multiple of 20'],
    [['--gemm', '--json'], '--gemm goes with no other option'],
    [['--telemetry', '--steps', '40'], '--telemetry goes with no other option'],
    [['--fast'], "Unknown option '--fast'"],
    [['W1'], 'W1'],
  ])('refuses %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});

describe.each(workloads.map((workload) => [workload.name, workload] as const))('%s', (_name, workload) => {
  it('has random samples of the right shape, the same every time, and no short batch', () => {
    const { x, y, count, shape, classes } = samplesOf(workload);
    expect([count, ...shape, x.length]).toEqual([SAMPLES, ...workload.shape, SAMPLES * sizeOf(workload.shape)]);
    expect(SAMPLES % workload.batch).toBe(0);
    expect(classes).toBe(workload.loss === 'mse' ? undefined : workload.weights.at(-1)!.at(-1));
    if (classes !== undefined) expect(new Set(y).size).toBe(classes);
    const { x: again } = samplesOf(workload);
    // Not toEqual, which takes seconds for a million numbers.
    expect(Buffer.compare(Buffer.from(again.buffer), Buffer.from(x.buffer))).toBe(0);
  });
});

it.each(['W4', 'W6'])('counts the calls of the runs of %s that it is given, and leaves no trace', async (name) => {
  const device = await (await nullAdapter()).requestDevice();
  // Races of kernels are dispatches, too, and have a time limit: on a busy machine, the second would go on with them.
  const engine = await createEngine({ device, gemm: 'gemm' });
  const original = GPUDevice.prototype.createBuffer;
  const opened = { trainer: await train.open(engine, named(name)) };
  const built = await countCalls(async () => {
    opened.trainer = await train.open(engine, named(name));
  });
  expect(built.createBuffer).toBeGreaterThan(0);
  expect(built.createBindGroup).toBeGreaterThan(0);
  expect(built.dispatch).toBe(0);

  const { trainer } = opened;
  await train.run(trainer, 2 * K);
  const { dispatch, submit, pass, ...made } = perStep(await countCalls(() => train.run(trainer, 3 * K)), 3 * K);
  expect(dispatch).toBe(trainer.plan.cost().dispatches);
  expect([submit, pass]).toEqual([1 / K, 1 / K]);
  expect(made).toEqual({ createBuffer: 0, createBindGroup: 0, createPipeline: 0, writeBuffer: 0 });

  expect(GPUDevice.prototype.createBuffer).toBe(original);
  expect(() => listen('GPUDevice.createBanana', () => undefined)).toThrow('there is no GPUDevice.createBanana');
  engine.destroy();
  device.destroy();
});

it('stops counting when the run fails', async () => {
  const original = GPUQueue.prototype.submit;
  await expect(countCalls(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(GPUQueue.prototype.submit).toBe(original);
});

it('times the products of W1', () => {
  const layers = shapes.filter(({ name }) => name.startsWith('W1 layer'));
  expect(layers.map(({ k, n }) => [k, n])).toEqual(named('W1').weights);
  expect(new Set(layers.map(({ m }) => m))).toEqual(new Set([named('W1').batch]));
});

it('takes turns, and medians', async () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
  const turns: string[] = [];
  const times = await race(
    ['a', 'b'].map((name) => async () => void turns.push(name)),
    3,
  );
  expect(turns.join('')).toBe('ababab');
  expect(times).toHaveLength(2);
});

it('prints columns', () => {
  expect(
    table([
      ['', 'W1'],
      ['steps/s', short(1234.5)],
      ['host', short(1.2345)],
      ['none', short(0)],
    ]),
  ).toBe('           W1\nsteps/s  1235\nhost     1.23\nnone        0');
});
