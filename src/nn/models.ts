// Networks that rectifier papers trained, in sizes that a browser trains: each reads from top to bottom.
import { ArgumentError } from '../errors.ts';
import { concat } from '../ops/concat.ts';
import { add } from '../ops/elementwise.ts';
import { convTranspose2d, flatten, unflatten } from './conv.ts';
import { dropout } from './dropout.ts';
import { linear } from './linear.ts';
import { type Module, module, within } from './module.ts';
import { checkModel, halved, type ModelOptions, parts } from './parts.ts';
import { globalAvgPool2d, maxPool2d } from './pool.ts';
import { sequential } from './sequential.ts';

/**
 * LeNet-5: two convolutions of 5 x 5 (6 and 16 channels), each with max pooling, and three dense layers (120, 84, classes).
 * LeCun et al. 1998, with max pooling and rectifiers. Images of 8 x 8 at least. Throws ArgumentError.
 */
export function lenet5(options: ModelOptions): Module {
  checkModel('lenet5', options, 8, {});
  const [height, width, channels] = options.shape;
  const { images, conv, dense, last } = parts('lenet5', options);
  // The second one takes 14 x 14 to 10 x 10; smaller images are kept as they are.
  const padding = Math.min(height, width) < 20 ? 2 : 0;
  const left = (length: number) => halved(halved(length, 1) + 2 * padding - 4, 1);
  return sequential(
    images,
    ...conv(channels, 6, 5),
    maxPool2d(2),
    ...conv(6, 16, 5, { padding }),
    maxPool2d(2),
    flatten(),
    ...dense(16 * left(height) * left(width), 120),
    ...dense(120, 84),
    last(84, options.classes),
  );
}

/**
 * AlexNet's shape: five convolutions (32, 64, 96, 96, 64 channels), three of them with max pooling, and two dense layers
 * with dropout before the last. Krizhevsky et al. 2012, in miniature. Images of 8 x 8 at least. Throws ArgumentError.
 */
export function alexnet(options: ModelOptions): Module {
  checkModel('alexnet', options, 8, {});
  const [height, width, channels] = options.shape;
  const { images, conv, dense, last } = parts('alexnet', options);
  return sequential(
    images,
    ...conv(channels, 32, 5),
    maxPool2d(2),
    ...conv(32, 64, 5),
    maxPool2d(2),
    ...conv(64, 96, 3),
    ...conv(96, 96, 3),
    ...conv(96, 64, 3),
    maxPool2d(2),
    flatten(),
    dropout(0.5),
    ...dense(64 * halved(height, 3) * halved(width, 3), 256),
    dropout(0.5),
    ...dense(256, 256),
    last(256, options.classes),
  );
}

/**
 * VGG's shape: pairs of 3 x 3 convolutions (16, 32, 64 channels), each pair with max pooling, and two dense layers.
 * Simonyan and Zisserman 2015, in miniature. Images of 8 x 8 at least. Throws ArgumentError.
 */
export function vgg(options: ModelOptions): Module {
  checkModel('vgg', options, 8, {});
  const [height, width, channels] = options.shape;
  const { images, conv, dense, last } = parts('vgg', options);
  const pair = (from: number, to: number) => [...conv(from, to, 3), ...conv(to, to, 3), maxPool2d(2)];
  return sequential(
    images,
    ...pair(channels, 16),
    ...pair(16, 32),
    ...pair(32, 64),
    flatten(),
    ...dense(64 * halved(height, 3) * halved(width, 3), 128),
    last(128, options.classes),
  );
}

/**
 * GoogLeNet's shape: a convolution with max pooling, then two inception blocks with max pooling between them, then the mean
 * of each channel and a dense layer. A block joins convolutions of 1 x 1, 3 x 3 and 5 x 5, the larger ones after one of 1 x 1
 * that narrows, and max pooling. Szegedy et al. 2015, figure 2b, in miniature. Images of 4 x 4 at least. Throws ArgumentError.
 */
export function inception(options: ModelOptions): Module {
  checkModel('inception', options, 4, {});
  const { images, conv, last } = parts('inception', options);
  const block = (from: number, width: number): Module => {
    const branches = [
      conv(from, width, 1),
      [...conv(from, width, 1), ...conv(width, 2 * width, 3)],
      [...conv(from, width / 2, 1), ...conv(width / 2, width, 5)],
      [maxPool2d(3, { stride: 1, padding: 1 }), ...conv(from, width, 1)],
    ].map((layers) => sequential(...layers));
    return module((x) =>
      concat(
        branches.map((branch, index) => within(x, String(index), () => branch(x))),
        -1,
      ),
    );
  };
  return sequential(
    images,
    ...conv(options.shape[2], 16, 3),
    maxPool2d(2),
    block(16, 8),
    maxPool2d(2),
    block(40, 16),
    globalAvgPool2d(),
    last(80, options.classes),
  );
}

