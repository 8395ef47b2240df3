// Binary cross-entropy of logits: value, both gradients, sure answers, short batches.
import { afterAll, describe, expect, test } from 'vitest';
import { data, grad, nn, optim, sum, type Tensor } from '../../src/index.ts';
import { checkOperator, compute, openEngine, random } from '../support/check.ts';
import * as ref from '../support/reference.ts';

const engine = await openEngine();
afterAll(engine.destroy);

const ULP = 2 ** -23;
/** Some sure, some not. */
const targetsOf = (n: number) => Float32Array.from({ length: n }, (_, i) => [0, 1, 0.25, 1, 0, 0.9][i % 6]!);

/**
 * Rounding of one element: exp has (3 + 2 |x|) ulp, a division 2.5, log1p01 of `math.wgsl` 2; the rest has 1 each. What
 * exp gets wrong of the smaller of sigmoid and 1 - sigmoid, it gets wrong of 1 in the larger.
 */
function bounds(z: number, t: number) {
  const small = Math.exp(-Math.abs(z)) / (1 + Math.exp(-Math.abs(z)));
  const [smallWeight, largeWeight] = z < 0 ? [1 - t, t] : [t, 1 - t];
  const exp = 3 + 2 * Math.min(Math.abs(z), 88);
  return {
    loss: ULP * (2 * Math.abs(z) * largeWeight + (exp + 3) * Math.log1p(Math.exp(-Math.abs(z)))),
    slope: ULP * (small * (exp + 6) * smallWeight + (6 + small * exp) * largeWeight) + 2 ** -126,
  };
}

test.each([
  ['1', 1],
  ['1 x 1', 1],
  ['3 x 5', 1],
  ['300', 5],
  ['300 x 3', 20],
  ['5 x 2 x 3 x 4', 1],
  ['65 x 127', 3],
  ['3 x 40001', 1],
])('of %s logits of size %i', (text, size) => {
  const shape = text.split(' x ').map(Number);
  const n = ref.size(shape);
  const z = { shape, values: random('z', shape).map((value) => size * value) };
  return checkOperator(
    engine,
    { z, t: { shape, values: targetsOf(n) } },
    (x) => nn.bceWithLogits(x.z, x.t),
    (x, probe) => {
      const dy = probe[0]!;
      const { loss, dlogits, dtarget } = ref.bceWithLogits(x.z, x.t, n, 1);
      const each = Array.from(x.z, (value, i) => bounds(value, x.t[i]!));
      const rounding = each.reduce((total, { loss }) => total + loss / n, 0);
      return {
        y: { values: [loss], tolerance: () => rounding + ref.dotTolerance(Math.ceil(n / 64) + 16 + 8, loss) },
        z: {
          values: dlogits.map((value) => value * dy),
          tolerance: (i) => Math.abs(dy) * (each[i]!.slope / n + ref.dotTolerance(10, Math.abs(dlogits[i]!))),
        },
        t: {
          values: dtarget.map((value) => value * dy),
          tolerance: (i) => ref.dotTolerance(8, Math.abs(dtarget[i]! * dy)) + 2 ** -126,
        },
      };
    },
  );
});

describe.each([0, 20, 80, 1e4, 1e30, 3e38])('a logit of size %f', (size) => {
  test.each([
    [1, 0],
    [1, 0.5],
    [1, 1],
    [-1, 0],
    [-1, 0.5],
    [-1, 1],
  ])('with sign %i, and target %f', async (sign, t) => {
    const z = Math.fround(sign * size);
    const inputs = { z: { shape: [1], values: [z] }, t: { shape: [1], values: [t] } };
    const results = await compute(engine, inputs, (x) => {
      const loss = nn.bceWithLogits(x.z, x.t);
      return { loss, dz: grad(loss, x.z), dt: grad(loss, x.t) };
    });
    const expected = ref.bceWithLogits([z], [t], 1, 1);
    const bound = bounds(z, t);
    ref.expectClose(results.loss, [expected.loss], () => bound.loss + 4 * ULP * expected.loss + 2 ** -126);
    ref.expectClose(results.dz, expected.dlogits, () => bound.slope + 4 * ULP * Math.abs(expected.dlogits[0]!));
    ref.expectClose(results.dt, expected.dtarget, () => 3 * ULP * size);
  });
});

test('sure answers: right ones cost nothing, wrong ones their size', async () => {
  const inputs = {
    z: { shape: [4], values: [1e30, -1e30, 1e30, -1e30] },
    t: { shape: [4], values: [1, 0, 0, 1] },
  };
  const { loss, dz } = await compute(engine, inputs, (x) => {
    const value = nn.bceWithLogits(x.z, x.t);
    return { loss: value, dz: grad(value, x.z) };
  });
  expect(loss[0]).toBe(Math.fround(0.5e30));
  expect([...dz].map((value) => value + 0)).toEqual([0, 0, 0.25, -0.25]);
});

