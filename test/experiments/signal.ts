// The spread of a signal through 50 layers before any training.
import { probe } from '../../src/index.ts';
import { openEngine } from '../support/open-engine.ts';
import { average } from './digits.ts';
import type { Experiment, Row } from './experiments.ts';

const CASES = [
  ['relu', 'he'],
  ['relu', 'xavier'],
  ['gelu', 'gain'],
  ['selu', 'lecun'],
] as const;

type Found = Awaited<ReturnType<typeof probe>>;
type Spread = Found['measured'];

/** Of the last layer's pre-activations to the first's, and of the first layer's gradients to the last's. */
const through = ({ forward }: Spread) => Math.log((forward.at(-1) ?? 1) / (forward[0] ?? 1));
const back = ({ backward }: Spread) => Math.log((backward[0] ?? 1) / (backward.at(-1) ?? 1));

/** Geometric means over seeds; of an infinite width, what is expected. */
export const signal: Experiment = {
  title: '50 layers of 256: logarithms of the ratios of root mean squares, layer 50 to layer 1 and back',
  seeds: 20,
  async run({ seeds, progress }) {
    const rows: Row[] = [
      ['rectifier, init', 'layer to layer', 'forward', 'least', 'most', 'expected', 'backward', 'expected'],
    ];
    for (const [rectifier, init] of CASES) {
      const found: Found[] = [];
      for (let seed = 0; seed < seeds; seed++) {
        const engine = await openEngine({ seed });
        found.push(await probe(engine, { rectifier, init }));
        engine.destroy();
        progress(`${rectifier}, ${init}, seed ${seed}: ${through(found[seed]?.measured ?? NONE).toFixed(2)}`);
      }
      const forward = found.map(({ measured }) => through(measured));
      const expected = found[0]?.expected ?? NONE;
      rows.push([
        `${rectifier}, ${init}`,
        Math.exp(average(forward) / 49).toFixed(4),
        ...[
          average(forward),
          Math.min(...forward),
          Math.max(...forward),
          through(expected),
          average(found.map(({ measured }) => back(measured))),
          back(expected),
        ].map((value) => value.toFixed(2)),
      ]);
    }
    return rows;
  },
};

const NONE: Spread = { forward: [], backward: [] };
