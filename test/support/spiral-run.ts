// A small training run for tests: the spiral, a 2-16-16-3 MLP, its losses and final parameters.
import { data, type Engine, nn, optim, type Report, type Trainer, type TrainerOptions } from '../../src/index.ts';

import { openEngine as open } from './open-engine.ts';

export const smallModel = () =>
  nn.sequential(nn.linear(2, 16), nn.prelu(), nn.linear(16, 16), nn.prelu({ share: 'layer' }), nn.linear(16, 3));

/** 160 samples in batches of 32 and one of 32: five steps an epoch; with `batchSize: 48`, the last is short. */
export async function smallTrainer(engine: Engine, options: Partial<TrainerOptions> = {}): Promise<Trainer> {
  const { train } = data.spiral({ samples: 200 });
  return engine.trainer(smallModel(), {
    data: train,
    batchSize: 32,
    loss: nn.crossEntropy,
    optimizer: optim.adam({ lr: 0.01 }),
    ...options,
  });
}

export const openEngine = (seed = 0): Promise<Engine> => open({ seed });

/** Everything that a run leaves behind, as bits. */
export async function trace(trainer: Trainer, epochs: number, each: (report: Report) => void = () => undefined) {
  const losses: number[] = [];
  for await (const report of trainer.run({ epochs })) {
    losses.push(report.loss);
    each(report);
  }
  const parameters = Object.fromEntries(
    Object.entries(await trainer.parameters()).map(([name, values]) => [name, [...new Uint32Array(values.buffer)]]),
  );
  return { losses, parameters };
}
