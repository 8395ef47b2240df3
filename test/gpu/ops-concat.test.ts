// Tensors side by side, and images made larger: against their definitions, and what they refuse.
import { afterAll, describe, expect, test } from 'vitest';
import type { Entry } from '../../src/graph/state.ts';
import {
  ArgumentError,
  concat,
  grad,
  nn,
  optim,
  ShapeError,
  sum,
  type Tensor,
  upsampleNearest2d,
} from '../../src/index.ts';
import { operator } from '../../src/ops/operator.ts';
import { checkOperator, compute, openEngine, random } from '../support/check.ts';
import { dotTolerance, type Numbers, type Shape, size } from '../support/reference.ts';

const engine = await openEngine();
afterAll(() => engine.destroy());

const exact = (values: Numbers) => ({ values, tolerance: () => 0 });

/** For each tensor, where its elements go in the whole; by coordinates, one element at a time. */
function targets(shapes: readonly Shape[], axis: number): readonly (readonly number[])[] {
  const whole = shapes[0]!.with(
    axis,
    shapes.reduce((total, shape) => total + shape.at(axis)!, 0),
  );
  let before = 0;
  return shapes.map((shape) => {
    const found = Array.from({ length: size(shape) }, (_, i) => {
      let rest = i;
      const at = shape.map((_length, a) => {
        const inner = size(shape.slice(a + 1));
        const index = Math.floor(rest / inner);
        rest %= inner;
        return index;
      });
      at[axis]! += before;
      return at.reduce((offset, index, a) => offset * whole[a]! + index, 0);
    });
    before += shape[axis]!;
    return found;
  });
}

test.each([
  ['1', 0],
  ['1, 1', 0],
  ['5, 3, 1', -1],
  ['2 x 3, 4 x 3', 0],
  ['3 x 2, 3 x 5, 3 x 1', 1],
  ['3 x 2, 3 x 5, 3 x 1', -1],
  ['2 x 3 x 5 x 1, 2 x 3 x 5 x 4, 2 x 3 x 5 x 7', -1],
  ['2 x 3 x 5 x 3, 2 x 1 x 5 x 3', 1],
  ['2 x 3 x 5 x 3, 2 x 3 x 2 x 3', -2],
  ['1 x 3, 1 x 1, 1 x 4, 1 x 1, 1 x 5, 1 x 9, 1 x 2, 1 x 6, 1 x 130', 1],
])('concat of %s along %i', (text, axis) => {
  const shapes = text.split(', ').map((shape) => shape.split(' x ').map(Number));
  const inputs = Object.fromEntries(shapes.map((shape, i) => [`x${i}`, shape]));
  const to = targets(shapes, axis < 0 ? axis + shapes[0]!.length : axis);
  return checkOperator(
    engine,
    inputs,
    (t) =>
      concat(
        shapes.map((_, i) => t[`x${i}`]!),
        axis,
      ),
    (x, dy) => {
      const y = new Float64Array(dy.length);
      to.forEach((places, i) => {
        places.forEach((place, j) => {
          y[place] = x[`x${i}`]![j]!;
        });
      });
      const gradients = to.map((places, i) => [`x${i}`, exact(places.map((place) => dy[place]!))] as const);
      return { y: exact(y), ...Object.fromEntries(gradients) };
    },
  );
});

test('concat: of a tensor with itself the gradients are added; of one that needs none nothing is made', async () => {
  const inputs = { a: [3, 2], b: [3, 4], dy: [3, 8] } as const;
  const results = await compute(engine, inputs, ({ a, b, dy }) => ({
    da: grad(sum(concat([a, b, a], 1).mul(dy)), a),
  }));
  const dy = random('dy', [3, 8]);
  const wanted = [0, 1, 2].flatMap((row) => [0, 1].map((j) => Math.fround(dy[8 * row + j]! + dy[8 * row + 6 + j]!)));
  expect([...results.da]).toEqual(wanted);
  expect(results.printed.match(/^copy /gm)).toHaveLength(2);
});

test('concat: one call a tensor, which fill one result', async () => {
  const inputs = { a: [3, 2], b: [3, 4], c: [3, 1] } as const;
  const { printed } = await compute(engine, inputs, ({ a, b, c }) => ({ y: concat([a, b, c], 1).mul(2) }));
  expect(printed).toMatchInlineSnapshot(`
    "copy [1] x=a -> out=%1
    copy [1] x=b -> out=%1
    copy [1] x=c -> out=%1
    broadcast [1] a=%1 b=%1 -> out=%2
    uniforms: 1024 bytes
    input a: 256 bytes
    arena 0: 256 bytes
    input b: 256 bytes
    input c: 256 bytes
    arena 1: 256 bytes
    step: 48 bytes"
  `);
});

test('concat: results that live on beside it keep their memory', async () => {
  const inputs = { x: [7, 70] } as const;
  const results = await compute(engine, inputs, ({ x }) => {
    const [a, b] = [x.mul(2), x.mul(3)];
    const both = concat([a, x, b], 0);
    const again = concat([both.mul(2), concat([b, a], 0)], 0);
    return { y: again.add(concat([both, a.add(b), x], 0)) };
  });
  const x = random('x', [7, 70]);
  const scale = (...factors: number[]) => factors.flatMap((factor) => [...x].map((value) => factor * value));
  const wanted = scale(4 + 2, 2 + 1, 6 + 3, 3 + 5, 2 + 1);
  const worst = results.y.reduce((most, value, i) => Math.max(most, Math.abs(value / wanted[i]! - 1)), 0);
  expect(worst).toBeLessThan(4 * 2 ** -23);
});

