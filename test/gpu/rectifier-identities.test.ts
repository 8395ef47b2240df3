// What holds between a rectifier's own results, whatever they are, and between two rectifiers of which one is a special case of
// the other: no reference is asked.
import { afterAll, describe, expect, test } from 'vitest';
import { grad, matmul, mul, type Rectifier, rectifiers, sum, type Tensor } from '../../src/index.ts';
import { rectify, slotsOf } from '../../src/ops/rectify.ts';
import { parameterValues, type RectifierName, type Share } from '../../src/rectifiers.ts';
import { compute, openEngine, random } from '../support/check.ts';
import * as ref from '../support/reference.ts';

const engine = await openEngine();
afterAll(engine.destroy);

const SHARES: readonly Share[] = ['layer', 'channel', 'element'];
const entries: [string, Rectifier][] = Object.entries(rectifiers);

const SHAPES: readonly ref.Shape[] = [
  [37, 18],
  [5, 3, 2, 18],
];
/** With a place at 0, which the left branch owns. */
const inputOf = (shape: ref.Shape) => random('z', shape).map((value, i) => (i === 7 ? 0 : 2 * value));

/** Parameters by name, each as many values as share it. */
type Values = Readonly<Record<string, Float32Array>>;

/**
 * Results with dy = g, by name: y, dx and the gradient of each learned parameter. `values` are those of all elements, or with
 * `spread` the middle of what the sharers have; where nothing is learned, the shader gets them as numbers.
 */
async function run(
  name: RectifierName,
  shape: ref.Shape,
  {
    share,
    learn,
    values = {},
    spread = 0,
  }: {
    readonly share: Share;
    readonly learn: readonly string[];
    readonly values?: Readonly<Record<string, number>>;
    readonly spread?: number;
  },
) {
  const entry: Rectifier = rectifiers[name];
  const slots = slotsOf(name, entry, { share, learn, values }, shape);
  const noise = random('parameters', [Math.max(slots.size, 1)]);
  const slopes = new Float32Array(Math.max(slots.size, 1));
  const parts = (packed: Float32Array): Values =>
    Object.fromEntries(
      slots.names.map((key, j) => [key, packed.subarray(slots.offset[j], slots.offset[j]! + slots.count[j]!)]),
    );
  slots.names.forEach((_, j) => {
    // The same noise for the n-th value of any parameter, wherever it lies.
    for (let i = 0; i < slots.count[j]!; i++) slopes[slots.offset[j]! + i] = slots.value[j]! + spread * noise[i]!;
  });
  const given = {
    z: { shape, values: inputOf(shape) },
    g: shape,
    slopes: { shape: [slopes.length], values: slopes },
    w: [18, 18],
    v: [18, 5],
    probe: [37, 5],
  };
  const flat = shape.length === 2;
  const got = await compute<keyof typeof given, string>(engine, given, (t) => {
    const apply = (x: Tensor) => rectify(x, slots.size > 0 ? t.slopes : null, entry, slots);
    const y = apply(t.z);
    const loss = sum(mul(y, t.g));
    const alone = { y, dx: grad(loss, t.z), ...(slots.size > 0 && { dp: grad(loss, t.slopes) }) };
    if (!flat) return alone;
    // Forwards in the product before it, backwards in the one that computes its output's gradient.
    const within = apply(matmul(t.z, t.w));
    const far = sum(mul(matmul(within, t.v), t.probe));
    return { ...alone, fusedY: within, fusedDx: grad(far, t.z) };
  });
  if (flat) expect(got.printed).toMatch(/\+dense\+act\+[\s\S]*\+act_(dx|backward)\+/);
  return { y: got.y!, dx: got.dx!, dp: got.dp ? parts(got.dp) : {}, p: parts(slopes), got };
}

/** Sums over the elements that share a value. */
function sums(count: number, shape: ref.Shape, term: (i: number) => number): Float64Array {
  const totals = new Float64Array(count);
  for (let i = 0; i < ref.size(shape); i++) totals[i % count]! += term(i);
  return totals;
}

describe.each(SHAPES)('on [%s, %s, ...]', (...shape) => {
  const [z, g, n] = [inputOf(shape), random('g', shape), ref.size(shape)];

  test.each(SHARES)('DPReLU by %s: dt = -Σ dx, α dα + β dβ = Σ g (y - b)', async (share) => {
    const learn = ['alpha', 'beta', 't', 'b'];
    const values = { alpha: 0.5, beta: 0.9, t: 0.1, b: -0.2 };
    const { y, dx, dp, p } = await run('dprelu', shape, { share, learn, values, spread: 0.3 });
    const count = p.t!.length;
    const of = (key: string, i: number) => p[key]![i % count]!;
    // A term of either side has a rounding of its own, or two; the sum one for each.
    const minus = sums(count, shape, (i) => -dx[i]!);
    const sizes = sums(count, shape, (i) => Math.abs(dx[i]!));
    ref.expectClose(dp.t!, minus, (k) => ref.dotTolerance(n / count + 2, sizes[k]!));
    const both = Float64Array.from(
      { length: count },
      (_, k) => p.alpha![k]! * dp.alpha![k]! + p.beta![k]! * dp.beta![k]!,
    );
    const expected = sums(count, shape, (i) => g[i]! * (y[i]! - of('b', i)));
    const magnitudes = sums(count, shape, (i) => {
      const steepest = Math.max(Math.abs(of('alpha', i)), Math.abs(of('beta', i)));
      return Math.abs(g[i]!) * (steepest * Math.abs(z[i]! - of('t', i)) + Math.abs(of('b', i)));
    });
    ref.expectClose(both, expected, (k) => ref.dotTolerance(n / count + 4, magnitudes[k]!));
  });

  test.each(SHARES)('PReLU by %s: Σ g y = Σ g x over x > 0, and Σ a da', async (share) => {
    const { y, dp, p } = await run('prelu', shape, { share, learn: ['a'], spread: 0.5 });
    const total = sums(1, shape, (i) => g[i]! * y[i]!);
    const right = sums(1, shape, (i) => (z[i]! > 0 ? g[i]! * z[i]! : 0))[0]!;
    const left = dp.a!.reduce((all, da, k) => all + da * p.a![k]!, 0);
    const size = sums(1, shape, (i) => Math.abs(g[i]! * y[i]!))[0]!;
    ref.expectClose([right + left], total, [ref.dotTolerance(n / p.a!.length + 2, size)]);
  });
});

