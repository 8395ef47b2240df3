// What operators refuse while tracing, and what they say about it: what was called, what it got, what it expected.
import { describe, expect, test } from 'vitest';
import type { DType } from '../../src/graph/tensor.ts';
import {
  ArgumentError,
  add,
  expand,
  grad,
  linear,
  matmul,
  mean,
  mul,
  nn,
  optim,
  reshape,
  type Shape,
  ShapeError,
  sub,
  sum,
  type Tensor,
} from '../../src/index.ts';
import { createStates } from '../../src/nn/states.ts';
import { newGraph } from '../../src/ops/methods.ts';
import { type Definition, operator } from '../../src/ops/operator.ts';
import { rectify, slotsOf } from '../../src/ops/rectify.ts';
import { rectifiers } from '../../src/rectifiers.ts';

/** Symbols of one trace. */
function tracer() {
  const graph = newGraph(createStates(0), 'train');
  let count = 0;
  return (shape: Shape, dtype: DType = 'f32') => graph.input(`x${count++}`, shape, dtype);
}

const prelu = (shape: Shape) => slotsOf('prelu', rectifiers.prelu, {}, shape);

describe('shapes', () => {
  test.each<[string, (x: ReturnType<typeof tracer>) => unknown, string]>([
    [
      'matmul',
      (x) => matmul(x([2, 3]), x([4, 5])),
      'matmul: got [2, 3] and [4, 5]; the inner lengths must be equal, and 3 is not 4',
    ],
    [
      'matmul, transposed',
      (x) => matmul(x([2, 3]), x([3, 5]), { transposeA: true }),
      'matmul: got [2, 3] transposed and [3, 5]; the inner lengths must be equal, and 2 is not 3',
    ],
    [
      'matmul of a vector',
      (x) => matmul(x([3]), x([3, 4])),
      'matmul: expected two matrices, got shapes [3] and [3, 4]',
    ],
    [
      'linear',
      (x) => linear(x([2, 3]), x([4, 5]), x([5])),
      'linear: got [2, 3] and [4, 5]; the inner lengths must be equal',
    ],
    [
      'the bias of linear',
      (x) => linear(x([2, 3]), x([3, 5]), x([4])),
      'linear: got a bias of shape [4] for [2, 3] and [3, 5]; expected [5]',
    ],
    ['add', (x) => add(x([2, 3]), x([2])), 'add: shapes [2, 3] and [2] do not broadcast: 3 against 2 at axis 1 of 2'],
    [
      'sub',
      (x) => sub(x([2, 3]), x([3, 3])),
      'sub: shapes [2, 3] and [3, 3] do not broadcast: 2 against 3 at axis 0 of 2',
    ],
    ['mul', (x) => mul(x([4]), x([3])), 'mul: shapes [4] and [3] do not broadcast'],
    ['five axes', (x) => add(x([1, 1, 1, 1, 2]), x([2])), 'add: at most four axes, got [1, 1, 1, 1, 2]; reshape first'],
    ['five axes, scaled', (x) => mul(x([1, 1, 1, 1, 2]), 2), 'mul: at most four axes, got [1, 1, 1, 1, 2]'],
    ['five axes, expanded', (x) => expand(x([1]), [1, 1, 1, 1, 2]), 'expand: at most four axes'],
    ['expand', (x) => expand(x([2, 3]), [3]), 'expand: [2, 3] cannot become [3]'],
    ['expand', (x) => expand(x([2]), [3]), 'expand: shapes [2] and [3] do not broadcast'],
    [
      'sum',
      (x) => sum(x([2, 3]), { axes: [2] }),
      'sum: axes [2] of a tensor with 2 axes; each must exist, and only once',
    ],
    ['sum, twice an axis', (x) => sum(x([2, 3]), { axes: [1, -1] }), 'sum: axes [1, -1] of a tensor with 2 axes'],
    ['mean', (x) => mean(x([2, 3]), { axes: [-3] }), 'mean: axes [-3] of a tensor with 2 axes'],
    ['reshape', (x) => reshape(x([2, 3]), [4]), 'reshape: [2, 3] has 6 elements, which do not fit [4]'],
    ['reshape, -1 twice', (x) => reshape(x([4]), [-1, -1]), 'which do not fit [-1, -1]'],
    [
      'reshape, no whole number',
      (x) => reshape(x([6]), [4, -1]),
      'reshape: [6] has 6 elements, which do not fit [4, -1]',
    ],
    [
      'crossEntropy, labels',
      (x) => nn.crossEntropy(x([4, 3]), x([3], 'u32')),
      'crossEntropy: expected u32 labels of shape [4] for logits [4, 3], got u32 [3]',
    ],
    [
      'crossEntropy, one-hot',
      (x) => nn.crossEntropy(x([4, 3]), x([4, 3])),
      "got f32 [4, 3]; declare them as { shape: [4], dtype: 'u32' }",
    ],
    [
      'crossEntropy, logits',
      (x) => nn.crossEntropy(x([4]), x([4], 'u32')),
      'crossEntropy: expected f32 logits of shape [rows, classes], got f32 [4]',
    ],
    ['mse', (x) => nn.mse(x([4, 1]), x([4])), 'mse: expected two f32 tensors of one shape, got f32 [4, 1] and f32 [4]'],
    [
      'bceWithLogits',
      (x) => nn.bceWithLogits(x([4, 1]), x([4])),
      'bceWithLogits: expected two f32 tensors of one shape, got f32 [4, 1] and f32 [4]',
    ],
    [
      'rectify',
      (x) => rectify(x([4, 3]), x([4]), rectifiers.prelu, prelu([4, 3])),
      'rectify: got slopes of shape [4]; expected [3]',
    ],
    [
      'rectify, other slots',
      (x) => rectify(x([4, 5]), x([3]), rectifiers.prelu, prelu([4, 3])),
      'rectify: 3 parameters do not fit an input of shape [4, 5]',
    ],
    [
      'nn.linear',
      (x) => nn.linear(3, 2)(x([4, 5])),
      'nn.linear(3, 2): expected an input of shape [rows, 3], got [4, 5]',
    ],
    ['an input', (x) => x([2, 0]), 'every length must be a whole number of at least 1, got [2, 0]'],
    [
      'grad of several numbers',
      (x) => {
        const a = x([2]);
        return grad(a.mul(2), a);
      },
      'grad: the loss must have one element, got shape [2]; take its mean() or sum()',
    ],
  ])('%s', (_, call, message) => {
    expect(() => call(tracer())).toThrow(ShapeError);
    expect(() => call(tracer())).toThrow(message);
  });

  test.each<[string, (whole: Tensor, x: ReturnType<typeof tracer>) => unknown]>([
    ['add', (u, x) => add(x([2, 2]), u)],
    ['mul by a number', (u) => mul(u, 2)],
    ['expand', (u) => expand(u, [2, 2, 2])],
    ['sum', (u) => sum(u)],
    ['matmul', (u, x) => matmul(u, x([2, 3]))],
    ['linear', (u, x) => linear(x([2, 2]), u, x([2]))],
    ['rectify', (u) => rectify(u, null, rectifiers.relu, slotsOf('relu', rectifiers.relu, {}, [2, 2]))],
    ['mse', (u, x) => nn.mse(x([2, 2]), u)],
    ['bceWithLogits', (u, x) => nn.bceWithLogits(x([2, 2]), u)],
  ])('%s of whole numbers is refused: their bits are no f32', (_, call) => {
    const x = tracer();
    expect(() => call(x([2, 2], 'u32'), x)).toThrow(ShapeError);
  });
});

