// Every kernel of one thread per element, over more workgroups than one dimension of a dispatch holds. The numbers are
// small integers or halves, so that results are exact.
import { afterAll, expect, test } from 'vitest';
import { concat, grad, mul, nn, optim, sum, upsampleNearest2d } from '../../src/index.ts';
import { gather } from '../../src/ops/clock.ts';
import { rectify, slotsOf } from '../../src/ops/rectify.ts';
import { rectifiers } from '../../src/rectifiers.ts';
import { batchesOf } from '../../src/train/batches.ts';
import { compute, openEngine } from '../support/check.ts';

const engine = await openEngine();
afterAll(engine.destroy);

const N = 65_536 * 64 + 17;
const ramp = (n: number) => Float32Array.from({ length: n }, (_, i) => (i % 512) - 256);
const same = (actual: Float32Array, f: (i: number) => number) =>
  expect(actual.findIndex((value, i) => value !== f(i))).toBe(-1);
const at = (i: number) => (i % 512) - 256;

test('elementwise, and sums along an axis', async () => {
  const inputs = { a: { shape: [2, N], values: ramp(2 * N) } };
  const { both, columns } = await compute(engine, inputs, ({ a }) => ({
    both: a.add(a),
    columns: sum(a, { axes: [0] }),
  }));
  same(both, (i) => 2 * at(i));
  same(columns, (i) => at(i) + at(i + N));
});

test('a rectifier with a slope per element: forward, backward, sums', async () => {
  const slots = slotsOf('prelu', rectifiers.prelu, { share: 'element' }, [1, N]);
  const inputs = {
    z: { shape: [1, N], values: ramp(N) },
    slopes: { shape: [N], values: new Float32Array(N).fill(0.5) },
  };
  const { y, dz, dp } = await compute(engine, inputs, ({ z, slopes }) => {
    const out = rectify(z, slopes, rectifiers.prelu, slots);
    const [first, second] = grad(sum(mul(out, z)), [z, slopes]);
    // y z, so that dy = z: dz = z f'(z) + y.
    return { y: out, dz: first!, dp: second! };
  });
  same(y, (i) => at(i) * (at(i) > 0 ? 1 : 0.5));
  same(dz, (i) => 2 * at(i) * (at(i) > 0 ? 1 : 0.5));
  same(dp, (i) => at(i) * Math.min(at(i), 0));
});

test('concat, and its parts', async () => {
  const inputs = { a: { shape: [N], values: ramp(N) }, b: { shape: [3], values: [7, 8, 9] } };
  const { y, da } = await compute(engine, inputs, ({ a, b }) => {
    const both = concat([b, a], 0);
    return { y: both, da: grad(sum(mul(both, both)), a) };
  });
  same(y, (i) => (i < 3 ? 7 + i : at(i - 3)));
  same(da, (i) => 2 * at(i));
});

test('upsampleNearest2d: forward, and blocks summed', async () => {
  const large = { x: { shape: [1, 1, N, 1], values: ramp(N) }, dy: { shape: [1, 2, 2 * N, 1], values: ramp(4 * N) } };
  const { y, dx } = await compute(engine, large, ({ x, dy }) => {
    const out = upsampleNearest2d(x, 2);
    return { y: out, dx: grad(sum(mul(out, dy)), x) };
  });
  same(y, (i) => at(Math.floor((i % (2 * N)) / 2)));
  same(dx, (i) => at(2 * i) + at(2 * i + 1) + at(2 * N + 2 * i) + at(2 * N + 2 * i + 1));
});

test('augment: forward, and back', async () => {
  const { y, dx } = await compute(engine, { x: { shape: [1, 1, N, 1], values: ramp(N) } }, ({ x }) => {
    const out = nn.augment({ flip: true })(x);
    return { y: out, dx: grad(sum(mul(out, out.detach())), x) };
  });
  const mirrored = y[0] !== at(0);
  same(y, (i) => at(mirrored ? N - 1 - i : i));
  same(dx, at);
});

test('the gradient of binary cross-entropy by its targets', async () => {
  const inputs = { z: { shape: [1, N], values: ramp(N) }, t: { shape: [1, N], values: ramp(N).map((x) => x % 2) } };
  const { dt } = await compute(engine, inputs, ({ z, t }) => ({ dt: grad(nn.bceWithLogits(z, t), t) }));
  expect(dt.findIndex((value, i) => !(Math.abs(value * N + at(i)) <= 2 ** -21 * Math.abs(at(i))))).toBe(-1);
});

test('a rectifier without learned parameters', async () => {
  const slots = slotsOf('relu', rectifiers.relu, {}, [N]);
  const { y, dz } = await compute(engine, { z: { shape: [N], values: ramp(N) } }, ({ z }) => {
    const out = rectify(z, null, rectifiers.relu, slots);
    return { y: out, dz: grad(sum(out), z) };
  });
  same(y, (i) => Math.max(at(i), 0));
  same(dz, (i) => (at(i) > 0 ? 1 : 0));
});

test.each([
  ['sgd', optim.sgd({ lr: 0.5 }), (g: number) => -0.5 * g, 0],
  // A first step goes by the learning rate whatever the gradient's size, less what eps takes.
  ['adam', optim.adam({ lr: 0.5 }), (g: number) => -0.5 * Math.sign(g), 1e-5],
] as const)('%s', async (_, optimizer, step, tolerance) => {
  const model = nn.linear(1, N, { bias: false, init: 'zeros' });
  const inputs = { x: { shape: [1, 1], values: [1] }, dy: { shape: [1, N], values: ramp(N) } };
  const { w } = await compute(engine, inputs, ({ x, dy }) => {
    const loss = sum(mul(model(x), dy));
    optimizer.update(loss, model);
    const [entry] = x.graph.host.state(model)!.entries;
    return { w: x.graph.parameter(entry!.spec, entry!.shape, () => new Float32Array()) };
  });
  expect(w.findIndex((value, i) => !(Math.abs(value - step(at(i))) <= tolerance))).toBe(-1);
});

test('gathering a batch', async () => {
  const source = {
    x: [{ name: 'x', bytes: 4 * N, initial: () => ramp(N), first: 0, count: 1 }],
    y: [{ name: 'y', bytes: 4, initial: () => Uint32Array.of(7), first: 0, count: 1 }],
    samples: 1,
    shape: [N],
    targetShape: [],
    targetType: 'u32' as const,
  };
  const batches = batchesOf(1, 1, true, 0);
  const { x, y } = await compute(engine, { unused: [1] }, ({ unused }) => gather(unused.graph, batches, source));
  same(x, at);
  expect(y[0]).toBe(7);
});
