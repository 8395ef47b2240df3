// The network of the digits that several experiments train: dense layers, one rectifier between them.
import { data, nn, optim, type RectifierName } from '../../src/index.ts';
import { openEngine } from '../support/open-engine.ts';

export interface Net {
  readonly rectifier: RectifierName;
  readonly options?: NonNullable<Parameters<typeof nn.rectifier>[1]>;
  readonly init?: nn.Init;
  /** Default 64-128-64-10. */
  readonly widths?: readonly number[];
  /** Default Adam, 0.001. */
  readonly optimizer?: () => optim.Optimizer;
}

export interface Trained {
  /** Of the last epoch. */
  readonly loss: number;
  /** On the test set, in percent. */
  readonly accuracy: number;
  /** Of the rectifiers, by layer: means over what shares them. */
  readonly params: readonly Readonly<Record<string, number>>[];
}

export const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** 20 epochs in batches of 64. */
export async function trainDigits(net: Net, seed: number): Promise<Trained> {
  const { rectifier, options = {}, init = 'auto', widths = [64, 128, 64, 10] } = net;
  const { train, test } = await data.digits();
  const engine = await openEngine({ seed });
  const layers = widths.slice(1).flatMap((width, index) => {
    const layer = nn.linear(widths[index] ?? 0, width, { init });
    return index === widths.length - 2 ? [layer] : [layer, nn.rectifier(rectifier, options)];
  });
  const trainer = await engine.trainer(nn.sequential(...layers), {
    data: train,
    batchSize: 64,
    loss: nn.crossEntropy,
    optimizer: net.optimizer?.() ?? optim.adam({ lr: 1e-3 }),
  });
  let loss = Number.NaN;
  for await (const report of trainer.run({ epochs: 20 })) loss = report.loss;
  const { accuracy = 0 } = await trainer.evaluate(test);
  const params = (await trainer.rectifiers()).map(({ params }) =>
    Object.fromEntries(Object.entries(params).map(([name, values]) => [name, average([...values])])),
  );
  engine.destroy();
  return { loss, accuracy: 100 * accuracy, params };
}
