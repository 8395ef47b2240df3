// LeNet-5 with PReLU on MNIST and Fashion-MNIST, whose four files each lie in the folders `mnist` and `fashion-mnist` of
// --files: accuracy and slopes after three epochs, beside PyTorch's. From the same weights and batches its slopes agree to five
// digits for 100 steps; from others they differ as widely as the ranges say, which are those of 13 runs.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArgumentError, data, nn, optim } from '../../src/index.ts';
import { openEngine } from '../support/open-engine.ts';
import type { Experiment, Row } from './experiments.ts';

const SETS = [
  { name: 'mnist', load: data.mnist, accuracy: 98.6, slopes: '0.16-0.33 0.20-0.31 0.09-0.16 0.15-0.21' },
  { name: 'fashion-mnist', load: data.fashionMnist, accuracy: 88.6, slopes: '' },
] as const;
const EPOCHS = 3;

export const lenet: Experiment = {
  title: 'LeNet-5, one PReLU slope a layer, Adam 0.001, batch 64, 3 epochs',
  seeds: 1,
  async run({ seeds, files, progress }) {
    if (!files) throw new ArgumentError('lenet: give the folder that has mnist and fashion-mnist, as --files FOLDER');
    const rows: Row[] = [['data', 'seed', 'accuracy', 'PyTorch', 'slopes', 'PyTorch']];
    for (const { name, load, accuracy: expected, slopes } of SETS) {
      const folder = join(files, name);
      const given = readdirSync(folder).filter((file) => file.includes('ubyte'));
      const { train, test } = await load({
        files: Object.fromEntries(given.map((file) => [file, new Uint8Array(readFileSync(join(folder, file)))])),
      });
      for (let seed = 0; seed < seeds; seed++) {
        const engine = await openEngine({ seed });
        const model = nn.lenet5({ shape: [28, 28, 1], classes: 10, options: { share: 'layer' } });
        const trainer = await engine.trainer(model, {
          data: train,
          batchSize: 64,
          loss: nn.crossEntropy,
          optimizer: optim.adam({ lr: 1e-3 }),
        });
        for await (const { step, loss } of trainer.run({ steps: EPOCHS * trainer.stepsPerEpoch, every: 100 }))
          progress(`${name}, seed ${seed}, step ${step} of ${EPOCHS * trainer.stepsPerEpoch}: ${loss.toFixed(4)}`);
        const { accuracy = 0 } = await trainer.evaluate(test);
        const learned = (await trainer.rectifiers()).map(({ params }) => params.a?.[0]?.toFixed(2));
        rows.push([name, seed, `${(100 * accuracy).toFixed(2)} %`, `${expected} %`, learned.join(' '), slopes]);
        progress(rows.at(-1)?.join('  ') ?? '');
        engine.destroy();
      }
    }
    return rows;
  },
};
