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
    expect(names.at(-1)).toBe('sgd');
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
      'advance',
      'broadcast',
      'gemm+dense+plain',
      'sgd',
    ]);
  });
});
