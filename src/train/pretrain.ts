// Greedy layer-wise pre-training: before a deep model is trained as a whole, each of its layers learns to keep what it is
// given, as an autoencoder of its own.
import { ArgumentError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { Tensor } from '../graph/tensor.ts';
import { type Module, module } from '../nn/module.ts';
import { mse } from '../ops/losses.ts';
import { matmul } from '../ops/matmul.ts';
import { detach } from '../ops/reshape.ts';
import { adam } from '../optim/adam.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import { checkKeys } from '../options.ts';
import type { Loss } from './loss.ts';
import type { Trainer } from './trainer.ts';

/** What {@link Trainer.pretrain} takes. */
export interface PretrainOptions {
  /** Steps of each layer. */
  readonly steps: number;
  /** Learning rate of Adam. Default 0.001. */
  readonly lr?: number;
  /** Steps from one report to the next. By default a report comes with the end of each epoch, and of each layer. */
  readonly every?: number;
}

/** How far {@link Trainer.pretrain} has come. */
export interface PretrainReport {
  /** What learns: `2.weight`. */
  readonly weight: string;
  /** Steps of this layer so far. */
  readonly step: number;
  /** Mean squared error of what the layer was given, brought back; over the samples since the last report. */
  readonly loss: number;
}

/** A dense layer that feeds a rectifier. */
interface Layer {
  readonly weight: string;
  readonly bias: string | undefined;
  readonly x: Tensor;
  readonly w: Tensor;
  readonly y: Tensor;
}

/** In the order in which a traced model computes them. */
export function denseLayers(graph: Graph): readonly Layer[] {
  return graph.rectifiers.flatMap(({ z }) => {
    const product = graph.tape.find(({ output }) => output === z);
    const y = graph.tape.find(({ operator, inputs }) => operator === 'rectify' && inputs[0] === z)?.output;
    const [x, w, b] = product?.inputs ?? [];
    const weight = w && graph.notes(w).name;
    if (!x || !y || !weight || !['linear', 'matmul'].includes(product?.operator ?? '')) return [];
    return [{ weight, bias: b && graph.notes(b).name, x, w, y }];
  });
}

/**
 * y = f(x W + b) is brought back to x as y Wᵀ; W and b learn from the mean squared error, the rectifier's parameters and
 * the layers before rest.
 */
function autoencoder(model: Module, weight: string): { readonly coder: Module; readonly loss: Loss } {
  let wanted: Tensor | undefined;
  const coder: Module = module((input) => {
    const { graph } = input;
    const output = model.trace(input);
    const layer = denseLayers(graph).find((found) => found.weight === weight);
    // Where the model is traced for what its parameters are, they have no names yet.
    if (!layer) return output;
    graph.host.narrow(coder, [layer.weight, layer.bias]);
    wanted = detach(layer.x);
    return matmul(layer.y, layer.w, { transposeB: true });
  });
  return { coder, loss: (output) => mse(output, wanted ?? output) };
}

/** Trains the autoencoders of the layers that have these weights, one after the other. See Trainer.pretrain. */
export async function* pretrainLayers(
  model: Module,
  weights: readonly string[],
  options: PretrainOptions,
  train: (coder: Module, options: { readonly loss: Loss; readonly optimizer: Optimizer }) => Promise<Trainer>,
): AsyncGenerator<PretrainReport, void, void> {
  checkKeys('pretrain', options, { steps: 1, lr: 1, every: 1 });
  const { steps, lr = 1e-3, every } = options;
  if (!Number.isSafeInteger(steps) || steps < 1)
    throw new ArgumentError(`pretrain: steps must be a whole number of at least 1, got ${steps}`);
  if (weights.length === 0)
    throw new ArgumentError('pretrain: this model has no nn.linear that feeds a rectifier, and it trains those alone');
  for (const weight of weights) {
    const { coder, loss } = autoencoder(model, weight);
    const trainer = await train(coder, { loss, optimizer: adam({ lr }) });
    try {
      for await (const report of trainer.run({ steps, ...(every !== undefined && { every }) }))
        yield { weight, step: report.step, loss: report.loss };
    } finally {
      trainer.destroy();
    }
  }
}
