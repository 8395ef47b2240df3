// Products and rectifiers that are fused in part, or not at all, compute the same.
import { afterAll, expect, test } from 'vitest';
import { linear, matmul, rectifiers, sum } from '../../src/index.ts';
import { rectify, slotsOf } from '../../src/ops/rectify.ts';
import { compute, openEngine } from '../support/check.ts';
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
