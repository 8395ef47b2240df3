// Optimizers and learning-rate schedules.
export { type AdamOptions, adam, adamw } from './adam.ts';
export type { CommonOptions, Optimizer } from './optimizer.ts';
export type { Group, Groups } from './rates.ts';
export { constant, cosine, piecewise, type Schedule } from './schedule.ts';
export { type SgdOptions, sgd } from './sgd.ts';
