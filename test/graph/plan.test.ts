// The plan as it is printed, what it says it costs, and what it refuses.
import { describe, expect, test } from 'vitest';
import { ArgumentError, linear, matmul, nn, optim, sum } from '../../src/index.ts';
import { createStates } from '../../src/nn/states.ts';
import { gather, initialStep, turn } from '../../src/ops/clock.ts';
import { newGraph } from '../../src/ops/methods.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { batchesOf } from '../../src/train/batches.ts';
import { trace } from './trace.ts';

/** The training step of a classifier of digits: 64 inputs, 10 classes, batches of 64 out of 1437 samples. */
function digits() {
  const host = createStates(0);
  const graph = newGraph(host, 'train');
  const model = nn.sequential(nn.linear(64, 128), nn.prelu(), nn.linear(128, 10));
  const optimizer = optim.adam({ lr: 1e-3 });
  const { step, rates } = optimizer.clock(graph, model, 'trainer');
  const batches = batchesOf(1437, 64, true, 0);
  const { x, y } = gather(graph, batches, {
    x: [{ name: 'digits x', bytes: 1437 * 64 * 4, first: 0, count: 1437 }],
    y: [{ name: 'digits y', bytes: 1437 * 4, first: 0, count: 1437 }],
    samples: 1437,
    shape: [64],
    targetShape: [],
    targetType: 'u32',
  });
  const loss = nn.crossEntropy(model(x), y);
  turn(loss, step, { rates, batches, ring: { name: 'losses', bytes: 256 * 16 } });
  optimizer.update(loss, model);
  return makePlan(graph, {});
}

test('the training step of a classifier of digits', () => {
  expect(`\n${String(digits())}\n`).toMatchInlineSnapshot(`
    "
    gemm+dense+bias_act+prelu+learned+rows [8] a=digits x b=0.weight bias=0.bias slopes=1.a rows=rows -> z=%1 y=%2
    gemm+dense+bias [2] a=%2 b=2.weight bias=2.bias -> out=%3
    softmax_cross_entropy+turn [1] logits=%3 labels=digits y lr_table=lr_table -> loss=%4 dlogits=%5 state=step rows=rows ring=losses
    gemm+dense+act_backward+prelu+learned [8] a=%5 b=2.weight z=%1 slopes=1.a -> dz=%6 sums=%7
    gemm+transposed_ones+update_split_last+adam [5] a=%2 b=%5 rates=rates -> values=parameters moments=moments
    gemm+transposed_ones+update_split_last+rows+adam [12] a=digits x b=%6 rows=rows rates=rates -> values=parameters moments=moments
    update_pool+adam [2] rates=rates gradients=gradients norm=norm segments=segments -> values=parameters moments=moments
    uniforms: 4096 bytes
    digits x: 367872 bytes
    parameters: 39168 bytes
    arena 0: 68352 bytes
    rows: 512 bytes
    arena 1: 32768 bytes
    digits y: 5748 bytes
    lr_table: 4 bytes
    step: 48 bytes
    losses: 4096 bytes
    gradients: 4096 bytes
    moments: 78336 bytes
    rates: 120 bytes
    segments: 48 bytes
    norm: 4 bytes
    "
  `);
});

describe('cost', () => {
  test('of a linear layer, by hand', () => {
    const { graph, input } = trace();
    const plan = makePlan(graph, { z: linear(input([5, 3]), input([3, 7]), input([7])) });
    const { dispatches, flops, bytes, memory, totalMemory } = plan.cost();
    expect(dispatches).toBe(1);
    // A multiplication and an addition for each of 5 x 7 x 3 terms.
    expect(flops).toBe(2 * 5 * 3 * 7);
    // x, W, b and z once each, and the uniform of m, n, k: 3 words, rounded up to 16 bytes.
    expect(bytes).toBe(4 * (5 * 3 + 3 * 7 + 7 + 5 * 7) + 16);
    // Each in a buffer of its own, a multiple of 256 bytes; the step state has 9 words, rounded up to 16 bytes.
    expect(memory).toEqual({
      'input x0': 256,
      'input x1': 256,
      'input x2': 256,
      'arena 0': 256,
      uniforms: 256,
      step: 48,
    });
    expect(totalMemory).toBe(5 * 256 + 48);
  });

  test('counts batches, not data sets', () => {
    const touched = (name: string, end = '') => {
      const call = digits().calls.find(({ kernel }) => kernel.name.startsWith(name) && kernel.name.endsWith(end))!;
      return Object.fromEntries(call.ranges.map(({ binding, touched: bytes }) => [binding.name, bytes]));
    };
    expect(touched('gemm+dense+bias_act')).toMatchObject({ a: 64 * 64 * 4, rows: 64 * 4 });
    expect(touched('gemm+transposed_ones', '+rows+adam')).toMatchObject({ a: 64 * 64 * 4, rows: 64 * 4 });
    // The 128 slopes, from the sums of 8 chunks of rows.
    expect(touched('update_pool')).toMatchObject({ gradients: 8 * 128 * 4, values: 128 * 4, moments: 128 * 8 });
    expect(touched('softmax_cross_entropy')).toMatchObject({ labels: 64 * 4, rows: 2 * 64 * 4 });
  });
});

describe('workgroups', () => {
  test.each([
    [1, [1, 1]],
    [64 * 65_535, [65_535, 1]],
    [64 * 65_535 + 1, [32_768, 2]],
    [64 * 65_535 * 3, [65_535, 3]],
  ])('%i threads', (n, workgroups) => {
    const { graph, input } = trace();
    expect(makePlan(graph, { y: input([n]).mul(2) }).calls[0]!.workgroups).toEqual(workgroups);
  });

  test('tiles of 32 x 32', () => {
    const { graph, input } = trace();
    expect(makePlan(graph, { y: matmul(input([33, 2]), input([2, 97])) }).calls[0]!.workgroups).toEqual([8, 1]);
  });
});

test('a product with each of its cores', () => {
  const { graph, input } = trace();
  const [call] = makePlan(graph, { y: matmul(input([33, 2]), input([2, 97])) }).calls;
  expect(call!.text).toBe('gemm+dense+plain [8] a=x0 b=x1 -> out=%1');
  expect(call!.cores.map((core) => call!.withCore(core).text)).toEqual([
    'gemm_quad+dense+plain [21] a=x0 b=x1 -> out=%1',
    'gemm_8x8+dense+plain [4] a=x0 b=x1 -> out=%1',
    'gemm+dense+plain [8] a=x0 b=x1 -> out=%1',
    'gemm_shared+dense+plain [4] a=x0 b=x1 -> out=%1',
  ]);
});

describe('what a plan refuses', () => {
  test('an output that is no tensor', () => {
    const { graph } = trace();
    for (const other of [1, null, undefined])
      expect(() => makePlan(graph, { y: other as never })).toThrow(
        new ArgumentError("compile: output 'y' is not a tensor; return an object of tensors"),
      );
  });

  test('an output of another trace', () => {
    expect(() => makePlan(trace().graph, { y: sum(trace().input([2])) })).toThrow(ArgumentError);
  });
});

test('step state before the first step: every row counts, unless a data set says which', () => {
  expect([...initialStep(7)]).toEqual([0, 0, 0, 0xffffffff, 0, 0, 0, 7, 0xffffffff, 0, 0, 0]);
  expect(initialStep(2 ** 32 - 1)[7]).toBe(0xffffffff);
});
