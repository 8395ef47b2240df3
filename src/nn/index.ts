// Layers and losses, named as in PyTorch.
export { crossEntropy, mse } from '../ops/losses.ts';
export type { RectifyOptions } from '../ops/rectify.ts';
export type { Share } from '../rectifiers.ts';
export { alphaDropout, dropout } from './dropout.ts';
export { gain, type Init, type InitName, initNames } from './init.ts';
export { type LinearOptions, linear } from './linear.ts';
export { type Module, module, within } from './module.ts';
export { prelu, rectifier, relu } from './rectifier.ts';
export { sequential } from './sequential.ts';
