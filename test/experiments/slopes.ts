// What becomes of learned parameters: slopes under weight decay, FReLU's bias. A 64-128-64-10 network of the digits.
import { data, nn, optim } from '../../src/index.ts';
import { openEngine } from '../support/open-engine.ts';
import type { Experiment, Row, Setting } from './experiments.ts';

const EPOCHS = 20;

async function learned(rectifier: 'prelu' | 'frelu', optimizer: () => optim.Optimizer, { seeds, progress }: Setting) {
  const { train, test } = await data.digits();
  const runs: { accuracy: number; values: number[] }[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    const engine = await openEngine({ seed });
    const layer = () => nn.rectifier(rectifier, { share: 'layer' });
    const model = nn.sequential(nn.linear(64, 128), layer(), nn.linear(128, 64), layer(), nn.linear(64, 10));
    const options = { data: train, batchSize: 64, loss: nn.crossEntropy, optimizer: optimizer() };
    const trainer = await engine.trainer(model, options);
    for await (const _ of trainer.run({ epochs: EPOCHS }));
    const { accuracy = 0 } = await trainer.evaluate(test);
    const values = (await trainer.rectifiers()).map(({ params }) => Object.values(params)[0]?.[0] ?? Number.NaN);
    runs.push({ accuracy, values });
    progress(`${rectifier}, seed ${seed}: ${values.map((value) => value.toFixed(3)).join(' ')}`);
    engine.destroy();
  }
  const mean = (of: (run: (typeof runs)[number]) => number) =>
    runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  return [
    mean(({ values }) => values[0] ?? 0).toFixed(3),
    mean(({ values }) => values[1] ?? 0).toFixed(3),
    `${(100 * mean(({ accuracy }) => accuracy)).toFixed(2)} %`,
  ];
}

const sgd = (groups: optim.Groups) => optim.sgd({ lr: 0.05, momentum: 0.9, weightDecay: 0.05, groups });

/** He et al. 2015, section 2.1: why slopes are not decayed. */
export const decay: Experiment = {
  title: 'slopes shared by the layer, with and without decay (0.05) on them; none on weights',
  seeds: 3,
  async run(setting) {
    const rows: Row[] = [['slopes', 'layer 1', 'layer 2', 'accuracy']];
    rows.push(['not decayed', ...(await learned('prelu', () => sgd({ weight: { decay: 0 } }), setting))]);
    const decayed = { weight: { decay: 0 }, rectifier: { decay: 1 } };
    rows.push(['decayed', ...(await learned('prelu', () => sgd(decayed), setting))]);
    return rows;
  },
};

/** Qiu et al. 2018: FReLU's bias, from -1. */
export const flexible: Experiment = {
  title: "FReLU's bias, shared by the layer, from -1: it stays below 0",
  seeds: 3,
  async run(setting) {
    const rows: Row[] = [['optimizer', 'layer 1', 'layer 2', 'accuracy']];
    rows.push(['Adam 0.001', ...(await learned('frelu', () => optim.adam({ lr: 1e-3 }), setting))]);
    return rows;
  },
};
