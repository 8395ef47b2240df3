// An autoencoder of glyphs: how fast rectifiers and initialisations learn it.
import { data, nn, optim, type RectifierName } from '../../src/index.ts';
import { openEngine } from '../support/open-engine.ts';
import type { Experiment, Row } from './experiments.ts';

const WIDTHS = [256, 256, 128, 64, 12, 64, 128, 256, 256];
const STEPS = [50, 100, 250, 500, 1000];

const ROWS: readonly { rectifier: RectifierName; init: nn.Init; values?: Record<string, number> }[] = [
  { rectifier: 'relu', init: 'xavier' },
  { rectifier: 'relu', init: 'he' },
  { rectifier: 'dprelu', init: 'dprelu', values: { alpha: 0.5, beta: 0.9 } },
];

const asTargets = ({ x }: data.Dataset) =>
  data.dataset({ name: 'glyphs', shape: [256], x, y: x.slice(), targetShape: [256] });

/** Yang et al. 2023, in miniature: the mean squared error on the test set. */
export const autoencoder: Experiment = {
  title: `autoencoder of glyphs, ${WIDTHS.join('-')}, Adam 0.001, batch 128: test error after so many steps`,
  seeds: 1,
  async run({ seeds, progress }) {
    const { train, test } = data.glyphs({ samples: 7500, noise: 0 });
    const [learned, tested] = [asTargets(train), asTargets(test)];
    const rows: Row[] = [['rectifier, init', ...STEPS]];
    for (const { rectifier, init, values = {} } of ROWS) {
      const sums = STEPS.map(() => 0);
      for (let seed = 0; seed < seeds; seed++) {
        const engine = await openEngine({ seed });
        const layers = WIDTHS.slice(1).flatMap((width, index) => {
          const layer = nn.linear(WIDTHS[index] as number, width, { init });
          return index === WIDTHS.length - 2 ? [layer] : [layer, nn.rectifier(rectifier, { values })];
        });
        const trainer = await engine.trainer(nn.sequential(...layers), {
          data: learned,
          batchSize: 128,
          loss: nn.mse,
          optimizer: optim.adam({ lr: 1e-3 }),
        });
        for (const [index, end] of STEPS.entries()) {
          for await (const _ of trainer.run({ steps: end - trainer.step }));
          const { loss } = await trainer.evaluate(tested);
          sums[index] = (sums[index] ?? 0) + loss / seeds;
          progress(`${rectifier}, ${JSON.stringify(init)}, seed ${seed}, ${end} steps: ${loss.toFixed(5)}`);
        }
        engine.destroy();
      }
      rows.push([`${rectifier}, ${JSON.stringify(init)}`, ...sums.map((sum) => sum.toFixed(5))]);
    }
    return rows;
  },
};
