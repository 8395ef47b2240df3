// What leaves out the empty rows of a short last batch must see the batch on its first axis: otherwise it would leave out others.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { data, type Engine, nn, optim, ShapeError, type Tensor } from '../../src/index.ts';
import { openEngine } from '../support/open-engine.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.destroy());

const set = data.dataset({
  shape: [4],
  x: Array.from({ length: 48 }, (_, index) => Math.sin(index)),
  y: Array.from({ length: 48 }, (_, index) => (index % 3) / 2),
  targetShape: [4],
});
const optimizer = () => optim.sgd({ lr: 0 });
type Loss = (output: Tensor, target: Tensor) => Tensor;
const losses = { mse: nn.mse, bceWithLogits: nn.bceWithLogits };

describe.each(Object.entries(losses))('%s', (name, loss) => {
  it.each([[[-1]], [[1, -1]], [[-1, 2]]])('of what is reshaped to %j is refused', async (shape) => {
    const flat: Loss = (output, target) => loss(output.reshape(shape), target.reshape(shape));
    const made = engine.trainer(nn.linear(4, 4), { data: set, batchSize: 8, loss: flat, optimizer: optimizer() });
    await expect(made).rejects.toThrow(ShapeError);
    await expect(made).rejects.toThrow(new RegExp(`trainer: ${name} got \\d+ rows of a batch of 8`));
  });

  it('of samples with more axes is as before', async () => {
    const wide: Loss = (output, target) => loss(output.reshape([8, 2, 2]), target.reshape([8, 2, 2]));
    const run = async (own: Loss) => {
      const trainer = await engine.trainer(nn.linear(4, 4), {
        data: set,
        batchSize: 8,
        loss: own,
        optimizer: optimizer(),
      });
      const seen: number[] = [];
      for await (const report of trainer.run({ steps: 2, every: 1 })) seen.push(report.loss);
      trainer.destroy();
      return seen;
    };
    expect(await run(wide)).toEqual(await run(loss));
  });
});

it('batch normalisation of what is reshaped is refused in a trainer, and is whole in a step of one’s own', async () => {
  const norm = nn.batchNorm1d(2);
  const model = nn.module((x) => norm(x.reshape([-1, 2])).reshape([-1, 4]));
  const made = engine.trainer(model, { data: set, batchSize: 8, loss: nn.mse, optimizer: optimizer() });
  await expect(made).rejects.toThrow(/batchNorm got 16 rows of a batch of 8/);
  const step = await engine.compile({ x: [8, 4] }, ({ x }) => ({
    y: norm(x.reshape([-1, 2]))
      .mul(1)
      .sum({ axes: [0] }),
  }));
  step.run({ x: Float32Array.from({ length: 32 }, (_, index) => Math.sin(index)) });
  for (const sum of await step.read('y')) expect(Math.abs(sum)).toBeLessThan(1e-4);
});

// He et al. 2015, eq. 7: a layer that follows a ReLU keeps the second moment. Each output of a transposed convolution of
// stride s sees one in s² of its weights.
it.each([
  [64, 4, 3, 1],
  [4, 64, 3, 1],
  [32, 8, 4, 2],
])(
  'a transposed convolution %d → %d, kernel %d, stride %d keeps the spread of a signal',
  async (from, to, kernel, stride) => {
    const layer = nn.convTranspose2d(from, to, kernel, { stride, init: 'he' });
    const size = 12;
    const step = await engine.compile({ x: [4, size, size, from] }, ({ x }) => {
      const z = layer(nn.relu()(x));
      return { square: z.mul(z).mean(), y: nn.relu()(z).sum() };
    });
    // Uniform of variance 1.
    let seed = 1;
    const next = () => {
      seed = (seed * 16807) % 2147483647;
      return Math.sqrt(12) * (seed / 2147483647 - 0.5);
    };
    step.run({ x: Float32Array.from({ length: 4 * size * size * from }, next) });
    const [square = 0] = await step.read('square');
    // Less at the borders; a draw of 2,304 weights or more.
    expect(Math.sqrt(square)).toBeGreaterThan(0.75);
    expect(Math.sqrt(square)).toBeLessThan(1.25);
  },
);
