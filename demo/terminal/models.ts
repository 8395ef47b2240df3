// The data and models that `npm run train` knows by name.
import { ArgumentError, data, nn } from '../../src/index.ts';
import type { Options } from './options.ts';

export const DATA = {
  digits: data.digits,
  glyphs: data.glyphs,
  spiral: data.spiral,
  circles: data.circles,
  moons: data.moons,
  xor: data.xor,
};

/** Networks of images, by name; a number says how deep. */
const IMAGE_MODELS = {
  lenet5: nn.lenet5,
  alexnet: nn.alexnet,
  vgg: nn.vgg,
  inception: nn.inception,
  resnet: (options: nn.ModelOptions, blocks?: number) => nn.resnet({ ...options, ...(blocks && { blocks }) }),
  resnet_bn: (options: nn.ModelOptions, blocks?: number) =>
    nn.resnet({ ...options, ...(blocks && { blocks }), norm: 'batch' }),
  plain: (options: nn.ModelOptions, depth?: number) => nn.plain({ ...options, ...(depth && { depth }) }),
  autoencoder: nn.autoencoder,
};
export const NETWORKS = 'lenet5, alexnet, vgg, inception, resnet-BLOCKS, resnet_bn-BLOCKS, plain-DEPTH or autoencoder';

/** `plain-30` → its function and 30; null for widths. */
export function imageModel(model: string) {
  const [, name = '', number] = /^([a-z]\w*)(?:-(\d+))?$/.exec(model) ?? [];
  return name in IMAGE_MODELS
    ? { make: IMAGE_MODELS[name as keyof typeof IMAGE_MODELS], depth: number ? Number(number) : undefined }
    : null;
}

/** `64-128x29-10` → [64, 128, 128, ..., 10]. Throws ArgumentError. */
export function widthsOf(model: string): readonly number[] {
  const widths = model.split('-').flatMap((part) => {
    const match = /^(\d+)(?:x(\d+))?$/.exec(part);
    if (!match)
      throw new ArgumentError(
        `--model ${model}: '${part}' is not a width; write widths such as 64-128-64-10 or 64-128x29-10, or ${NETWORKS}`,
      );
    const repeats = Number(match[2] ?? 1);
    if (repeats > 1000) throw new ArgumentError(`--model ${model}: '${part}' asks for more than 1000 layers`);
    return Array.from({ length: repeats }, () => Number(match[1]));
  });
  if (widths.length < 2 || widths.includes(0))
    throw new ArgumentError(`--model ${model}: needs at least two widths, each at least 1`);
  return widths;
}

/** An autoencoder's targets are its samples. */
export async function loadData({ data: name, model }: Options) {
  const { train, test } = await DATA[name]();
  if (model !== 'autoencoder') return { train, test };
  const asTargets = ({ x, shape, ...rest }: data.Dataset) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return data.dataset({ name: rest.name, shape, x, y: x.slice(), targetShape: [size] });
  };
  return { train: asTargets(train), test: asTargets(test) };
}

/** [height, width, channels] of a sample. Throws ArgumentError for one that is no image. */
function imageShape({ name, shape }: data.Dataset): readonly [number, number, number] {
  const [height = 0, width, channels = 1] = shape;
  const side = Math.sqrt(height);
  if (width !== undefined) return [height, width, channels];
  if (!Number.isInteger(side) || side < 2)
    throw new ArgumentError(`--model: ${name} has samples of shape [${shape.join(', ')}], which are no images`);
  return [side, side, 1];
}

/** Linear layers with a rectifier between them, or a network of images. Throws ArgumentError where it does not fit. */
export function buildModel({ model, rectifier, init, ...options }: Options, samples: data.Dataset): nn.Module {
  const common = { rectifier, init, options: optionsOf(options) };
  const named = imageModel(model);
  if (named) return named.make({ shape: imageShape(samples), classes: samples.classes ?? 1, ...common }, named.depth);
  const widths = widthsOf(model);
  const inputs = samples.shape.reduce((product, length) => product * length, 1);
  if (widths[0] !== inputs || widths.at(-1) !== samples.classes)
    throw new ArgumentError(`--model ${model}: ${options.data} needs ${inputs} inputs and ${samples.classes} outputs`);
  return nn.sequential(
    ...(samples.shape.length > 1 ? [nn.flatten()] : []),
    ...widths.slice(1).flatMap((width, index) => {
      const layer = nn.linear(widths[index] ?? 1, width, { init });
      return index < widths.length - 2 ? [layer, nn.rectifier(rectifier, common.options)] : [layer];
    }),
  );
}

/** What a rectifier's layer takes. */
export function optionsOf({ share, param, learn }: Pick<Options, 'share' | 'param' | 'learn'>): nn.RectifyOptions {
  return { share, values: param, ...(learn && { learn }) };
}
