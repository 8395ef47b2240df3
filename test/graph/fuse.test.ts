// Which calls are kept, and which are drawn into the one before.
import { describe, expect, test } from 'vitest';
import { add, linear, matmul, nn, optim, rectifiers, reshape, sum, type Tensor } from '../../src/index.ts';
import { rectify, slotsOf } from '../../src/ops/rectify.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { trace } from './trace.ts';

const relu = (z: Tensor) => rectify(z, null, rectifiers.relu, slotsOf('relu', rectifiers.relu, {}, z.shape));
const prelu = (z: Tensor, slopes: Tensor) =>
  rectify(z, slopes, rectifiers.prelu, slotsOf('prelu', rectifiers.prelu, {}, z.shape));

/** The kernels of the plan that computes what `f` returns. */
function kernels(f: (input: ReturnType<typeof trace>['input']) => Readonly<Record<string, Tensor>>): string[] {
  const { graph, input } = trace();
  return makePlan(graph, f(input)).calls.map(({ kernel }) => kernel.name);
}

describe('fusing', () => {
  test('a rectifier into the product before it, which then keeps z and y', () => {
    const { graph, input } = trace();
    const plan = makePlan(graph, { y: relu(linear(input([4, 3]), input([3, 5]), input([5]))) });
    expect(plan.calls.map(({ text }) => text)).toEqual([
      'gemm+dense+bias_act+relu+fixed [1] a=x0 b=x1 bias=x2 -> z=%1 y=%2',
    ]);
    expect(kernels((x) => ({ y: prelu(matmul(x([4, 3]), x([3, 5])), x([5])) }))).toEqual([
      'gemm+dense+act+prelu+learned',
    ]);
  });

  test('through a view', () => {
    expect(kernels((x) => ({ y: relu(reshape(matmul(x([4, 3]), x([3, 5])), [20])) }))).toHaveLength(1);
  });

  test('also where z is an output', () => {
    expect(
      kernels((x) => {
        const z = matmul(x([4, 3]), x([3, 5]));
        return { z, y: relu(z) };
      }),
    ).toEqual(['gemm+dense+act+relu+fixed']);
  });

  test('one rectifier of two', () => {
    expect(
      kernels((x) => {
        const z = matmul(x([4, 3]), x([3, 5]));
        return { a: relu(z), b: prelu(z, x([5])) };
      }),
    ).toEqual(['gemm+dense+act+relu+fixed', 'activation_forward+prelu+learned']);
  });

  test('not where its slopes come later, nor into anything but a product', () => {
    expect(
      kernels((x) => {
        const z = matmul(x([4, 3]), x([3, 64]));
        return { y: prelu(z, sum(z, { axes: [0] })) };
      }),
    ).toEqual(['gemm+dense+plain', 'reduce', 'activation_forward+prelu+learned']);
    expect(kernels((x) => ({ y: relu(add(x([4]), x([4]))) }))).toEqual(['broadcast', 'activation_forward+relu+fixed']);
  });

  test('with the slopes from before the update, which comes last', () => {
    const { graph, input } = trace();
    const model = nn.prelu();
    const z = matmul(input([4, 3]), input([3, 5]));
    optim.sgd({ lr: 1 }).update(sum(model(input([4, 5]))), model);
    const names = makePlan(graph, { y: model(z) }).calls.map(({ kernel }) => kernel.name);
    expect(names).toContain('gemm+dense+act+prelu+learned');
    expect(names.at(-1)).toBe('update_pool+sgd');
  });
});

describe('what is kept', () => {
  test('nothing that no output needs', () => {
    expect(
      kernels((x) => {
        const z = matmul(x([4, 3]), x([3, 5]));
        relu(z);
        nn.mse(z, x([4, 5]));
        return { y: sum(z) };
      }),
    ).toEqual(['gemm+dense+plain', 'reduce']);
  });

  test('every update of state, and what it needs', () => {
    const { graph, input } = trace();
    const model = nn.linear(3, 2, { bias: false });
    optim.sgd({ lr: 1 }).update(sum(model(input([4, 3]))), model);
    expect(makePlan(graph, {}).calls.map(({ kernel }) => kernel.name)).toEqual([
      'gemm+dense+plain',
      'reduce',
      'conclude+turn',
      'broadcast',
      'gemm+dense+update+sgd',
    ]);
  });
});

describe('an update is divided among the calls that compute the gradients', () => {
  /** Of a step that trains `model` on [4, 3], with the gradients that `kept` names among the outputs. */
  function updates(model: nn.Module, kept: readonly number[] = [], loss = (y: Tensor) => sum(y)): string[] {
    const { graph, input } = trace();
    optim.sgd({ lr: 1 }).update(loss(model(input([4, 3]))), model);
    const learned = graph.nodes.flatMap(({ update }) => update?.learned ?? []);
    const outputs = Object.fromEntries(kept.map((index) => [`g${index}`, learned[index]!.gradient]));
    return makePlan(graph, outputs)
      .calls.map(({ text }) => text)
      .filter((text) => text.includes('sgd'));
  }

  test('weights and biases with the product that computes both gradients', () => {
    expect(updates(nn.sequential(nn.linear(3, 5), nn.relu(), nn.linear(5, 2)))).toEqual([
      'gemm+transposed_ones+update_split_last+sgd [1] a=%2 b=%5 rates=rates -> values=parameters velocity=velocity',
      'gemm+transposed_ones+update_split_last+sgd [1] a=x0 b=%6 rates=rates -> values=parameters velocity=velocity',
    ]);
  });

  test('slopes of all layers in one call, from the sums that the backward leaves', () => {
    const model = nn.sequential(nn.linear(3, 5), nn.prelu(), nn.linear(5, 70), nn.prelu(), nn.linear(70, 2));
    expect(updates(model).at(-1)).toMatch(/^update_pool\+sgd \[3\] /);
    expect(updates(model)).toHaveLength(4);
  });

  test('not what is read elsewhere', () => {
    const model = nn.sequential(nn.linear(3, 5), nn.relu(), nn.linear(5, 2));
    expect(updates(model, [0]).map((text) => text.split(' ')[0])).toEqual([
      'gemm+transposed_ones+update_split_last+sgd',
      'update_pool+sgd',
    ]);
  });

  test('not where a later call needs the old values', () => {
    // The weights are used a second time, in a product whose gradient is computed later.
    const layer = nn.linear(3, 3);
    const model = nn.module((x) => layer(layer(x)));
    expect(updates(model).map((text) => text.split(' ')[0])).toEqual(['update_pool+sgd']);
  });
});