test('a gradient that is a concat can be learned from', async () => {
  const model = nn.linear(4, 3, { init: 'zeros' });
  // y = w, with the gradient dy in two pieces.
  const pieces = operator<readonly [Tensor, readonly [Tensor, Tensor]], null>({
    name: 'pieces',
    inputs: (w) => [w],
    forward: (_, w) => ({ output: w.mul(1), saved: null }),
    backward: (_dy, _saved, _needed, _w, both) => [concat(both, 0)],
  });
  const { w } = await compute(engine, { x: [1, 4], a: [2, 3], b: [2, 3] }, ({ x, a, b }) => {
    model(x);
    const [{ spec, shape }] = x.graph.host.state(model)!.entries as [Entry];
    const weight = x.graph.parameter(spec, shape, () => new Float32Array());
    optim.sgd({ lr: 1 }).update(sum(pieces(weight, [a, b])), model);
    return { w: weight };
  });
  expect([...w].map((value) => value + 0)).toEqual(
    [...random('a', [2, 3]), ...random('b', [2, 3])].map((value) => -value),
  );
});

test.each<[string, new (message: string) => Error, (x: (shape: Shape) => Tensor, u: Tensor) => Tensor]>([
  ['concat: expected an array of at least one tensor, as in concat([a, b], -1)', ArgumentError, () => concat([], 0)],
  ['concat: axis 2 of [2, 3]; expected a whole number from -2 to 1', ShapeError, (x) => concat([x([2, 3])], 2)],
  ['concat: axis -3 of [2, 3]; expected', ShapeError, (x) => concat([x([2, 3])], -3)],
  ['concat: axis 0.5 of [2, 3]; expected', ShapeError, (x) => concat([x([2, 3])], 0.5)],
  [
    'concat: axis 0 of []; expected a tensor with axes, such as reshape([1]) of it',
    ShapeError,
    (x) => concat([x([])], 0),
  ],
  [
    'concat: [2, 3] and [3, 3] do not fit along axis 1; all other lengths must be equal',
    ShapeError,
    (x) => concat([x([2, 3]), x([2, 1]), x([3, 3])], 1),
  ],
  ['concat: [2, 3] and [2] do not fit along axis -1', ShapeError, (x) => concat([x([2, 3]), x([2])], -1)],
  ['concat: expected f32 tensors, got f32 and u32', ShapeError, (x, u) => concat([x([2]), u], 0)],
  ['concat: expected tensors; a number or an array is not one', ArgumentError, (x) => concat([x([2]), 3 as never], 0)],
  [
    'upsampleNearest2d: expected images of shape [images, height, width, channels], got [2, 3]; reshape them',
    ShapeError,
    (x) => upsampleNearest2d(x([2, 3]), 2),
  ],
  [
    'upsampleNearest2d: factor must be a whole number of at least 1, got 1.5',
    ShapeError,
    (x) => upsampleNearest2d(x([1, 2, 2, 1]), 1.5),
  ],
  ['upsampleNearest2d: factor must be', ShapeError, (x) => upsampleNearest2d(x([1, 2, 2, 1]), 0)],
  ['upsampleNearest2d: expected f32', ShapeError, (_, u) => upsampleNearest2d(u, 2)],
  ['nn.upsample: factor must be a whole number of at least 1, got -1', ArgumentError, () => nn.upsample(-1) as never],
])('refuses: %s', async (message, type, make) => {
  const run = engine.compile({ start: [1], u: { shape: [2], dtype: 'u32' } }, ({ start, u }) => ({
    y: make((shape) => start.reshape([]).expand(shape), u),
  }));
  await expect(run).rejects.toThrow(type);
  await expect(run).rejects.toThrow(message);
});

test('a second derivative is refused', async () => {
  for (const f of [(x: Tensor) => concat([x, x], 1), (x: Tensor) => upsampleNearest2d(x, 2)]) {
    const run = engine.compile({ x: [1, 2, 2, 1] }, ({ x }) => {
      const dx = grad(sum(f(x).mul(f(x))), x);
      return { second: grad(sum(dx.mul(dx)), x) };
    });
    await expect(run).rejects.toThrow(/the derivative of (concat|upsampleNearest2d) is not available/);
  }
});

describe.each<[Shape, number]>([
  [[1, 1, 1, 1], 1],
  [[1, 1, 1, 1], 3],
  [[3, 5, 7, 3], 1],
  [[2, 4, 6, 5], 2],
  [[3, 3, 1, 2], 3],
  [[1, 1, 9, 1], 5],
])('upsampleNearest2d of %j by %i', (shape, factor) => {
  const [images, height, width, channels] = shape as [number, number, number, number];
  /** For each element of the larger images, the one of the smaller that it is. */
  const source: number[] = [];
  for (let i = 0; i < images; i++)
    for (let p = 0; p < height * factor; p++)
      for (let q = 0; q < width * factor; q++)
        for (let c = 0; c < channels; c++)
          source.push(((i * height + Math.floor(p / factor)) * width + Math.floor(q / factor)) * channels + c);

  test.each([
    ['operator', (x: Tensor) => upsampleNearest2d(x, factor)],
    ['layer', (x: Tensor) => nn.upsample(factor)(x)],
  ])('%s', (_, f) =>
    checkOperator(
      engine,
      { x: shape },
      (t) => f(t.x),
      ({ x }, dy) => {
        const [dx, sizes] = [new Float64Array(x.length), new Float64Array(x.length)];
        source.forEach((from, i) => {
          dx[from]! += dy[i]!;
          sizes[from]! += Math.abs(dy[i]!);
        });
        return {
          y: exact(source.map((from) => x[from]!)),
          x: { values: dx, tolerance: (i) => dotTolerance(factor ** 2 - 1, sizes[i]!) },
        };
      },
    ),
  );
});
