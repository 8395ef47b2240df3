// Operators on images put together: what branches, joins again, skips ahead or is dropped, by finite differences.
import { afterAll, describe, expect, test } from 'vitest';
import {
  avgPool2d,
  concat,
  conv2d,
  convTranspose2d,
  data,
  grad,
  maxPool2d,
  mul,
  nn,
  optim,
  rectifiers,
  sum,
  type Tensor,
  upsampleNearest2d,
} from '../../src/index.ts';
import { rectify, slotsOf } from '../../src/ops/rectify.ts';
import { checkGradients, checkOperator, compute, type Given, openEngine, random } from '../support/check.ts';
import { draws } from '../support/draws.ts';
import { expectClose, type Numbers, type Shape } from '../support/reference.ts';

const engine = await openEngine();
afterAll(engine.destroy);

const gelu = (x: Tensor) => rectify(x, null, rectifiers.gelu, slotsOf('gelu', rectifiers.gelu, {}, x.shape));
/** Weights small enough that sums stay of size 1. */
const weights = (name: string, shape: Shape, factor = 0.4): Given => ({
  shape,
  values: random(name, shape).map((value) => factor * value),
});

describe.each<[string, (p: number) => nn.Module]>([
  ['dropout', nn.dropout],
  ['alphaDropout', nn.alphaDropout],
])('%s of images', (name, layer) => {
  const [P, SHAPE] = [0.3, [2, 3, 5, 3]];

  test.each<Shape>([[1, 1, 1, 1], SHAPE])('gradients of [%i, %i, %i, %i]', (...shape) =>
    checkGradients(engine, { x: shape }, ({ x }) => layer(P)(x.mul(x))),
  );

  test('the gradient is dropped where the value was', async () => {
    const { y, dx } = await compute(engine, { x: SHAPE, dy: SHAPE }, ({ x, dy }) => {
      const out = layer(P)(x);
      return { y: out, dx: grad(sum(mul(out, dy)), x) };
    });
    const [x, dy] = [random('x', SHAPE), random('dy', SHAPE)];
    const [keep, floor] = [1 - P, name === 'dropout' ? 0 : -1.7580993408473766];
    const scale = name === 'dropout' ? 1 / keep : (keep + floor ** 2 * keep * P) ** -0.5;
    const shift = -scale * P * floor;
    const kept = [...draws(0, 1, x.length)].map((u) => u < keep);
    expect(new Set(kept).size).toBe(2);
    expectClose(
      y,
      [...x].map((value, i) => scale * (kept[i] ? value : floor) + shift),
      () => 1e-6,
    );
    expectClose(
      dx,
      [...dy].map((value, i) => (kept[i] ? scale * value : 0)),
      () => 1e-6,
    );
  });

  test('between convolutions', () =>
    checkGradients(
      engine,
      { x: [2, 4, 5, 2], w: weights('w', [3, 3, 2, 3]), v: weights('v', [1, 1, 3, 2]) },
      ({ x, w, v }) => conv2d(layer(P)(gelu(conv2d(x, w, null, { padding: 1 }))), v),
    ));

  test('twice on one tensor: each draws for itself, and the gradients are added', async () => {
    const both = ({ x }: { readonly x: Tensor }) => layer(P)(x).add(layer(P)(x).mul(2));
    await checkGradients(engine, { x: SHAPE }, both);
    const results = await compute(engine, { x: SHAPE }, ({ x }) => ({ a: layer(P)(x), b: layer(P)(x) }));
    expect(results.a).not.toEqual(results.b);
  });
});

test.each<Shape>([
  [1, 1, 1, 1],
  [2, 3, 5, 7],
])('a + b of images [%i, %i, %i, %i]: both gradients are dy', (...shape) => {
  const exact = (values: Numbers) => ({ values, tolerance: () => 0 });
  return checkOperator(
    engine,
    { a: shape, b: shape },
    (t) => t.a.add(t.b),
    ({ a, b }, dy) => ({
      y: exact(Float32Array.from(Array.from(a), (value, i) => value + b[i]!)),
      a: exact(dy),
      b: exact(dy),
    }),
  );
});

const slopes: Given = { shape: [3], values: [0.25, -0.5, 1.5] };
const prelu = (x: Tensor, a: Tensor) => {
  const slots = slotsOf('prelu', rectifiers.prelu, {}, x.shape);
  return rectify(x, a, rectifiers.prelu, slots);
};

describe.each([
  ['to the output', (z: Tensor, x: Tensor) => z.add(x)],
  ['from the input, on the other side', (z: Tensor, x: Tensor) => x.add(z)],
  ['to its own double', (z: Tensor) => z.add(z)],
])('a residual block, added %s', (_, join) => {
  const inputs = {
    x: [2, 4, 3, 3],
    w: weights('w', [3, 3, 3, 3], 0.2),
    v: weights('v', [3, 3, 3, 3], 0.2),
    b: weights('b', [3]),
  } as const;
  const padded = (x: Tensor, w: Tensor, b: Tensor | null = null) => conv2d(x, w, b, { padding: 1 });

  test('smooth', () =>
    checkGradients(engine, inputs, ({ x, w, v, b }) => gelu(join(padded(gelu(padded(x, w, b)), v), x))));

  test('with learned slopes', () =>
    checkGradients(engine, { ...inputs, a: slopes, s: slopes }, ({ x, w, v, b, a, s }) =>
      prelu(join(padded(prelu(padded(x, w, b), a), v), x), s),
    ));
});