describe('gradients', () => {
  test('of something the loss does not depend on', () => {
    const x = tracer();
    const [a, b] = [x([2]), x([2])];
    expect(() => grad(sum(a), b)).toThrow(
      new ArgumentError('grad: the loss does not depend on tensor 0 of those given; leave it out'),
    );
    expect(() => grad(sum(a), [a, b])).toThrow('tensor 1 of those given');
  });

  test('of whole numbers', () => {
    const x = tracer();
    const labels = x([2], 'u32');
    const loss = nn.crossEntropy(x([2, 3]), labels);
    expect(() => grad(loss, labels)).toThrow('grad: whole numbers (u32) have no gradient');
  });

  test('the second derivative of what has one is traced; of a kernel, refused', () => {
    const x = tracer();
    const a = x([3]);
    const twice = (f: (a: Tensor) => Tensor) => grad(sum(grad(sum(f(a)), a).mul(a)), a).shape;
    expect(twice((v) => v.mul(v).mul(v))).toEqual([3]);
    const relu = (v: Tensor) => rectify(v, null, rectifiers.relu, slotsOf('relu', rectifiers.relu, {}, [3]));
    const refusal = (name: string) =>
      new ArgumentError(`grad: the derivative of ${name} is not available (a second derivative was asked for)`);
    expect(() => twice(relu)).toThrow(refusal('rectify'));
    expect(() => twice((v) => rectify(v, v, rectifiers.prelu, prelu([3])))).toThrow(refusal('rectify'));
    expect(() => twice((v) => nn.mse(v, x([3])))).toThrow(refusal('mse'));
    expect(() => twice((v) => nn.bceWithLogits(v, x([3])))).toThrow(refusal('bceWithLogits'));
    expect(() => twice((v) => nn.bceWithLogits(x([3]), v.mul(v)))).not.toThrow();
    expect(() => twice((v) => nn.crossEntropy(v.reshape([1, 3]), x([1], 'u32')))).toThrow(refusal('crossEntropy'));
  });
});

