// A workload's trainer, and runs of it. Runs in Node and in a page.
import type { Engine, TelemetryOptions, Trainer } from '../../src/index.ts';
import { K, lossOf, modelOf, optimizerOf, samplesOf, type Workload } from './workloads.ts';

export const train = {
  open: (
    engine: Engine,
    workload: Workload,
    shuffle = true,
    telemetry: boolean | TelemetryOptions = false,
  ): Promise<Trainer> =>
    engine.trainer(modelOf(workload), {
      data: samplesOf(workload),
      batchSize: workload.batch,
      loss: lossOf(workload),
      optimizer: optimizerOf(workload),
      stepsPerSubmit: K,
      shuffle,
      telemetry,
    }),

  /** `steps` steps, with a report every `every`; the losses of the reports. */
  async run(trainer: Trainer, steps: number, every: number = K): Promise<readonly number[]> {
    const losses: number[] = [];
    for await (const { loss } of trainer.run({ steps, every })) losses.push(loss);
    return losses;
  },
};