test('without a probe the gradients are those of the kernels', async () => {
  const inputs = { z: [3, 4], t: { shape: [3, 4], values: targetsOf(12) } };
  const { dz, dt, printed } = await compute(engine, inputs, ({ z, t }) => {
    const loss = nn.bceWithLogits(z, t);
    const [first, second] = grad(loss, [z, t]);
    return { dz: first!, dt: second! };
  });
  const { dlogits, dtarget } = ref.bceWithLogits(random('z', [3, 4]), targetsOf(12), 3, 4);
  ref.expectClose(dz, dlogits, () => 1e-7);
  ref.expectClose(dt, dtarget, () => 1e-7);
  expect(printed).toContain('bce_with_logits [1] logits=z wanted=t -> loss=%1 dlogits=%2\nbce_dtarget [1] ');
  expect(printed).not.toContain('broadcast');
});

describe('in training, with a short last batch', () => {
  const [COUNT, BATCH, LR] = [50, 32, 0.5];
  const x = random('x', [COUNT, 3]);
  const y = targetsOf(COUNT * 2);
  const set = data.dataset({ shape: [3], x, y, targetShape: [2] });
  const losses = {
    'as logits': (output: Tensor, target: Tensor) => nn.bceWithLogits(output, target),
    'as targets': (output: Tensor, target: Tensor) => nn.bceWithLogits(target, output),
  };

  /** y = x w, in float64: the loss of the epoch, and what w is after it. */
  function reference(which: keyof typeof losses) {
    const w = new Float64Array(6);
    let total = 0;
    for (const start of [0, BATCH]) {
      const rows = Math.min(BATCH, COUNT - start);
      const inputs = x.subarray(3 * start, 3 * (start + rows));
      const output = ref.matmul(inputs, [rows, 3], w, [3, 2]);
      const given = y.subarray(2 * start, 2 * (start + rows));
      const as = which === 'as logits';
      const [z, t] = as ? [output, given] : [given, output];
      const { loss, dlogits, dtarget } = ref.bceWithLogits(z, t, rows, 2);
      const dw = ref.matmul(inputs, [rows, 3], as ? dlogits : dtarget, [rows, 2], true);
      w.forEach((value, i) => {
        w[i] = value - LR * dw[i]!;
      });
      total += (rows * loss) / COUNT;
    }
    return { w, loss: total };
  }

  test.each(Object.entries(losses) as [keyof typeof losses, (typeof losses)['as logits']][])(
    'of the output %s',
    async (which, loss) => {
      const model = nn.sequential(nn.linear(3, 2, { bias: false, init: 'zeros' }));
      const optimizer = optim.sgd({ lr: LR });
      const trainer = await engine.trainer(model, { data: set, batchSize: BATCH, loss, optimizer, shuffle: false });
      expect(trainer.plan.toString()).toContain('bce_with_logits+turn');
      expect(trainer.plan.toString().includes('gather')).toBe(which === 'as targets');
      const expected = reference(which);
      for await (const report of trainer.run({ epochs: 1 })) {
        expect(Math.abs(report.loss - expected.loss)).toBeLessThan(1e-6);
        expect(report.accuracy).toBeUndefined();
      }
      const { '0.weight': w } = await trainer.parameters();
      ref.expectClose(w!, expected.w, () => 1e-6);
      // 18 valid rows again, in a plan without a turn.
      const evaluation = await trainer.evaluate(set);
      const output = ref.matmul(x, [COUNT, 3], expected.w, [3, 2]);
      const [z, t] = which === 'as logits' ? [output, y] : [y, output];
      expect(Math.abs(evaluation.loss - ref.bceWithLogits(z, t, COUNT, 2).loss)).toBeLessThan(1e-6);
      trainer.destroy();
    },
  );
});

test('a probe of the sum of two losses of one tensor', async () => {
  const inputs = { z: [4, 3], t: { shape: [4, 3], values: targetsOf(12) } };
  const { dz } = await compute(engine, inputs, ({ z, t }) => ({
    dz: grad(sum(nn.bceWithLogits(z, t).mul(3).add(nn.mse(z, t))), z),
  }));
  const z = random('z', [4, 3]);
  const [bce, mse] = [ref.bceWithLogits(z, targetsOf(12), 4, 3), ref.mse(z, targetsOf(12), 4, 3)];
  ref.expectClose(
    dz,
    mse.dpred.map((value, i) => value + 3 * bce.dlogits[i]!),
    () => 2e-6,
  );
});
