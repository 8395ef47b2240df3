// A race: the same network from the same weights and batches, with one property changed; seed after seed. It knows no page
// and no worker.
import { ArgumentError, createEngine, nn } from '../src/index.ts';
import { entriesOf } from './check.ts';
import type { Sets } from './choices.ts';
import { networkOf, optimizerOf } from './factories.ts';
import { layersOf } from './network.ts';
import { type RacePlan, seedsOf } from './raceplan.ts';
import { type State, withText } from './state.ts';

/** One value and seed after one epoch. Losses are means over samples, the accuracy a share from 0 to 1. */
export interface RaceResult {
  readonly value: string;
  readonly seed: number;
  readonly epoch: number;
  /** Over the epoch. */
  readonly trainLoss: number;
  readonly testLoss: number;
  readonly testAccuracy: number;
}

/** Hears of every kernel that is compiled for one value. */
export type RaceProgress = (value: string, ready: number, total: number) => void;

/**
 * The values take turns, an epoch each. Leaving the loop, or `signal`, ends it and frees all: the signal at once, without
 * an error.
 */
export async function* race(
  state: State,
  plan: RacePlan,
  { train, test }: Sets,
  signal: AbortSignal,
  onProgress?: RaceProgress,
): AsyncGenerator<RaceResult, void, void> {
  for (const seed of seedsOf(state, plan)) {
    if (signal.aborted) return;
    // Random numbers depend on the seed and a parameter's name alone: trainers of one engine start alike.
    const engine = await createEngine({ seed });
    signal.addEventListener('abort', engine.destroy);
    try {
      const entrants = [];
      for (const value of plan.values) {
        if (signal.aborted) return;
        const own = entrantOf(state, plan, value);
        const options = {
          data: train,
          batchSize: own.batch,
          loss: nn.crossEntropy,
          optimizer: optimizerOf(own),
          onProgress: (ready: number, total: number) => onProgress?.(value, ready, total),
        };
        const network = networkOf(own, train, await entriesOf(engine, own));
        entrants.push({ value, trainer: await engine.trainer(network, options) });
      }
      for (let epoch = 1; epoch <= state.epochs; epoch++)
        for (const { value, trainer } of entrants) {
          let trainLoss = Number.NaN;
          for await (const { loss } of trainer.run()) trainLoss = loss;
          const { loss: testLoss, accuracy: testAccuracy = Number.NaN } = await trainer.evaluate(test);
          yield { value, seed, epoch, trainLoss, testLoss, testAccuracy };
        }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', engine.destroy);
      engine.destroy();
    }
  }
}

function entrantOf(state: State, { key }: RacePlan, value: string): State {
  const read = withText(state, key, value);
  if ('problem' in read) throw new ArgumentError(`race: ${read.problem}`);
  if (key === 'rectifier' && layersOf(state).every((_, index) => state.rectifiers[index]))
    throw new ArgumentError('race: “By layer” gives each layer its rectifier, so none is left to vary; empty it');
  return read.state;
}
