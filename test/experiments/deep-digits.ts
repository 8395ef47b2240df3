// He et al. 2015, figure 3, on the digits: 30 layers learn from their initialisation, and stall from Xavier's.
import { data, nn, optim } from '../../src/index.ts';
import { openEngine } from '../support/open-engine.ts';
import { type Net, trainDigits } from './digits.ts';
import type { Experiment, Row } from './experiments.ts';

const net = (init: 'he' | 'xavier'): Net => ({
  rectifier: 'relu',
  init,
  widths: [64, ...Array.from({ length: 29 }, () => 128), 10],
  optimizer: () => optim.sgd({ lr: 0.003, momentum: 0.9 }),
});

/** The loss of the last of 12 epochs. */
async function trainPlain(init: 'he' | 'xavier', seed: number): Promise<number> {
  const { train } = await data.digits();
  const engine = await openEngine({ seed });
  const trainer = await engine.trainer(nn.plain({ shape: [8, 8, 1], classes: 10, depth: 30, width: 8, init }), {
    data: train,
    batchSize: 64,
    loss: nn.crossEntropy,
    optimizer: optim.sgd({ lr: 0.003, momentum: 0.9 }),
  });
  let last = Number.NaN;
  for await (const { loss } of trainer.run({ epochs: 12 })) last = loss;
  engine.destroy();
  return last;
}

/** Losses by initialisation and seed. */
const compare = (title: string, lossOf: (init: 'he' | 'xavier', seed: number) => Promise<number>): Experiment => ({
  title,
  seeds: 3,
  async run({ seeds, progress }) {
    const rows: Row[] = [['init', ...Array.from({ length: seeds }, (_, seed) => `seed ${seed}`)]];
    for (const init of ['he', 'xavier'] as const) {
      const losses: string[] = [];
      for (let seed = 0; seed < seeds; seed++) {
        losses.push((await lossOf(init, seed)).toFixed(4));
        progress(`${init}, seed ${seed}: ${losses.at(-1)}`);
      }
      rows.push([init, ...losses]);
    }
    return rows;
  },
});

export const deepDigits = compare(
  '64-128x29-10, ReLU, SGD 0.003 / 0.9: loss of the last epoch; ln 10 = 2.3026',
  async (init, seed) => (await trainDigits(net(init), seed)).loss,
);

export const deepConvolutions = compare(
  '29 convolutions of 8 channels and a dense layer, PReLU, SGD 0.003 / 0.9, 12 epochs; ln 10 = 2.3026',
  trainPlain,
);
