// Deep plain networks on the spiral: which initialisations learn at all.
import { data, NonFiniteError, nn, optim, type RectifierName, type TrainerOptions } from '../../src/index.ts';
import { openEngine } from '../support/open-engine.ts';
import type { Experiment, Row, Setting } from './experiments.ts';

const { train: spiral } = data.spiral({ samples: 3750 });
const WIDTH = 64;

interface Net {
  readonly name: string;
  readonly depth: number;
  /** Of layer `index` of `depth`. */
  readonly init: (index: number) => nn.Init;
  readonly rectifier?: RectifierName;
  readonly options?: NonNullable<Parameters<typeof nn.rectifier>[1]>;
  readonly clipNorm?: number;
  readonly steps: number;
  readonly set?: typeof spiral;
}

function mlp({ depth, init, rectifier = 'relu', options = {} }: Net) {
  const layers = Array.from({ length: depth }, (_, index) => {
    const layer = nn.linear(index === 0 ? 2 : WIDTH, index === depth - 1 ? 3 : WIDTH, { init: init(index) });
    return index === depth - 1 ? [layer] : [layer, nn.rectifier(rectifier, options)];
  });
  return nn.sequential(...layers.flat());
}

/** The loss after `steps`; or what diverged. */
async function train(net: Net, seed: number): Promise<number | string> {
  const engine = await openEngine({ seed });
  const trainerOptions: TrainerOptions = {
    data: net.set ?? spiral,
    batchSize: 128,
    loss: nn.crossEntropy,
    optimizer: optim.sgd({ lr: 0.01, momentum: 0.9, ...(net.clipNorm && { clipNorm: net.clipNorm }) }),
    detectAnomaly: net.clipNorm === undefined,
  };
  const trainer = await engine.trainer(mlp(net), trainerOptions);
  try {
    let last = Number.NaN;
    for await (const { loss } of trainer.run({ steps: net.steps, every: Math.min(50, net.steps) })) last = loss;
    return last;
  } catch (error) {
    if (error instanceof NonFiniteError) return `${error.operator} of '${error.layer}' at step ${error.step}`;
    throw error;
  } finally {
    engine.destroy();
  }
}

async function compare(nets: readonly Net[], { seeds, progress }: Setting): Promise<readonly Row[]> {
  const rows: Row[] = [['network', 'learned', ...Array.from({ length: seeds }, (_, seed) => `seed ${seed}`)]];
  for (const net of nets) {
    const losses: (number | string)[] = [];
    for (let seed = 0; seed < seeds; seed++) {
      losses.push(await train(net, seed));
      progress(`${net.name}, seed ${seed}: ${losses.at(-1)}`);
    }
    const learned = losses.filter((loss) => typeof loss === 'number' && loss < 0.5).length;
    const shown = losses.map((loss) => (typeof loss === 'number' ? loss.toFixed(4) : loss));
    rows.push([net.name, `${learned}/${seeds}`, ...shown]);
  }
  return rows;
}

const plain = { depth: 30, clipNorm: 5, steps: 600 };

/** He et al. 2015, figure 3. */
export const deep: Experiment = {
  title: '30 layers, ReLU: He learns, Xavier stalls at ln 3 = 1.0986',
  seeds: 5,
  run: (setting) =>
    compare(
      [
        { name: 'He', init: () => 'he', ...plain },
        { name: 'Xavier', init: () => 'xavier', ...plain },
      ],
      setting,
    ),
};

const PRESETS = [
  [0.5, 0.9],
  [0, 1],
  [0.25, 1],
] as const;

/** Yang et al. 2023: the initialisation of DPReLU's own. */
export const dprelu: Experiment = {
  title: '30 layers, DPReLU, one quadruple a layer: its own initialisation beside Xavier',
  seeds: 3,
  run: (setting) =>
    compare(
      PRESETS.flatMap(([alpha, beta]) =>
        (['dprelu', 'xavier'] as const).map((scheme) => ({
          name: `(${alpha}, ${beta}) ${scheme}`,
          init: () => scheme,
          rectifier: 'dprelu' as const,
          options: { share: 'layer' as const, values: { alpha, beta } },
          ...plain,
        })),
      ),
      setting,
    ),
};

const { shape, y } = spiral;
const wide = data.dataset({ name: 'spiral times 64', shape, x: spiral.x.map((value) => 64 * value), y, classes: 3 });

/** He et al. 2015, section 2.2, "Discussions". */
export const unnormalised: Experiment = {
  title: '14 layers, inputs times 64, no clipping: the naive run diverges, the small factor cures it',
  seeds: 3,
  run: (setting) =>
    compare(
      [
        { name: 'He', depth: 14, init: () => 'he', steps: 800, set: wide },
        {
          name: 'He times (1/128)^(1/14)',
          depth: 14,
          init: () => ({ scheme: 'he', factor: 128 ** (-1 / 14) }),
          steps: 800,
          set: wide,
        },
        { name: 'He, inputs normalised', depth: 14, init: () => 'he', steps: 800 },
      ],
      setting,
    ),
};
