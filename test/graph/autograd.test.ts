// The reverse walk: what it adds to the graph, and in which order.
import { expect, test } from 'vitest';
import { grad, linear, matmul, mul, nn, sum, type Tensor } from '../../src/index.ts';
import { gradients } from '../../src/ops/grad.ts';
import { operator } from '../../src/ops/operator.ts';
import { trace } from './trace.ts';

test('forward calls first, then the gradients from the loss backwards', () => {
  const { input, cores } = trace();
  const [x, w, v] = [input([2, 3]), input([3, 4]), input([4, 1])];
  const loss = nn.mse(matmul(matmul(x, w), v), input([2, 1]));
  expect(cores()).toEqual(['gemm', 'gemm', 'mse']);
  const [dw, dv] = grad(loss, [w, v]);
  expect([dw!.shape, dv!.shape]).toEqual([
    [3, 4],
    [4, 1],
  ]);
  // For the second product both gradients; for the first that of w alone: nobody asked for that of x.
  expect(cores().slice(3)).toEqual(['gemm', 'gemm', 'gemm']);
});

test('only what lies between the loss and the wanted tensors is walked', () => {
  const { input, cores } = trace();
  const [x, w, b] = [input([2, 3]), input([3, 4]), input([4])];
  const y = linear(x, w, b);
  const loss = sum(y);
  mul(y, 2).mul(y); // leads nowhere
  const before = cores().length;
  grad(loss, b);
  // 1, repeated to the shape of y, and its sum over the rows.
  expect(cores().slice(before)).toEqual(['broadcast', 'reduce']);
});

test('a tensor used n times adds n - 1 times', () => {
  const { input, cores } = trace();
  const x = input([3]);
  const loss = sum(x.mul(2).add(x.mul(3)).add(x));
  const before = cores().length;
  grad(loss, x);
  // The 1 repeated, two scalings, two additions.
  expect(cores().slice(before)).toEqual(['broadcast', 'broadcast', 'broadcast', 'broadcast', 'broadcast']);
});

test('gradients come in the order asked for, also those of results on the way', () => {
  const { input } = trace();
  const [a, b] = [input([2, 3]), input([3])];
  const y = a.mul(b);
  expect(gradients(sum(y), [b, y, a, input([7])]).map((g) => g?.shape ?? null)).toEqual([[3], [2, 3], [2, 3], null]);
});

test('an operator made of others has its own gradient, not theirs as well', () => {
  const { input, graph } = trace();
  const given = input([3]);
  const own = operator<readonly [Tensor], null>({
    name: 'own',
    inputs: (x) => [x],
    forward: (_, x) => ({ output: mul(x, x), saved: null }),
    backward: () => [given],
  });
  const x = input([3]);
  expect(gradients(sum(own(x)), [x])).toEqual([given]);
  expect(graph.tape.filter(({ operator: name }) => name === 'mul')).toHaveLength(1);
});

test('the gradient of the loss itself is 1, and costs nothing', () => {
  const { input, cores } = trace();
  const loss = nn.mse(input([2]), input([2]));
  expect(grad(loss, loss).origin).toMatchObject({ kind: 'buffer', place: { buffer: { name: 'one' } } });
  expect(cores()).toEqual(['mse']);
});
