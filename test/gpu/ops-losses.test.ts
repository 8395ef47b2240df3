// Cross-entropy and mean squared error: value, gradients, and what huge logits and ties do.
import { afterAll, describe, expect, test } from 'vitest';
import { ArgumentError, grad, nn, type Tensor } from '../../src/index.ts';
import { hash } from '../../src/random.ts';
import { checkOperator, compute, type Given, openEngine, random } from '../support/check.ts';
import * as ref from '../support/reference.ts';

const engine = await openEngine();
afterAll(engine.destroy);

const labelsOf = (rows: number, classes: number) =>
  Uint32Array.from({ length: rows }, (_, i) => hash(0, 0, i) % classes);
const correctOf = (loss: Tensor) => loss.graph.notes(loss).correct!;

/**
 * Rounding in the loss of a row: the shifted logits (2 ulp of the spread), exp ((3 + 2 |x|) ulp), the sum, log
 * (absolute 2^-21), the difference: WGSL's table of accuracy.
 */
function bounds(z: ref.Numbers, rows: number, classes: number) {
  const ulp = 2 ** -23;
  const spreads = Array.from({ length: rows }, (_, row) => {
    const part = Array.from(z).slice(row * classes, (row + 1) * classes);
    return Math.max(...part) - Math.min(...part);
  });
  // exp(x) is below 2^-126 for x < -88; what is wrong there cannot be seen.
  const relative = spreads.map((spread) => ulp * (classes + 8 + 4 * Math.min(spread, 88)));
  const loss = Math.max(...spreads.map((spread, row) => spread * 2 * ulp + relative[row]! + 2 ** -21));
  return {
    loss: loss * (1 + (rows + 256) * ulp),
    gradient: (index: number) => relative[Math.floor(index / classes)]! / rows,
  };
}

describe.each([1, 3, 65, 300])('cross-entropy of %i rows', (rows) => {
  test.each([2, 3, 17, 127])('%i classes', async (classes) => {
    const labels = labelsOf(rows, classes);
    const inputs = { logits: [rows, classes], labels: { shape: [rows], values: labels } };
    await checkOperator(
      engine,
      inputs,
      (t) => nn.crossEntropy(t.logits, t.labels),
      ({ logits }, probe) => {
        const dy = probe[0]!;
        const { loss, dlogits } = ref.softmaxCrossEntropy(logits, [rows, classes], labels);
        const bound = bounds(logits, rows, classes);
        return {
          y: { values: [loss], tolerance: () => bound.loss },
          logits: {
            values: dlogits.map((value) => value * dy),
            tolerance: (i) => (bound.gradient(i) + ref.dotTolerance(3, 1 / rows)) * Math.abs(dy),
          },
        };
      },
    );
    const { correct } = await compute(engine, inputs, (t) => ({
      correct: correctOf(nn.crossEntropy(t.logits, t.labels)),
    }));
    expect(correct[1]).toBe(
      ref.softmaxCrossEntropy(random('logits', [rows, classes]), [rows, classes], labels).correct,
    );
  });
});

describe.each([0.1, 0.9])('labels smoothed by %f', (labelSmoothing) => {
  test.each([
    [1, 1],
    [3, 2],
    [65, 17],
    [300, 127],
  ])('%i rows of %i classes', (rows, classes) => {
    const labels = labelsOf(rows, classes);
    const inputs = { logits: [rows, classes], labels: { shape: [rows], values: labels } };
    return checkOperator(
      engine,
      inputs,
      (t) => nn.crossEntropy(t.logits, t.labels, { labelSmoothing }),
      ({ logits }, probe) => {
        const dy = probe[0]!;
        const { loss, dlogits } = ref.softmaxCrossEntropy(logits, [rows, classes], labels, rows, labelSmoothing);
        const bound = bounds(logits, rows, classes);
        // A sum of as many terms as classes, none above the largest spread, with three roundings each.
        const spread = Math.max(...Array.from(logits)) - Math.min(...Array.from(logits));
        const shares = ref.dotTolerance(classes + 3, spread);
        return {
          y: { values: [loss], tolerance: () => bound.loss + shares },
          logits: {
            values: dlogits.map((value) => value * dy),
            // Targets are rounded, too.
            tolerance: (i) => (bound.gradient(i) + ref.dotTolerance(5, 1 / rows)) * Math.abs(dy),
          },
        };
      },
    );
  });
});

test.each([1e4, 1e30, 3e38])(
  'smoothed labels, logits of size %f: finite, and right, where their mean is',
  async (size) => {
    const values = [size, -size, 0, -size, size, 0, size, size, size].map(Math.fround);
    const labels = Uint32Array.of(0, 2, 1);
    const inputs = { z: { shape: [3, 3], values }, labels: { shape: [3], values: labels } };
    const results = await compute(engine, inputs, (t) => {
      const loss = nn.crossEntropy(t.z, t.labels, { labelSmoothing: 0.03 });
      return { loss, dz: grad(loss, t.z) };
    });
    const expected = ref.softmaxCrossEntropy(values, [3, 3], labels, 3, 0.03);
    ref.expectClose(results.loss, [expected.loss], () => 1e-6 * size);
    ref.expectClose(results.dz, expected.dlogits, () => 1e-6);
  },
);