test('what goes into a rectifier and what comes out of it, both used', () =>
  checkGradients(
    engine,
    { x: [2, 3, 5, 2], w: weights('w', [3, 3, 2, 3]), a: slopes, u: weights('u', [1, 1, 3, 4]) },
    ({ x, w, a, u }) => {
      const z = conv2d(x, w, null, { padding: 1 });
      const y = prelu(z, a);
      return conv2d(y.add(z), u).add(conv2d(gelu(y), u));
    },
  ));

/** Four branches from one tensor, side by side again: of an Inception block. Szegedy et al. 2015, figure 2b. */
const INCEPTION = {
  x: [2, 4, 6, 3],
  one: weights('one', [1, 1, 3, 2]),
  three: weights('three', [3, 3, 3, 1]),
  reduce: weights('reduce', [1, 1, 3, 2]),
  five: weights('five', [5, 5, 2, 3], 0.2),
  pooled: weights('pooled', [1, 1, 3, 1]),
} satisfies Record<string, Given>;
type Inception = Readonly<Record<keyof typeof INCEPTION, Tensor>>;
const inception = ({ x, one, three, reduce, five, pooled }: Inception) =>
  concat(
    [
      conv2d(x, one),
      gelu(conv2d(x, three, null, { padding: 1 })),
      conv2d(gelu(conv2d(x, reduce)), five, null, { padding: 2 }),
      conv2d(maxPool2d(x, 3, { stride: 1, padding: 1 }), pooled),
    ],
    -1,
  );

test('one tensor in four branches, and side by side again', () => checkGradients(engine, INCEPTION, inception));

test('branches, a skip, and a loss', () =>
  checkGradients(
    engine,
    { ...INCEPTION, out: weights('out', [10, 3]), labels: { shape: [2], values: Uint32Array.of(2, 0) } },
    ({ out, labels, ...block }) => {
      const joined = concat([inception(block), block.x], 3);
      const rows = avgPool2d(joined, 2).mean({ axes: [1, 2] });
      return nn.crossEntropy(rows.matmul(out), labels, { labelSmoothing: 0.2 });
    },
  ));

test('down and up again, with what was left beside it', () =>
  checkGradients(
    engine,
    {
      x: [1, 4, 6, 2],
      w: weights('w', [3, 3, 2, 3]),
      up: weights('up', [2, 2, 2, 3]),
      out: weights('out', [1, 1, 8, 1]),
      target: { shape: [1, 4, 6, 1], values: random('target', [1, 4, 6, 1]).map((value) => 1 / (1 + value ** 2)) },
    },
    ({ x, w, up, out, target }) => {
      const fine = gelu(conv2d(x, w, null, { padding: 1 }));
      const coarse = avgPool2d(fine, 2);
      const parts = [fine, upsampleNearest2d(coarse, 2), convTranspose2d(coarse, up, null, { stride: 2 })];
      return nn.bceWithLogits(conv2d(concat(parts, -1), out), target);
    },
  ));

test('parts of parts: a tensor in two concats along different axes', () =>
  checkGradients(engine, { x: [1, 2, 3, 2], y: [1, 2, 3, 2] }, ({ x, y }) => {
    const wide = concat([x, y, x], 2);
    const deep = concat([wide, wide.mul(wide)], -1);
    return concat([deep, deep.mul(0.5)], 0).mul(concat([x, y], 0).mean());
  }));

test('a network of such parts learns, and its bits repeat', async () => {
  const runs = [];
  // Looked through for anomalies, no result takes another's place in memory.
  for (const detectAnomaly of [false, true]) {
    const branch = (name: string, layer: nn.Module) => (x: Tensor) => nn.within(x, name, layer);
    const branches = [
      branch('one', nn.sequential(nn.conv2d(1, 2, 1), nn.prelu())),
      branch('three', nn.sequential(nn.conv2d(1, 3, 3, { padding: 1 }), nn.prelu())),
      branch('pool', nn.sequential(nn.maxPool2d(2), nn.upsample(2), nn.dropout(0.2))),
    ];
    const split = nn.module((x) => concat([...branches.map((part) => part(x)), x], -1));
    const model = nn.sequential(nn.unflatten([8, 8, 1]), split, nn.avgPool2d(2), nn.flatten(), nn.linear(112, 10));
    const { train } = await data.digits();
    const loss = (z: Tensor, labels: Tensor) => nn.crossEntropy(z, labels, { labelSmoothing: 0.1 });
    const options = { data: data.split(train, 300).train, batchSize: 64, loss, optimizer: optim.adam({ lr: 0.01 }) };
    const trainer = await engine.trainer(model, { ...options, detectAnomaly });
    const losses: number[] = [];
    for await (const report of trainer.run({ epochs: 6 })) losses.push(report.loss);
    const { accuracy = 0 } = await trainer.evaluate(options.data);
    runs.push({ losses, accuracy });
    trainer.destroy();
  }
  expect(runs[0]!.accuracy).toBeGreaterThan(0.7);
  expect(runs[1]).toEqual(runs[0]);
});
