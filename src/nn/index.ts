// Layers and losses, named as in PyTorch.

export type { BatchNormOptions } from '../ops/batchnorm.ts';
export type { Conv2dOptions, ConvOptions } from '../ops/conv.ts';
export type { LayerNormOptions } from '../ops/layernorm.ts';
export { bceWithLogits, type CrossEntropyOptions, crossEntropy, mse } from '../ops/losses.ts';

export type { PoolOptions } from '../ops/pool.ts';
export type { RectifyOptions } from '../ops/rectify.ts';
export type { ResponseNormOptions } from '../ops/responsenorm.ts';
export type { Share } from '../rectifiers.ts';
export { type AugmentOptions, augment } from './augment.ts';
export { type ConvLayerOptions, conv2d, convTranspose2d, flatten, unflatten } from './conv.ts';
export { alphaDropout, dropout } from './dropout.ts';
export { gain, type Init, type InitName, initNames } from './init.ts';
export { type LinearOptions, linear } from './linear.ts';
export {
  type AutoencoderOptions,
  alexnet,
  autoencoder,
  inception,
  lenet5,
  type PlainOptions,
  plain,
  type ResnetOptions,
  resnet,
  vgg,
} from './models.ts';
export { type Module, module, within } from './module.ts';
export {
  type BatchNormLayerOptions,
  batchNorm1d,
  batchNorm2d,
  type LayerNormLayerOptions,
  layerNorm,
  localResponseNorm,
} from './norm.ts';
export { type NormalizeOptions, normalize } from './normalize.ts';
export type { ModelOptions } from './parts.ts';
export { avgPool2d, globalAvgPool2d, maxPool2d } from './pool.ts';
export { prelu, rectifier, relu } from './rectifier.ts';
export { sequential } from './sequential.ts';
export { upsample } from './upsample.ts';
