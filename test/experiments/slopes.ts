// What becomes of learned parameters: slopes under weight decay, FReLU's bias.
import { optim } from '../../src/index.ts';
import { average, type Net, trainDigits } from './digits.ts';
import type { Experiment, Row, Setting } from './experiments.ts';

async function learned(name: string, parameter: string, net: Net, { seeds, progress }: Setting): Promise<Row> {
  const runs: { accuracy: number; values: number[] }[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    const { accuracy, params } = await trainDigits(net, seed);
    const values = params.map((layer) => layer[parameter] ?? Number.NaN);
    runs.push({ accuracy, values });
    progress(`${name}, seed ${seed}: ${values.map((value) => value.toFixed(3)).join(' ')}`);
  }
  return [
    name,
    ...[0, 1].map((layer) => average(runs.map(({ values }) => values[layer] ?? Number.NaN)).toFixed(3)),
    `${average(runs.map(({ accuracy }) => accuracy)).toFixed(2)} %`,
  ];
}

const prelu = (groups: optim.Groups): Net => ({
  rectifier: 'prelu',
  options: { share: 'layer' },
  optimizer: () => optim.sgd({ lr: 0.05, momentum: 0.9, weightDecay: 0.05, groups }),
});

/** He et al. 2015, section 2.1: why slopes are not decayed. */
export const decay: Experiment = {
  title: 'slopes shared by the layer, with and without decay (0.05) on them; none on weights',
  seeds: 3,
  run: async (setting) => [
    ['slopes', 'layer 1', 'layer 2', 'accuracy'],
    await learned('not decayed', 'a', prelu({ weight: { decay: 0 } }), setting),
    await learned('decayed', 'a', prelu({ weight: { decay: 0 }, rectifier: { decay: 1 } }), setting),
  ],
};

/** Qiu et al. 2018: FReLU's bias, from -1. */
export const flexible: Experiment = {
  title: "FReLU's bias, shared by the layer, from -1: it stays below 0",
  seeds: 3,
  run: async (setting) => [
    ['optimizer', 'layer 1', 'layer 2', 'accuracy'],
    await learned('Adam 0.001', 'b', { rectifier: 'frelu', options: { share: 'layer' } }, setting),
  ],
};
