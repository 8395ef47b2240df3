import rule from '../../shaders/rule/sgd.wgsl';
import { ArgumentError } from '../errors.ts';
import { checkKeys } from '../options.ts';
import { COMMON, type CommonOptions, checkFactor, type Optimizer, optimizer } from './optimizer.ts';

/** What {@link sgd} takes. */
export interface SgdOptions extends CommonOptions {
  /** The share of the last step's velocity that is kept, in [0, 1). Default 0. */
  readonly momentum?: number;
  /** Nesterov's momentum. Default false. */
  readonly nesterov?: boolean;
}

/**
 * Stochastic gradient descent: v ← momentum · v + g, p ← p − lr · v (Nesterov: p − lr · (g + momentum · v)), with
 * g ← g + weightDecay · p for weights. PyTorch's torch.optim.SGD.
 *
 * Throws ArgumentError for values out of range.
 */
export function sgd(options: SgdOptions): Optimizer {
  checkKeys('optim.sgd', options, { ...COMMON, momentum: 1, nesterov: 1 });
  const { momentum = 0, nesterov = false, weightDecay = 0 } = options;
  checkFactor('optim.sgd: momentum', momentum);
  if (nesterov && momentum === 0) throw new ArgumentError('optim.sgd: nesterov needs a momentum above 0, got 0');
  return optimizer('sgd', options, [0, 0], {
    rule,
    pools: { velocity: 1 },
    uniforms: { momentum, weight_decay: weightDecay, nesterov: Number(nesterov) },
    flops: 6,
  });
}
