// Every line of the registry, alone and in the epilogue of a matrix product, with every way of sharing parameters.
// Nothing here names a rectifier unless its parameters or values are of interest.
import { afterAll, describe, expect, test } from 'vitest';
import { conv2d, grad, linear, matmul, mul, type Rectifier, rectifiers, sum, type Tensor } from '../../src/index.ts';
import { rectify, type Slots, slotsOf } from '../../src/ops/rectify.ts';
import { isDrawn, parameterValues, type Share } from '../../src/rectifiers.ts';
import { compute, type Given, near, openEngine, random } from '../support/check.ts';
import { draws } from '../support/draws.ts';
import { vectors, X } from '../support/rectifier-vectors.ts';
import * as ref from '../support/reference.ts';

const engine = await openEngine();
afterAll(engine.destroy);

const entries: [string, Rectifier][] = Object.entries(rectifiers);
const SHARES: readonly Share[] = ['layer', 'channel', 'element'];
/** All parameters that can be learned, whether or not they are by default. */
const learnable = ({ parameters }: Rectifier) =>
  Object.keys(parameters).filter((key) => ['learned', 'fixed'].includes(parameters[key]!.kind));

/** |error| of an f32 rectifier at x: exp has (3 + 2 |x|) ulp, and the approximations of shaders/lib/math.wgsl theirs. */
const allowed = (x: number, value: number) => 3e-6 + (2e-6 + 5e-7 * Math.abs(x)) * Math.abs(value);

interface Setup {
  readonly name: string;
  readonly entry: Rectifier;
  readonly slots: Slots;
  /** Packed, each somewhat different from the registered value; empty where nothing is learned. */
  readonly slopes: Float32Array<ArrayBuffer>;
  /** By name, as many as share a value. */
  readonly params: ref.Shared;
  /** Of what is drawn: set when the operator is traced. */
  stream: number;
}

function setup(name: string, entry: Rectifier, shape: ref.Shape, share: Share, learn = learnable(entry)): Setup {
  const slots = slotsOf(name, entry, { share, learn }, shape);
  const noise = random('slopes', [slots.size]);
  const slopes = new Float32Array(slots.size);
  const params: Record<string, ref.Numbers> = {};
  slots.names.forEach((key, j) => {
    const [offset, count, value] = [slots.offset[j]!, slots.count[j]!, slots.value[j]!];
    for (let i = offset; i < offset + count; i++) slopes[i] = value + 0.2 * noise[i]!;
    params[key] = count > 0 ? slopes.slice(offset, offset + count) : [value];
  });
  return { name, entry, slots, slopes, params, stream: 0 };
}

/** The inputs `slopes`, where there are any, and the operator on them. */
const slopesOf = ({ slots, slopes }: Pick<Setup, 'slots' | 'slopes'>): Record<string, Given> =>
  slots.size > 0 ? { slopes: { shape: [slots.size], values: slopes } } : {};
const apply = (its: Setup, z: Tensor, slopes: Tensor | undefined) => {
  its.stream = z.graph.tape.length;
  return rectify(z, slopes ?? null, its.entry, its.slots);
};

/** The parameters of n elements: of one that is drawn, the number itself as both bounds. */
function paramsOf({ entry, slots, params, stream }: Setup, n: number): ref.Shared {
  if (!isDrawn(entry)) return params;
  const [low = 0, high = 0] = slots.value;
  const drawn = draws(stream, 1, n).map((u) => low + u * (high - low));
  return Object.fromEntries(slots.names.map((key) => [key, drawn]));
}

/** y, dz and dp against the reference on the same z and dy. */
function check(its: Setup, z: ref.Numbers, dy: ref.Numbers, got: Readonly<Record<string, Float32Array>>) {
  const { name, entry, slots } = its;
  const params = paramsOf(its, z.length);
  const activation = ref.activationOf(name, entry);
  const at = (i: number) => Object.fromEntries(Object.entries(params).map(([key, v]) => [key, v[i % v.length]!]));
  const y = ref.rectifier(activation, z, params);
  near('y', got.y!, { values: y, tolerance: (i) => allowed(z[i]!, y[i]!) });
  const { dx, dparams } = ref.rectifierBackward(activation, z, dy, params);
  const derivative = Float64Array.from(dx, (_, i) => activation.dx(z[i]!, at(i)));
  near('dz', got.dz!, { values: dx, tolerance: (i) => Math.abs(dy[i]!) * allowed(z[i]!, derivative[i]!) });
  slots.names.forEach((key, j) => {
    const [offset, count] = [slots.offset[j]!, slots.count[j]!];
    if (count === 0) return;
    // Each term has its own error, and the sum of them n roundings.
    const [errors, sizes] = [new Float64Array(count), new Float64Array(count)];
    for (let i = 0; i < z.length; i++) {
      const value = activation.dp(z[i]!, at(i))[key]!;
      errors[i % count]! += Math.abs(dy[i]!) * allowed(z[i]!, value);
      sizes[i % count]! += Math.abs(dy[i]! * value);
    }
    const tolerance = (i: number) => errors[i]! + ref.dotTolerance(z.length / count, sizes[i]!);
    near(`d${key}`, got.dp!.subarray(offset, offset + count), { values: dparams[key]!, tolerance });
  });
}

