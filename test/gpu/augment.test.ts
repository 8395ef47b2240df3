// Images mirrored and shifted as a step draws it, against torchvision's way of saying it: pad, crop, mirror. All is exact.
import { afterAll, describe, expect, it } from 'vitest';
import { ArgumentError, data, type Engine, grad, nn, optim, ShapeError, sum, type Tensor } from '../../src/index.ts';
import { hash } from '../../src/random.ts';
import { checkGradients, compute, random } from '../support/check.ts';
import { openEngine } from '../support/open-engine.ts';

const engine: Engine = await openEngine();
afterAll(engine.destroy);

type Images = readonly [images: number, height: number, width: number, channels: number];
type Options = Required<nn.AugmentOptions>;

/** What step `step` of an engine of seed 0 draws for an image. */
function drawn(stream: number, step: number, image: number, { flip, shift }: Options) {
  const bits = hash(hash(0, stream, step), stream, image);
  const [move, span] = [Math.floor(bits / 2), 2 * shift + 1];
  return { mirrored: flip && bits % 2 === 1, top: move % span, left: Math.floor(move / span) % span };
}

/** Where each element of the result comes from: an index of x, or -1 for 0. */
function origins([images, height, width, channels]: Images, stream: number, step: number, options: Options): number[] {
  const { shift } = options;
  const result: number[] = [];
  for (let image = 0; image < images; image += 1) {
    const { mirrored, top, left } = drawn(stream, step, image, options);
    const [rows, columns] = [height + 2 * shift, width + 2 * shift];
    const padded = Array.from({ length: rows }, (_, p) =>
      Array.from({ length: columns }, (_, q) => {
        const [r, c] = [p - shift, q - shift];
        return r >= 0 && r < height && c >= 0 && c < width ? (image * height + r) * width + c : -1;
      }),
    );
    for (const row of padded.slice(top, top + height)) {
      const cropped = row.slice(left, left + width);
      for (const pixel of mirrored ? cropped.toReversed() : cropped)
        for (let channel = 0; channel < channels; channel += 1)
          result.push(pixel < 0 ? -1 : pixel * channels + channel);
    }
  }
  return result;
}

const SHAPES: readonly Images[] = [
  [1, 1, 1, 1],
  [5, 7, 9, 3],
  [3, 8, 4, 4],
  [67, 3, 5, 2],
];
const CHOICES: readonly Options[] = [
  { flip: true, shift: 2 },
  { flip: true, shift: 0 },
  { flip: false, shift: 1 },
  { flip: false, shift: 255 },
];

describe.each(CHOICES)('flip $flip, shift $shift', (options) => {
  it.each(SHAPES)('[%i, %i, %i, %i]: values and gradients, in every step, after its turn', async (...shape) => {
    const layer = nn.augment(options);
    const last = nn.linear(shape[1] * shape[2] * shape[3], 1);
    let [x, y, stream]: [Tensor?, Tensor?, number?] = [];
    const model = nn.module((given) => {
      x = given.mul(1);
      stream = x.graph.tape.length;
      y = layer(x);
      return nn.within(y, 'last', (t) => last(t.reshape([shape[0], -1])));
    });
    const optimizer = optim.sgd({ lr: 0.1 });
    const step = await engine.compile({ x: shape, target: [shape[0], 1] }, ({ x: given, target }) => {
      const loss = nn.mse(model(given), target);
      optimizer.update(loss, model);
      const [dx, dy] = grad(loss, [x!, y!]) as [Tensor, Tensor];
      return { y: y!, dx, dy };
    });
    const values = random('x', shape);
    const seen = new Set<string>();
    for (const t of [1, 2, 3]) {
      step.run({ x: values, target: random('target', [shape[0], 1]) });
      const from = origins(shape, stream!, t, options);
      seen.add(from.join());
      expect([...(await step.read('y'))]).toEqual(from.map((i) => (i < 0 ? 0 : values[i]!)));
      const dy = await step.read('dy');
      const dx = new Float32Array(values.length);
      for (const [to, i] of from.entries()) if (i >= 0) dx[i] = dy[to]!;
      expect([...(await step.read('dx'))]).toEqual([...dx]);
    }
    if (shape[0] > 1 && options.shift < 9) expect(seen.size).toBe(3);
    step.destroy();
  });
});