const symmetric = entries.filter(([, entry]) => {
  const p = parameterValues(entry);
  return [0.1, 1, 2.5, 7].every((x) => Math.abs(entry.formula(x, p) - entry.formula(-x, p) - x) < 1e-12);
});

test('f(x) - f(-x) = x, of each formula that says so', async () => {
  const names = symmetric.map(([name]) => name);
  expect(names).toEqual(expect.arrayContaining(['gelu', 'gelu_tanh', 'gelu_sigmoid', 'silu', 'softplus', 'relu']));
  const xs = [...Array.from({ length: 200 }, (_, i) => Math.fround(0.07 * i + 0.003)), 20, 88.8, 104, 1e4, 1e30].map(
    Math.fround,
  );
  const shape = [2, xs.length];
  const inputs = { x: { shape, values: [...xs, ...xs.map((x) => -x)] } };
  const got = await compute<string, string>(engine, inputs, ({ x }) =>
    Object.fromEntries(
      symmetric.map(([name, entry]) => [name, rectify(x!, null, entry, slotsOf(name, entry, { learn: [] }, shape))]),
    ),
  );
  for (const [name] of symmetric)
    xs.forEach((x, i) => {
      const [right, left] = [got[name]![i]!, got[name]![xs.length + i]!];
      // Two values, each within its own bound; on the way to huge x the left one is 0.
      const allowed = [right, left].reduce((all, y) => all + 3e-6 + (2e-6 + 5e-7 * Math.min(x, 104)) * Math.abs(y), 0);
      expect.soft(Math.abs(right - left - x), `${name} at ${x}`).toBeLessThanOrEqual(allowed);
    });
});

/** WGSL lets a device ignore the sign of a zero: -0 + 0 is 0. */
const bits = (values: Float32Array) => [...new Uint32Array(Float32Array.from(values, (value) => value + 0).buffer)];

const SPECIAL: readonly (readonly [
  RectifierName,
  Readonly<Record<string, number>>,
  Readonly<Record<string, string>>,
])[] = [
  ['relu', {}, {}],
  ['prelu', { a: 0.3 }, { a: 'alpha' }],
  ['frelu', { b: -0.4 }, { b: 'b' }],
];

describe.each(SPECIAL)('DPReLU is %s to the bit, where its parameters say so', (name, values, names) => {
  const theirs = Object.fromEntries(Object.entries(values).map(([key, value]) => [names[key]!, value]));
  const learn = Object.keys(values);

  test('as numbers', async () => {
    const fixed = { share: 'channel', learn: [] } as const;
    const [one, all] = [
      await run(name, [37, 18], { ...fixed, values }),
      await run('dprelu', [37, 18], { ...fixed, values: theirs }),
    ];
    for (const key of ['y', 'dx', 'fusedY', 'fusedDx']) expect(bits(all.got[key]!)).toEqual(bits(one.got[key]!));
  });

  test.each(learn.length > 0 ? SHARES : [])('learned, by %s', async (share) => {
    // What one has learned is learned by both, with the same values; the rest of DPReLU's are at their defaults.
    const [mine, its] = [{ share, learn, values, spread: 0.2 }, Object.values(names)];
    for (const shape of SHAPES) {
      const one = await run(name, shape, mine);
      const all = await run('dprelu', shape, { ...mine, learn: its, values: theirs });
      for (const key of Object.keys(one.got).filter((key) => !['dp', 'printed'].includes(key)))
        expect(bits(all.got[key]!)).toEqual(bits(one.got[key]!));
      for (const [key, our] of Object.entries(names)) {
        expect(bits(all.p[our]!)).toEqual(bits(one.p[key]!));
        expect(bits(all.dp[our]!)).toEqual(bits(one.dp[key]!));
      }
    }
  });

  test('all four learned', async () => {
    const one = await run(name, [37, 18], { share: 'layer', learn, values });
    const all = await run('dprelu', [37, 18], { share: 'layer', learn: ['alpha', 'beta', 't', 'b'], values: theirs });
    for (const key of ['y', 'dx', 'fusedY', 'fusedDx']) expect(bits(all.got[key]!)).toEqual(bits(one.got[key]!));
    for (const [its, ours] of Object.entries(names)) expect(bits(all.dp[ours]!)).toEqual(bits(one.dp[its]!));
  });
});