test('smoothing is data: any amount gives the same plan, and none the same bits as no mention of it', async () => {
  const labels = labelsOf(65, 10);
  const inputs = { z: [65, 10], labels: { shape: [65], values: labels } } satisfies Record<string, Given>;
  const run = (...options: [nn.CrossEntropyOptions?]) =>
    compute(engine, inputs, (t) => {
      const loss = nn.crossEntropy(t.z, t.labels, ...options);
      return { loss, dz: grad(loss, t.z), correct: correctOf(loss) };
    });
  const [plain, none, some] = [await run(), await run({ labelSmoothing: 0 }), await run({ labelSmoothing: 0.1 })];
  expect(none).toEqual(plain);
  expect(some.printed).toBe(plain.printed);
  expect(some.correct[1]).toBe(plain.correct[1]);
  expect(some.dz).not.toEqual(plain.dz);
});

test.each([-0.1, 1, Number.NaN])('a smoothing of %f is refused', async (labelSmoothing) => {
  const run = engine.compile({ z: [2, 3], labels: { shape: [2], dtype: 'u32' } }, ({ z, labels }) => ({
    loss: nn.crossEntropy(z, labels, { labelSmoothing }),
  }));
  await expect(run).rejects.toThrow(ArgumentError);
  await expect(run).rejects.toThrow(`crossEntropy: labelSmoothing must be in [0, 1), got ${labelSmoothing}`);
});

test.each([1e4, 1e30, 3e38])('cross-entropy of logits of size %f is finite, and right', async (size) => {
  const rows = [
    [size, -size, 0],
    [-size, size, 0],
    [size, size, -size],
    [-size, -size, -size],
    [0, -0, 1],
  ];
  const labels = Uint32Array.of(0, 1, 1, 2, 2);
  const inputs = { z: { shape: [5, 3], values: rows.flat() }, labels: { shape: [5], values: labels } };
  const results = await compute(engine, inputs, (t) => {
    const loss = nn.crossEntropy(t.z, t.labels);
    return { loss, dz: grad(loss, t.z), correct: correctOf(loss) };
  });
  const expected = ref.softmaxCrossEntropy(rows.flat().map(Math.fround), [5, 3], labels);
  ref.expectClose(results.loss, [expected.loss], () => 1e-6);
  ref.expectClose(results.dz, expected.dlogits, () => 1e-6);
  expect(results.correct[1]).toBe(expected.correct);
});

test('cross-entropy: the loss of a wrong label at huge logits is their difference', async () => {
  const inputs = { z: { shape: [1, 2], values: [1e30, 0] }, labels: { shape: [1], values: Uint32Array.of(1) } };
  const { loss, dz } = await compute(engine, inputs, (t) => {
    const value = nn.crossEntropy(t.z, t.labels);
    return { loss: value, dz: grad(value, t.z) };
  });
  expect(loss[0]).toBe(Math.fround(1e30));
  expect([...dz]).toEqual([1, -1]);
});

test('cross-entropy: of equal largest logits the first one counts', async () => {
  const inputs = {
    z: { shape: [4, 3], values: [1, 1, 0, 1, 1, 0, 0, 2, 2, 0, 2, 2] },
    labels: { shape: [4], values: Uint32Array.of(0, 1, 1, 2) },
  };
  const { correct } = await compute(engine, inputs, (t) => ({ correct: correctOf(nn.crossEntropy(t.z, t.labels)) }));
  expect(correct[1]).toBe(2);
});

test.each<[readonly number[]]>([[[1]], [[1, 1]], [[3, 5]], [[300]], [[300, 3]], [[5, 2, 3, 4]], [[65, 127]]])(
  'mse of [%s]',
  (shape) => {
    const n = ref.size(shape);
    return checkOperator(
      engine,
      { prediction: shape, target: shape },
      (t) => nn.mse(t.prediction, t.target),
      (x, probe) => {
        const dy = probe[0]!;
        const { loss, dpred } = ref.mse(x.prediction, x.target, n, 1);
        // The difference, its square, and the sum; 1 / n has an error of 2.5 ulp.
        const tolerance = (i: number) => ref.dotTolerance(10, Math.abs(dpred[i]! * dy));
        return {
          y: { values: [loss], tolerance: () => ref.dotTolerance(Math.ceil(n / 256) + 8 + 10, loss) },
          prediction: { values: dpred.map((value) => value * dy), tolerance },
          target: { values: dpred.map((value) => -value * dy), tolerance },
        };
      },
    );
  },
);

test('a loss is its own probe: without one, the gradient is that of the kernel', async () => {
  const inputs = { a: [4, 3], b: [4, 3], labels: { shape: [4], values: labelsOf(4, 3) } } satisfies Record<
    string,
    Given
  >;
  const results = await compute(engine, inputs, (t) => {
    const [square, entropy] = [nn.mse(t.a, t.b), nn.crossEntropy(t.a, t.labels)];
    return {
      one: grad(square, t.b),
      two: grad(entropy, t.a),
      both: grad(square.add(entropy.mul(2)), t.a),
      da: grad(square, t.a),
    };
  });
  const [a, b] = [random('a', [4, 3]), random('b', [4, 3])];
  const { dpred } = ref.mse(a, b, 4, 3);
  const { dlogits } = ref.softmaxCrossEntropy(a, [4, 3], inputs.labels.values);
  ref.expectClose(results.da, dpred, () => 1e-6);
  ref.expectClose(
    results.one,
    dpred.map((value) => -value),
    () => 1e-6,
  );
  ref.expectClose(results.two, dlogits, () => 1e-6);
  ref.expectClose(
    results.both,
    dpred.map((value, i) => value + 2 * dlogits[i]!),
    () => 2e-6,
  );
});
