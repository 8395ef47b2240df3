import rule from '../../shaders/rule/adam.wgsl';
import { ArgumentError } from '../errors.ts';
import { betas as withRests } from '../ops/clock.ts';
import { checkKeys, kindOf } from '../options.ts';
import { COMMON, type CommonOptions, checkFactor, type Optimizer, optimizer } from './optimizer.ts';
import { isRate, TINY } from './rates.ts';

/** What {@link adam} and {@link adamw} take. */
export interface AdamOptions extends CommonOptions {
  /** Decay of the first and second moment. Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Added to the root of the second moment, so that a gradient of 0 divides by something. Default 1e-8 (PyTorch's). */
  readonly eps?: number;
}

/** No infinity: exp(-100) is 0 beside 1. */
const logOf = (beta: number) => Math.max(-100, Math.log(beta));

function create(name: 'adam' | 'adamw', options: AdamOptions): Optimizer {
  checkKeys(`optim.${name}`, options, { ...COMMON, betas: 1, eps: 1 });
  const { betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0 } = options;
  if (!Array.isArray(betas) || betas.length !== 2)
    throw new ArgumentError(`optim.${name}: betas must be two numbers, such as [0.9, 0.999]`);
  for (const beta of betas) checkFactor(`optim.${name}: betas`, beta);
  if (!isRate(eps, TINY))
    throw new ArgumentError(`optim.${name}: eps must be finite in float32 and at least ${TINY}, got ${kindOf(eps)}`);
  return optimizer(name, options, betas, {
    rule,
    pools: { moments: 2 },
    uniforms: {
      decoupled: Number(name === 'adamw'),
      ...withRests(betas[0], betas[1]),
      log_beta1: logOf(betas[0]),
      log_beta2: logOf(betas[1]),
      eps,
      weight_decay: weightDecay,
    },
    flops: 14,
  });
}

/**
 * Adam: m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², p ← p − lr · m̂ / (√v̂ + eps), m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ),
 * with g ← g + weightDecay · p for weights. Kingma & Ba 2015, algorithm 1.
 *
 * Throws ArgumentError for values out of range.
 */
export const adam = (options: AdamOptions): Optimizer => create('adam', options);

/**
 * Adam with decoupled decay: p ← p − lr · weightDecay · p before the step. Loshchilov & Hutter 2019, algorithm 2.
 *
 * weightDecay is 0 by default. Throws ArgumentError for values out of range.
 */
export const adamw = (options: AdamOptions): Optimizer => create('adamw', options);
