// Every rectifier on the digits, beside PyTorch's means over seeds of the same training (digits/16, Adam 0.001, batch 64,
// 20 epochs, zero biases).
import { average, type Net, trainDigits } from './digits.ts';
import type { Experiment, Row } from './experiments.ts';

/** A training, PyTorch's mean test accuracy and, where it learns a parameter, that and its means by layer. */
type Case = readonly [name: string, net: Net, accuracy: number, learned?: readonly [string, number, number]];

const layer = { share: 'layer' } as const;
const dprelu = (alpha: number, beta: number): Net => ({
  rectifier: 'dprelu',
  options: { ...layer, values: { alpha, beta } },
});

const CASES: readonly Case[] = [
  ['ReLU', { rectifier: 'relu' }, 98.2],
  ['LeakyReLU', { rectifier: 'leaky_relu' }, 98.2],
  ['PReLU, shared', { rectifier: 'prelu', options: layer }, 97.9, ['a', 0.37, 0.35]],
  ['PReLU, per channel', { rectifier: 'prelu' }, 98.0],
  ['ELU', { rectifier: 'elu' }, 98.0],
  ['ELU, learned', { rectifier: 'elu', options: { ...layer, learn: ['alpha'] } }, 98.0, ['alpha', 1.18, 1.13]],
  ['SELU', { rectifier: 'selu', init: 'lecun' }, 98.0],
  ['GELU', { rectifier: 'gelu' }, 98.2],
  ['SiLU', { rectifier: 'silu' }, 98.0],
  ['Swish, learned', { rectifier: 'swish', options: layer }, 98.0, ['beta', 1.24, 1.14]],
  ['Mish', { rectifier: 'mish' }, 98.1],
  ['Softplus', { rectifier: 'softplus' }, 96.7],
  ['ThresholdedReLU 0.1', { rectifier: 'threshold_relu', options: { values: { theta: 0.1 } } }, 98.1],
  ['RReLU', { rectifier: 'rrelu' }, 98.0],
  ['FReLU from 0', { rectifier: 'frelu', options: { ...layer, values: { b: 0 } } }, 98.2],
  ['DPReLU from (0, 1)', dprelu(0, 1), 98.2],
  ['DPReLU from (0.5, 0.9)', dprelu(0.5, 0.9), 97.9, ['alpha', 0.62, 0.6]],
];

const signed = (value: number, digits: number) => `${value < 0 ? '' : '+'}${value.toFixed(digits)}`;

export const family: Experiment = {
  title:
    'the digits, 64-128-64-10: mean test accuracy and learned values of layers 1 and 2, and the differences to PyTorch',
  seeds: 5,
  async run({ seeds, progress }) {
    const rows: Row[] = [['rectifier', 'accuracy', 'difference', 'loss', 'learned', 'layer 1', '', 'layer 2', '']];
    for (const [name, net, expected, [parameter, ...values] = [] as readonly []] of CASES) {
      const runs: Awaited<ReturnType<typeof trainDigits>>[] = [];
      for (let seed = 0; seed < seeds; seed++) runs.push(await trainDigits({ init: 'he', ...net }, seed));
      const accuracy = average(runs.map((run) => run.accuracy));
      const loss = average(runs.map((run) => run.loss));
      const learned = values.flatMap((value, index) => {
        const found = average(runs.map(({ params }) => params[index]?.[parameter ?? ''] ?? Number.NaN));
        return [found.toFixed(3), signed(found - value, 3)];
      });
      rows.push([
        name,
        `${accuracy.toFixed(2)} %`,
        signed(accuracy - expected, 2),
        loss.toFixed(4),
        parameter ?? '',
        ...[0, 1, 2, 3].map((index) => learned[index] ?? ''),
      ]);
      progress(rows.at(-1)?.join('  ') ?? '');
    }
    return rows;
  },
};
