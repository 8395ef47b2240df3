import { ArgumentError } from '../errors.ts';
import { augment as moveAtRandom } from '../ops/augment.ts';
import { checkKeys } from '../options.ts';
import { type Module, module } from './module.ts';

/** What {@link augment} does to images. */
export interface AugmentOptions {
  /** Mirror each image left-right with probability 1/2. Default false. */
  readonly flip?: boolean;
  /** Shift each image by up to so many pixels, 0 to 255, in each direction, with zeros from outside. Default 0. */
  readonly shift?: number;
}

/**
 * Images as a step of training sees them: each shifted by a whole number of pixels, drawn evenly from -shift..shift for
 * rows and for columns, then mirrored left-right or not; torchvision's RandomCrop(size, padding = shift) and
 * RandomHorizontalFlip. Mode 'eval': y = x.
 *
 * x, y: [images, height, width, channels]. Seed, layer, step and the image's place in the batch decide what is drawn, the
 * same for all channels. Gradient: dy, moved back. To be a model's first layer, before {@link normalize}, so that the
 * zeros are black. Throws ArgumentError for options out of range, ShapeError when traced for another number of axes.
 * He et al. 2016, section 4.2, for CIFAR-10: `{ flip: true, shift: 4 }`.
 */
export function augment(options: AugmentOptions): Module {
  checkKeys('nn.augment', options, { flip: 1, shift: 1 });
  const { flip = false, shift = 0 } = options;
  if (typeof flip !== 'boolean' || !Number.isInteger(shift) || shift < 0 || shift > 255)
    throw new ArgumentError(
      `nn.augment: expected flip true or false and a shift of 0 to 255 whole pixels, got ${String(flip)} and ${shift}`,
    );
  return module((x) => moveAtRandom(x, flip, shift));
}
