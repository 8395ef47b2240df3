// sum and mean over every subset of axes, and over more terms than one pass adds.
import { afterAll, describe, expect, test } from 'vitest';
import { mean, sum } from '../../src/index.ts';
import { checkOperator, compute, multilinear, openEngine, random } from '../support/check.ts';
import * as ref from '../support/reference.ts';

const engine = await openEngine();
afterAll(engine.destroy);

async function check(shape: ref.Shape, axes: readonly number[], keepDims = false) {
  const kept = shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  const count = ref.size(shape) / ref.size(kept);
  const reference = (factor: number) => (x: { x: ref.Numbers }, dy: ref.Numbers) => ({
    y: ref.sum(x.x, shape, axes).map((value) => value * factor),
    x: ref.broadcastTo(dy, kept, shape).map((value) => value * factor),
  });
  const options = { axes, keepDims };
  await checkOperator(
    engine,
    { x: shape },
    (t) => sum(t.x, options),
    multilinear(reference(1), { y: count - 1, x: 0 }),
  );
  // The factor 1 / count, and the product with it, are rounded.
  await checkOperator(
    engine,
    { x: shape },
    (t) => mean(t.x, options),
    multilinear(reference(1 / count), { y: count + 1, x: 2 }),
  );
}

/** All subsets of the axes of `shape`. */
const subsets = (shape: ref.Shape): number[][] =>
  Array.from({ length: 2 ** shape.length }, (_, bits) => [...shape.keys()].filter((axis) => (bits >> axis) & 1));

describe.each([[[3, 4, 5]], [[2, 3, 4, 5]]])('sum and mean of [%s]', (shape) => {
  test.each(subsets(shape).map((axes) => [axes]))('over the axes [%s]', async (axes) => {
    await check(shape, axes);
    await check(shape, axes, true);
  });
});

test.each<[ref.Shape, number[]]>([
  [[128], [0]],
  [[129], [0]],
  [[10_007], [0]],
  [[10_007, 3], [0]],
  [[3, 10_007], [1]],
  [[2, 4099, 3], [1]],
  [
    [521, 2, 131],
    [0, 2],
  ],
])('sum and mean of [%s] over [%s], in several passes', (shape, axes) => check(shape, axes));

test('axes: all of them by default, negative ones from the end, in any order', async () => {
  const shape = [3, 4, 5];
  const results = await compute(engine, { x: shape }, ({ x }) => ({
    all: sum(x),
    last: sum(x, { axes: [-1] }),
    two: sum(x, { axes: [-1, 0] }),
    kept: sum(x, { axes: [0, 2] }),
    method: x.mean().mul(60),
  }));
  const values = random('x', shape);
  ref.expectClose(results.all, ref.sum(values, shape, [0, 1, 2]), () => 1e-5);
  ref.expectClose(results.last, ref.sum(values, shape, [2]), () => 1e-5);
  ref.expectClose(results.method, results.all, () => 1e-5);
  expect(results.two).toEqual(results.kept);
});

test('a sum of many terms is closer than adding them one by one would be', async () => {
  const n = 100_003;
  const { y } = await compute(engine, { x: { shape: [n], values: new Float32Array(n).fill(0.1) } }, ({ x }) => ({
    y: sum(x),
  }));
  // A tree of 64-term sums: 3 levels of at most 127 roundings each.
  ref.expectClose(y, [n * Math.fround(0.1)], () => ref.dotTolerance(3 * 127, n * 0.1));
});