describe('traces', () => {
  test('a tensor of another trace', () => {
    const [here, there] = [tracer(), tracer()];
    for (const call of [
      () => add(here([2]), there([2])),
      () => grad(sum(here([2])), there([2])),
      () => nn.mse(here([2, 2]), there([2, 2])),
    ])
      expect(call).toThrow(ArgumentError);
    expect(() => add(here([2]), there([2]))).toThrow('a tensor of another traced function is used here');
  });

  test('what is no tensor', () => {
    for (const other of [3, [1, 2], new Float32Array(2), undefined])
      expect(() => add(tracer()([2]), other as never)).toThrow(
        'add: expected tensors; a number or an array is not one: pass data as an input',
      );
  });

  test('a symbol has no value', () => {
    expect(() => Number(tracer()([]))).toThrow('a tensor is a symbol while tracing and has no value');
  });

  test('an operator without a backward cannot be defined', () => {
    const half = { name: 'half', inputs: (x: Tensor) => [x], forward: () => ({}) } as unknown as Definition<
      [Tensor],
      null
    >;
    expect(() => operator(half)).toThrow(
      new ArgumentError("operator: 'half' has no backward; every operator must have one"),
    );
  });

  test('an optimizer needs the model of the loss, and a step has one turn', () => {
    const x = tracer();
    const [model, other] = [nn.linear(2, 1), nn.linear(2, 1)];
    const loss = sum(model(x([3, 2])));
    const update = (optimizer = optim.sgd({ lr: 1 })) => optimizer.update(loss, model);
    expect(() => optim.sgd({ lr: 1 }).update(loss, other)).toThrow(
      'optim.sgd: the model was not used to compute this loss',
    );
    update();
    expect(() => update()).toThrow('this model is updated twice in one traced function');
    const second = sum(other(x([3, 2])));
    expect(() => optim.sgd({ lr: 1 }).update(second, other)).toThrow(
      'a step has one turn; use one optimizer in a traced function',
    );
  });
});
