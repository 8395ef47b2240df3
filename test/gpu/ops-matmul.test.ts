// matmul in all transposes, and linear; with each of the kernels that compute them.
import { afterAll, describe, expect, test } from 'vitest';
import { linear, matmul } from '../../src/index.ts';
import { checkOperator, compute, multilinear, openEngine } from '../support/check.ts';
import { gemmNames } from '../support/open-engine.ts';
import * as ref from '../support/reference.ts';

const engines = await Promise.all((await gemmNames()).map(async (gemm) => [gemm, await openEngine({ gemm })] as const));
afterAll(() => {
  for (const [, engine] of engines) engine.destroy();
});

// Around tiles of 16 to 64 and register tiles of 4 to 16: below, above, and several of them; and vectors.
const SIZES: readonly (readonly [m: number, k: number, n: number])[] = [
  [1, 1, 1],
  [1, 17, 3],
  [3, 1, 33],
  [17, 3, 1],
  [1, 127, 65],
  [33, 33, 33],
  [33, 65, 17],
  [65, 33, 127],
  [127, 65, 3],
  [127, 127, 127],
];
const TRANSPOSES = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;

describe.each(engines)('%s', (_gemm, engine) => {
  test.each(TRANSPOSES.flatMap(([ta, tb]) => SIZES.map(([m, k, n]) => ({ m, k, n, ta, tb }))))(
    'matmul $m x $k x $n, transposed: $ta $tb',
    ({ m, k, n, ta, tb }) => {
      const a = ta ? ([k, m] as const) : ([m, k] as const);
      const b = tb ? ([n, k] as const) : ([k, n] as const);
      return checkOperator(
        engine,
        { a, b },
        (t) => matmul(t.a, t.b, { transposeA: ta, transposeB: tb }),
        multilinear(
          (x: { a: ref.Numbers; b: ref.Numbers }, dy) => {
            const { da, db } = ref.matmulBackward(dy, x.a, a, x.b, b, ta, tb);
            return { y: ref.matmul(x.a, a, x.b, b, ta, tb), a: da, b: db };
          },
          { y: k, a: n, b: m },
        ),
      );
    },
  );

  test.each(SIZES)('linear %i x %i x %i', (rows, from, to) =>
    checkOperator(
      engine,
      { x: [rows, from], w: [from, to], b: [to] },
      (t) => linear(t.x, t.w, t.b),
      multilinear(
        ({ x, w, b }: Record<'x' | 'w' | 'b', ref.Numbers>, dy) => {
          const { da, db } = ref.matmulBackward(dy, x, [rows, from], w, [from, to]);
          const y = ref.add(ref.matmul(x, [rows, from], w, [from, to]), [rows, to], b, [to]);
          return { y, x: da, w: db, b: ref.sumTo(dy, [rows, to], [to]) };
        },
        { y: from + 1, x: to, w: rows, b: rows - 1 },
      ),
    ),
  );
});

test('more tiles than one dimension of a dispatch holds', async () => {
  const engine = await openEngine();
  const m = 65_536 * 32 + 1;
  const a = Float32Array.from({ length: m }, (_, i) => i % 1000);
  const inputs = { a: { shape: [m, 1], values: a }, b: { shape: [1, 1], values: [3] } };
  const { y } = await compute(engine, inputs, (t) => ({ y: matmul(t.a, t.b) }));
  expect(y.findIndex((value, i) => value !== 3 * (i % 1000))).toBe(-1);
  engine.destroy();
});