/** Values at xs outside of training, with dy = 1 and a set of parameters per element. */
async function evaluateAt(
  name: string,
  entry: Rectifier,
  xs: readonly number[],
  values: Readonly<Record<string, number>> = {},
  learn: readonly string[],
) {
  const shape = [1, xs.length];
  const slots = slotsOf(name, entry, { share: 'element', values, learn }, shape);
  const slopes = new Float32Array(slots.size);
  slots.offset.forEach((offset, j) => {
    slopes.fill(slots.value[j]!, offset, offset + slots.count[j]!);
  });
  const inputs = { z: { shape, values: xs }, ...slopesOf({ slots, slopes }) };
  const fn = (t: Readonly<Record<string, Tensor>>) => {
    const y = rectify(t.z!, t.slopes ?? null, entry, slots);
    return { y, dz: grad(sum(y), t.z!), ...(t.slopes && { dp: grad(sum(y), t.slopes) }) };
  };
  // Not in training: the formula knows only the mean of what is drawn there.
  const results = await compute<string, string>(engine, inputs, fn, { mode: 'eval' });
  const dp = (key: string) => results.dp!.subarray(slots.offset[slots.names.indexOf(key)]!).subarray(0, xs.length);
  return { y: results.y!, dz: results.dz!, dp };
}

// Few rows, as many as one chunk of the parameter sums has or several, and more than the last stage takes (64 chunks of 8).
const SHAPES: readonly ref.Shape[] = [
  [3, 5],
  [1, 1],
  [128, 5],
  [520, 33],
  [2, 4, 3, 5],
];
/** Of two and of four dimensions. */
const SOME: readonly ref.Shape[] = [
  [20, 5],
  [2, 3, 2, 5],
];
const PRODUCTS = [
  ['linear', (x: Tensor, w: Tensor, b: Tensor) => linear(x, w, b), '+dense+bias_act+'],
  ['matmul', (x: Tensor, w: Tensor) => matmul(x, w), '+dense+act+'],
] as const;

