import { ArgumentError, ShapeError } from '../errors.ts';
import { show } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { checkKeys, kindOf } from '../options.ts';
import { type Module, module } from './module.ts';

/** What {@link normalize} takes: a number for each channel, such as `data.meanAndStd` finds. */
export interface NormalizeOptions {
  /** In the units of x. */
  readonly mean: readonly number[];
  /** In the units of x, above 0. */
  readonly std: readonly number[];
}

/**
 * y = (x − mean) / std for each channel, with fixed numbers: torchvision's Normalize with channels last.
 *
 * x, y: [rows, …, channels], up to four axes; one `mean` and one `std` for each channel. Nothing is learned; gradient:
 * dy / std. Throws ArgumentError for numbers that are not finite (as f32), a std that is not above 0 and lists of different
 * lengths, ShapeError when traced on other channels.
 */
export function normalize(options: NormalizeOptions): Module {
  checkKeys('nn.normalize', options, { mean: 1, std: 1 });
  const { mean, std } = options;
  const refuse = (what: string, got: unknown, expected: string): never => {
    throw new ArgumentError(`nn.normalize: ${what} is ${kindOf(got)}, expected ${expected}`);
  };
  for (const [name, list] of Object.entries({ mean, std }))
    if (!Array.isArray(list)) refuse(name, list, 'an array of numbers');
  const channels = Math.max(1, mean.length, std.length);
  const tables = Object.entries({ mean, '1 / std': std }).map(([name, numbers], isScale) => {
    const values = Float32Array.from({ length: channels }, (_, c) => {
      const number = numbers[c] ?? Number.NaN;
      const value = Math.fround(isScale ? 1 / number : number);
      if (!(Number.isFinite(number) && Number.isFinite(value) && (!isScale || value > 0)))
        refuse(`${isScale ? 'std' : name} of channel ${c}`, numbers[c], `a finite number${isScale ? ' above 0' : ''}`);
      return value;
    });
    return { name, bytes: values.byteLength, initial: () => values };
  });
  return module((x) => {
    if (x.shape.at(-1) !== mean.length)
      throw new ShapeError(`nn.normalize: expected an input of shape [rows, …, ${mean.length}], got ${show(x.shape)}`);
    const [centre, scale] = tables.map((table) => x.graph.leaf(table, [mean.length])) as [Tensor, Tensor];
    return x.sub(centre).mul(scale);
  });
}
