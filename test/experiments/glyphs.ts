// He et al. 2015, table 1 and section 2.1, and Qiu et al. 2018, on the glyphs: what a small convolutional network makes of
// its rectifiers' parameters, from its first layer to its last.
import { data, nn, optim } from '../../src/index.ts';
import { openEngine } from '../support/open-engine.ts';
import { average } from './digits.ts';
import type { Experiment, Row, Setting } from './experiments.ts';

const STEPS = 800;

interface Case {
  readonly name: string;
  readonly rectifier: 'prelu' | 'frelu';
  readonly share: nn.Share;
  /** On the rectifiers' parameters; weights always have 0.0005. */
  readonly decay: number;
  /** From the least to the largest of nine runs. */
  readonly torch: string;
}
const CASES: readonly Case[] = [
  {
    name: 'PReLU by channel',
    rectifier: 'prelu',
    share: 'channel',
    decay: 0,
    torch: '0.29..0.56 0.20..0.37 0.21..0.34 0.09..0.23',
  },
  {
    name: 'PReLU by layer',
    rectifier: 'prelu',
    share: 'layer',
    decay: 0,
    torch: '0.62..2.07 -0.26..2.18 0.24..1.49 -0.41..1.80',
  },
  {
    name: 'PReLU by layer, decay 0.05',
    rectifier: 'prelu',
    share: 'layer',
    decay: 0.05,
    torch: '0.01..0.48 -0.25..0.35 -0.07..0.25 -0.24..0.10',
  },
  {
    name: 'FReLU, b from -1',
    rectifier: 'frelu',
    share: 'layer',
    decay: 0,
    torch: '-2.6..-1.0',
  },
];

const SGD = {
  momentum: 0.9,
  lr: optim.piecewise([
    [0, 0.02],
    [0.8 * STEPS, 0.002],
  ]),
};

/** The parameters of each layer, averaged, and the accuracy in percent. */
async function train({ rectifier, share, decay }: Case, seed: number) {
  const { train, test } = data.glyphs({ samples: 7500, seed });
  const engine = await openEngine({ seed });
  const conv = (from: number, to: number, stride: number) => [
    nn.conv2d(from, to, 3, { stride, padding: 1, init: 'he' }),
    nn.rectifier(rectifier, { share }),
  ];
  const convolutions = [...conv(1, 8, 2), ...conv(8, 16, 1), ...conv(16, 16, 2), ...conv(16, 32, 1)];
  const last = nn.linear(32, 10, { init: 'he' });
  const largest = Math.max(decay, 5e-4);
  const trainer = await engine.trainer(
    nn.sequential(nn.unflatten([16, 16, 1]), ...convolutions, nn.globalAvgPool2d(), last),
    {
      data: train,
      batchSize: 64,
      loss: nn.crossEntropy,
      optimizer: optim.sgd({
        ...SGD,
        weightDecay: largest,
        groups: { weight: { decay: 5e-4 / largest }, rectifier: { decay: decay / largest } },
      }),
    },
  );
  for await (const _ of trainer.run({ steps: STEPS }));
  const { accuracy = 0 } = await trainer.evaluate(test);
  const learned = (await trainer.rectifiers()).map(({ params }) =>
    average(Object.values(params).flatMap((values) => [...values])),
  );
  engine.destroy();
  return { learned, accuracy: 100 * accuracy };
}

async function rowsOf(of: Case, { seeds, progress }: Setting): Promise<Row[]> {
  const rows: Row[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    const { learned, accuracy } = await train(of, seed);
    rows.push([of.name, seed, ...learned.map((value) => value.toFixed(3)), `${accuracy.toFixed(1)} %`, of.torch]);
    progress(rows.at(-1)?.join('  ') ?? '');
  }
  return rows;
}

export const glyphs: Experiment = {
  title: `glyphs, convolutions of 8, 16, 16 and 32 channels, SGD 0.02 / 0.9, ${STEPS} steps: what rectifiers learn`,
  seeds: 3,
  async run(setting) {
    const rows: Row[] = [['rectifier', 'seed', 'layer 1', 'layer 2', 'layer 3', 'layer 4', 'accuracy', 'PyTorch']];
    for (const of of CASES) rows.push(...(await rowsOf(of, setting)));
    return rows;
  },
};