describe.each(entries)('%s', (name, entry) => {
  const shares = learnable(entry).length > 0 ? SHARES : (['channel'] as const);
  // Sums and shapes depend on how many parameters are learned, not on the formula: one of each number runs them all.
  const same = entries.find(([, other]) => learnable(other).length === learnable(entry).length);
  const first = same?.[0] === name;

  describe.each(shares)('a %s', (share) => {
    test.each(first ? SHAPES : SOME)('on [%s, %s, ...]', async (...shape) => {
      const its = setup(name, entry, shape, share);
      const z = random('z', shape).map((value) => 3 * value);
      const got = await compute<string, string>(
        engine,
        { z: { shape, values: z }, probe: shape, ...slopesOf(its) },
        (t) => {
          const y = apply(its, t.z!, t.slopes);
          const loss = sum(mul(y, t.probe!));
          return { y, dz: grad(loss, t.z!), ...(t.slopes && { dp: grad(loss, t.slopes) }) };
        },
      );
      check(its, z, random('probe', shape), got);
    });

    test('fused with conv2d, before and after', async () => {
      const its = setup(name, entry, [2, 5, 5, 6], share);
      const inputs = { x: [2, 5, 5, 3], w: [3, 3, 3, 6], v: [3, 3, 6, 2], probe: [2, 5, 5, 2], ...slopesOf(its) };
      const run = (apart: boolean) =>
        compute<string, string>(engine, inputs, (t) => {
          const z = conv2d(t.x!, t.w!, null, { padding: 1 });
          const y = apply(its, z, t.slopes);
          const loss = sum(mul(conv2d(y, t.v!, null, { padding: 1 }), t.probe!));
          const results = { z, y, dz: grad(loss, z), ...(t.slopes && { dp: grad(loss, t.slopes) }) };
          return apart ? { ...results, dy: grad(loss, y) } : results;
        });
      const [fused, { dy }] = [await run(false), await run(true)];
      expect(fused.printed).toContain('+patches+act+');
      // One slope per element is not one per column of a product.
      const alone = share === 'element' && its.slots.size > 0;
      expect(fused.printed).toMatch(alone ? /activation_backward/ : /\+spread\+act_(dx|backward)\+/);
      check(its, fused.z!, dy!, fused);
    });

    test.each(first ? PRODUCTS : PRODUCTS.slice(0, 1))(
      'fused with %s: the same bits as alone',
      async (_, product, kernel) => {
        const its = setup(name, entry, [33, 37], share);
        const shapes: Record<string, Given> = { x: [33, 17], w: [17, 37], b: [37], probe: [33, 37], ...slopesOf(its) };
        const fused = await compute<string, string>(engine, shapes, (t) => {
          const z = product(t.x!, t.w!, t.b!);
          const y = apply(its, z, t.slopes);
          const loss = sum(mul(y, t.probe!));
          const [dz, dw] = grad(loss, [z, t.w!]);
          return { z, y, dz: dz!, dw: dw!, ...(t.slopes && { dp: grad(loss, t.slopes) }) };
        });
        expect(fused.printed).toContain(kernel);
        expect(fused.printed).not.toContain('activation_forward');
        check(its, fused.z!, random('probe', [33, 37]), fused);

        const given = { z: { shape: [33, 37], values: fused.z! }, ...slopesOf(its) };
        // The product by 1 stands for the matrix product: what is drawn depends on how many operators came before.
        const alone = await compute<string, string>(engine, given, (t) => ({ y: apply(its, mul(t.z!, 1), t.slopes) }));
        expect(alone.printed).toContain('activation_forward');
        expect(alone.y).toEqual(fused.y);
        // What depends on dz alone is the product with it.
        const dw = ref.matmul(random('x', [33, 17]), [33, 17], fused.dz!, [33, 37], true);
        ref.expectClose(fused.dw!, dw, ref.matmulTolerance(random('x', [33, 17]), [33, 17], fused.dz!, [33, 37], true));
      },
    );
  });

  const evaluate = (xs: readonly number[], values?: Readonly<Record<string, number>>) =>
    evaluateAt(name, entry, xs, values, learnable(entry));

  test('forward, dx and dp are the formula and its differences', async () => {
    const xs = Array.from({ length: 241 }, (_, i) => Math.fround((i - 120) / 12 + 0.0123));
    const values = parameterValues(entry);
    const { y, dz, dp } = await evaluate(xs);
    const H = 1e-6;
    /** Central difference; NaN where left and right differ, at a kink. */
    const slope = (f: (h: number) => number) => {
      const [left, right] = [(f(0) - f(-H)) / H, (f(H) - f(0)) / H];
      return Math.abs(left - right) > 1e-3 ? Number.NaN : (left + right) / 2;
    };
    let kinks = 0;
    const compare = (what: string, actual: ref.Numbers, f: (x: number, h: number) => number) => {
      xs.forEach((x, i) => {
        const expected = slope((h) => f(x, h));
        if (Number.isNaN(expected)) kinks += 1;
        // The differences are wrong by 1e-9.
        else
          expect
            .soft(Math.abs(actual[i]! - expected), `${what} at ${x}`)
            .toBeLessThanOrEqual(allowed(x, expected) + 1e-8);
      });
    };
    xs.forEach((x, i) => {
      const expected = entry.formula(x, values);
      expect.soft(Math.abs(y[i]! - expected), `f at ${x}`).toBeLessThanOrEqual(allowed(x, expected));
    });
    compare('dx', dz, (x, h) => entry.formula(x + h, values));
    for (const key of learnable(entry))
      compare(key, dp(key), (x, h) => entry.formula(x, { ...values, [key]: values[key]! + h }));
    expect(kinks).toBeLessThan(0.05 * xs.length);
  });

  const others = vectors.filter((vector) => vector.name === name).flatMap(({ values }) => (values ? [values] : []));
  test.each([{}, ...others])('stays finite, and right, at any size of input: %j', async (values) => {
    const xs = [0, 1e-40, 1e-30, 1e-8, 20, 88.8, 104, 1e4, 1e19, 1e30, 3.4e38].flatMap((x) => [
      Math.fround(x),
      Math.fround(-x),
    ]);
    const { y, dz, dp } = await evaluate(xs, values);
    const p = parameterValues(entry, values);
    const reference = ref.activationOf(name, entry);
    /** Where f32 can hold it. */
    const holds = (value: number) => Math.abs(Math.fround(value)) !== Number.POSITIVE_INFINITY;
    // From 104 on an exponential is 0, or the value exact. Denormal inputs may be flushed to 0, where the left branch is.
    const right = (what: string, actual: ref.Numbers, f: (x: number) => number) =>
      xs.forEach((x, i) => {
        if (!holds(f(x))) return;
        const excess = [x, Math.abs(x) < 2 ** -126 ? 0 : x].map(
          (place) => Math.abs(actual[i]! - f(place)) / allowed(Math.min(Math.abs(x), 104), f(place)),
        );
        expect.soft(Math.min(...excess), `${what} at ${x}: ${actual[i]} for ${f(x)}`).toBeLessThanOrEqual(1);
      });
    right('f', y, (x) => entry.formula(x, p));
    right('dx', dz, (x) => reference.dx(x, p));
    for (const key of learnable(entry)) right(key, dp(key), (x) => reference.dp(x, p)[key]!);
  });
});

// As learned parameters and as numbers: they come to the shader another way.
test.each(vectors)('the vectors of $name, $values', async ({ name, values, f, dx, dp = {} }) => {
  const compare = (what: string, actual: ref.Numbers, expected: readonly number[]) =>
    near(what, actual, { values: expected, tolerance: (i) => allowed(X[i]!, expected[i]!) });
  for (const learn of new Set([learnable(rectifiers[name]), []])) {
    const got = await evaluateAt(name, rectifiers[name], X, values, learn);
    compare('f', got.y, f);
    compare('dx', got.dz, dx);
    if (learn.length > 0) for (const [key, expected] of Object.entries(dp)) compare(key, got.dp(key), expected);
  }
});