/** What {@link resnet} takes. */
export interface ResnetOptions extends ModelOptions {
  /** Blocks of each of three stages. Default 1: 8 layers. */
  readonly blocks?: number;
  /** What follows each convolution, before shortcuts are added; convolutions then have no bias. Default null: nothing. */
  readonly norm?: 'batch' | null;
}

/**
 * A residual network of basic blocks, y = f(x + conv(f(conv x))): three stages of 16, 32 and 64 channels, each halving the
 * images but the first, then the mean of each channel and a dense layer. He et al. 2016, section 4.2; theirs has norm 'batch',
 * without which initialisation matters more. Throws ArgumentError.
 */
export function resnet(options: ResnetOptions): Module {
  checkModel('resnet', options, 4, { blocks: 1, norm: 1 });
  const { blocks = 1 } = options;
  const { images, conv, bare, rectify, last } = parts('resnet', options);
  const block = (from: number, to: number, stride: number): Module => {
    const body = sequential(...conv(from, to, 3, { stride }), ...bare(to, to, 3));
    const shortcut = from === to && stride === 1 ? null : sequential(...bare(from, to, 1, { stride, padding: 0 }));
    const after = rectify();
    return module((x) => {
      const past = shortcut ? within(x, 'shortcut', () => shortcut(x)) : x;
      const sum = add(
        within(x, 'body', () => body(x)),
        past,
      );
      return within(sum, 'after', () => after(sum));
    });
  };
  const stage = (from: number, to: number, stride: number) =>
    Array.from({ length: blocks }, (_, index) => block(index ? to : from, to, index ? 1 : stride));
  return sequential(
    images,
    ...conv(options.shape[2], 16, 3),
    ...stage(16, 16, 1),
    ...stage(16, 32, 2),
    ...stage(32, 64, 2),
    globalAvgPool2d(),
    last(64, options.classes),
  );
}

/** What {@link plain} takes. */
export interface PlainOptions extends ModelOptions {
  /** Layers with weights. Default 30. */
  readonly depth?: number;
  /** Channels of each convolution. Default 8. */
  readonly width?: number;
}

/**
 * Convolutions of 3 x 3, one after the other, and a dense layer: nothing but its initialisation helps such a network to
 * start. After He et al. 2015, section 2.2 ("30 weight layers"). Throws ArgumentError.
 */
export function plain(options: PlainOptions): Module {
  checkModel('plain', options, 1, { depth: 1, width: 1 });
  const { depth = 30, width = 8 } = options;
  if (!Number.isSafeInteger(depth) || depth < 2)
    throw new ArgumentError(`nn.plain: depth must be a whole number of at least 2, got ${depth}`);
  const [height, across, channels] = options.shape;
  const { images, conv, last } = parts('plain', options);
  return sequential(
    images,
    ...Array.from({ length: depth - 1 }, (_, index) => conv(index ? width : channels, width, 3)).flat(),
    flatten(),
    last(width * height * across, options.classes),
  );
}

/** What {@link autoencoder} takes. */
export interface AutoencoderOptions extends Omit<ModelOptions, 'classes'> {
  /** Numbers that an image is brought to. Default 16. */
  readonly code?: number;
}

/**
 * An autoencoder: two convolutions of stride 2 (16 and 32 channels) to a dense code, and transposed ones back. Its output
 * is an image in a row, [samples, height · width · channels]; train it with nn.mse. Height and width must be multiples of
 * 4. Throws ArgumentError.
 */
export function autoencoder(options: AutoencoderOptions): Module {
  checkModel('autoencoder', options, 4, { code: 1 });
  const { code = 16 } = options;
  const [height, width, channels] = options.shape;
  if (height % 4 !== 0 || width % 4 !== 0)
    throw new ArgumentError(`nn.autoencoder: height and width must be multiples of 4, got ${height} x ${width}`);
  const { images, conv, dense, rectify } = parts('autoencoder', options);
  const init = options.init ?? 'auto';
  const inner = [height / 4, width / 4, 32] as const;
  const size = inner[0] * inner[1] * inner[2];
  const up = (from: number, to: number) => convTranspose2d(from, to, 4, { stride: 2, padding: 1, init });
  return sequential(
    images,
    ...conv(channels, 16, 3, { stride: 2 }),
    ...conv(16, 32, 3, { stride: 2 }),
    flatten(),
    linear(size, code, { init }),
    ...dense(code, size),
    unflatten(inner),
    up(32, 16),
    rectify(),
    up(16, channels),
    flatten(),
  );
}
