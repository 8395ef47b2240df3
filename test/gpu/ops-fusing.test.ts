// Products and rectifiers that are fused in part, or not at all, compute the same.
import { afterAll, expect, test } from 'vitest';
import { grad, linear, matmul, mul, type Rectifier, rectifiers, sum, type Tensor } from '../../src/index.ts';
import { rectify, slotsOf } from '../../src/ops/rectify.ts';
import type { Share } from '../../src/rectifiers.ts';
import { compute, openEngine, random } from '../support/check.ts';
import * as ref from '../support/reference.ts';

const engine = await openEngine();
afterAll(engine.destroy);

// One product; and the values near 0.
const allowed = (values: ref.Numbers) => (i: number) => 3e-6 * (1 + Math.abs(values[i]!));

test('two rectifiers of one product: the first is drawn into it, both are right', async () => {
  const slots = slotsOf('prelu', rectifiers.prelu, {}, [5, 7]);
  const none = slotsOf('gelu', rectifiers.gelu, {}, [5, 7]);
  const got = await compute(engine, { x: [5, 3], w: [3, 7], b: [7], a: [7] }, (t) => {
    const z = linear(t.x, t.w, t.b);
    const first = rectify(z, t.a, rectifiers.prelu, slots);
    return { z, a: t.a, first, second: rectify(z, null, rectifiers.gelu, none) };
  });
  expect(got.printed).toContain('bias_act+prelu');
  expect(got.printed).toContain('activation_forward+gelu');
  const first = ref.rectifier(ref.activations.prelu, got.z, { a: got.a });
  const second = ref.rectifier(ref.activations.gelu, got.z, {});
  ref.expectClose(got.first, first, allowed(first));
  ref.expectClose(got.second, second, allowed(second));
});

test('slopes computed from the product: nothing is fused', async () => {
  const slots = slotsOf('prelu', rectifiers.prelu, {}, [5, 64]);
  const got = await compute(engine, { x: [5, 3], w: [3, 64] }, (t) => {
    const z = matmul(t.x, t.w);
    const a = sum(z, { axes: [0] });
    return { z, a, y: rectify(z, a, rectifiers.prelu, slots) };
  });
  expect(got.printed).toContain('activation_forward+prelu');
  const y = ref.rectifier(ref.activations.prelu, got.z, { a: got.a });
  ref.expectClose(got.y, y, allowed(y));
});

/** One line for each formula, with every parameter learned that can be, and with every sharing where there are any. */
const lines: readonly [string, Rectifier][] = Object.entries(rectifiers);
const learnable = ({ parameters }: Rectifier) =>
  Object.entries(parameters).flatMap(([key, { kind }]) => (kind === 'learned' || kind === 'fixed' ? [key] : []));
const cases = lines.flatMap(([name, entry], index): (readonly [string, Share, Rectifier])[] => {
  if (lines.findIndex(([, { wgsl }]) => wgsl === entry.wgsl) !== index) return [];
  const shares = learnable(entry).length > 0 ? (['layer', 'channel', 'element'] as const) : (['channel'] as const);
  return shares.map((share) => [name, share, entry]);
});

test.each(cases)('the backward of %s, by %s, in the product before it: the same bits as alone', async (...line) => {
  const [name, share, entry] = line;
  const slots = slotsOf(name, entry, { share, learn: learnable(entry) }, [37, 18]);
  const a = random('a', [Math.max(slots.size, 1)]).map((value) => 0.2 * value);
  slots.offset.forEach((offset, j) => {
    for (let i = offset; i < offset + slots.count[j]!; i++) a[i]! += slots.value[j]!;
  });
  const given = { x: [37, 9], w: [9, 18], v: [18, 5], probe: [37, 5], a: { shape: [a.length], values: a } };
  const gradients = (whole: boolean) =>
    compute<keyof typeof given, string>(engine, given, (t) => {
      const y = rectify(matmul(t.x, t.w), slots.size > 0 ? t.a : null, entry, slots);
      const loss = sum(mul(matmul(y, t.v), t.probe));
      // With its own gradient asked for, y's backward cannot be drawn in.
      const wanted: Record<string, Tensor> = { dx: t.x, dw: t.w };
      if (slots.size > 0) wanted.a = t.a;
      if (whole) wanted.dy = y;
      const found = grad(loss, Object.values(wanted));
      return Object.fromEntries(Object.keys(wanted).map((key, index) => [key, found[index]!]));
    });
  const [fused, alone] = [await gradients(false), await gradients(true)];
  const core = slots.size > 0 ? 'activation_backward' : 'activation_dx';
  expect(fused.printed).toContain(slots.size > 0 ? '+act_backward+' : '+act_dx+');
  expect(fused.printed).not.toContain(core);
  expect(alone.printed).toContain(core);
  for (const key of ['dx', 'dw', ...(slots.size > 0 ? ['a'] : [])]) expect(fused[key]).toEqual(alone[key]);
});
