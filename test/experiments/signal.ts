// The spread of a signal through 50 layers before any training.
import { probe } from '../../src/index.ts';
import { openEngine } from '../support/open-engine.ts';
import type { Experiment, Row } from './experiments.ts';

const CASES = [
  ['relu', 'he'],
  ['relu', 'xavier'],
  ['gelu', 'gain'],
  ['selu', 'lecun'],
] as const;

/** Geometric means over seeds, of the ratio of one layer to the one before, and of the last layer. */
export const signal: Experiment = {
  title: '50 layers of 256: root mean squares of pre-activations and gradients',
  seeds: 3,
  async run({ seeds, progress }) {
    const rows: Row[] = [['rectifier, init', 'ratio of layers', 'log z 50', 'expected', 'log dz 1', 'expected']];
    for (const [rectifier, init] of CASES) {
      const found: Awaited<ReturnType<typeof probe>>[] = [];
      for (let seed = 0; seed < seeds; seed++) {
        const engine = await openEngine({ seed });
        found.push(await probe(engine, { rectifier, init }));
        engine.destroy();
        progress(`${rectifier}, ${init}, seed ${seed}`);
      }
      const mean = (of: (one: (typeof found)[number]) => number) =>
        found.reduce((sum, one) => sum + Math.log(of(one)), 0) / seeds;
      const last = mean(({ measured }) => (measured.forward[49] ?? 1) / (measured.forward[0] ?? 1));
      rows.push([
        `${rectifier}, ${init}`,
        Math.exp(last / 49).toFixed(4),
        ...[
          mean(({ measured }) => measured.forward[49] ?? 1),
          mean(({ expected }) => expected.forward[49] ?? 1),
          mean(({ measured }) => measured.backward[0] ?? 1),
          mean(({ expected }) => expected.backward[0] ?? 1),
        ].map((value) => value.toFixed(2)),
      ]);
    }
    return rows;
  },
};