it('mirrors half of the images, and moves them evenly', async () => {
  const [n, side, shift] = [4096, 7, 1];
  // Two pixels in the middle: whatever moves, both are seen.
  const one = new Float32Array(side * side).fill(0).with(24, 1).with(25, 2);
  const x = Float32Array.from({ length: n * one.length }, (_, i) => one[i % one.length]!);
  const { y } = await compute(engine, { x: { shape: [n, side, side, 1], values: x } }, (t) => ({
    y: nn.augment({ flip: true, shift })(t.x),
  }));
  const counts = new Map<string, number>();
  for (let image = 0; image < n; image += 1) {
    const [first, second] = [1, 2].map((value) => y.subarray(image * 49, (image + 1) * 49).indexOf(value)) as [
      number,
      number,
    ];
    const key = `${first} ${second}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  expect(counts.size).toBe(18);
  const expected = n / 18;
  const chiSquare = [...counts.values()].reduce((total, count) => total + (count - expected) ** 2 / expected, 0);
  expect(chiSquare).toBeLessThan(40.8); // 17 degrees of freedom: one in a thousand is larger
});

const set = (as: (set: data.ByteDataset) => data.Dataset) => {
  const x = Uint8Array.from({ length: 50 * 5 * 6 * 2 }, (_, i) => hash(4, 0, i) & 255);
  const y = Array.from({ length: 50 }, (_, i) => hash(5, 0, i) % 3);
  return as(data.dataset({ shape: [5, 6, 2], x, y, classes: 3, scale: 1 / 255 }));
};

it('trains on bytes as on floats, which it takes from where they lie; again to the bit, otherwise with another seed', async () => {
  const runs = [];
  for (const [seed, as] of [
    [3, (whole: data.ByteDataset) => whole],
    [3, data.toFloats],
    [3, data.toFloats],
    [4, data.toFloats],
  ] as const) {
    const own = await openEngine({ seed });
    const model = nn.sequential(nn.augment({ flip: true, shift: 1 }), nn.flatten(), nn.linear(60, 3));
    const options = { loss: nn.crossEntropy, optimizer: optim.adam({ lr: 0.01 }) };
    const trainer = await own.trainer(model, { ...options, data: set(as), batchSize: 32 });
    if (as === data.toFloats) expect(String(trainer.plan)).toMatch(/^augment\+rows .* x=data x /);
    for await (const _ of trainer.run({ epochs: 2 }));
    runs.push({ evaluation: await trainer.evaluate(set(as)), parameters: await trainer.parameters() });
    own.destroy();
  }
  expect(runs[1]).toEqual(runs[0]);
  expect(runs[2]).toEqual(runs[0]);
  expect(runs[3]).not.toEqual(runs[0]);
});

it('two layers draw each for itself', async () => {
  const layer = nn.augment({ flip: true, shift: 3 });
  const { a, b } = await compute(engine, { x: [4, 8, 8, 1] }, ({ x }) => ({ a: layer(x), b: layer(x) }));
  expect(a).not.toEqual(b);
});

it('passes the gradient check, twice in a row and for second derivatives', async () => {
  const layer = nn.augment({ flip: true, shift: 1 });
  await checkGradients(engine, { x: [3, 4, 3, 2] }, ({ x }) => layer(layer(x.mul(x))));
  await checkGradients(engine, { x: [3, 4, 3, 2] }, ({ x }) => {
    const y = layer(x);
    return grad(sum(y.mul(y)), x);
  });
});

it('does nothing outside of training, or where there is nothing to do', async () => {
  for (const [options, mode] of [
    [{ flip: true, shift: 4 }, 'eval'],
    [{}, 'train'],
  ] as const) {
    const { y, printed } = await compute(
      engine,
      { x: [2, 3, 4, 1] },
      ({ x }) => ({ y: nn.augment(options)(x.mul(1)) }),
      {
        mode,
      },
    );
    expect(printed).not.toContain('augment');
    expect(y).toEqual(random('x', [2, 3, 4, 1]));
  }
});

it('refuses other options and shapes', async () => {
  const refused = (options: object, got: string) => {
    expect(() => nn.augment(options)).toThrow(ArgumentError);
    expect(() => nn.augment(options)).toThrow(
      `nn.augment: expected flip true or false and a shift of 0 to 255 whole pixels, got ${got}`,
    );
  };
  for (const shift of [-1, 256, 1.5, Number.NaN]) refused({ shift }, `false and ${shift}`);
  refused({ flip: 1 }, '1 and 0');
  const traced = engine.compile({ x: [4, 9] }, ({ x }) => ({ y: nn.augment({ flip: true })(x) }));
  await expect(traced).rejects.toThrow(ShapeError);
  await expect(engine.compile({ x: [4, 9] }, ({ x }) => ({ y: nn.augment({ flip: true })(x) }))).rejects.toThrow(
    'augment: expected images of shape [images, height, width, channels], got [4, 9]; reshape them',
  );
});
