import { ArgumentError, ShapeError } from '../errors.ts';
import { show } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
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
export function normalize({ mean, std }: NormalizeOptions): Module {
  const tables = [mean, std.map((value) => 1 / value)].map((numbers, index) => {
    const values = Float32Array.from(numbers);
    const fine = (value: number) => Number.isFinite(value) && (index === 0 || value > 0);
    if (mean.length === 0 || mean.length !== std.length || !values.every(fine))
      throw new ArgumentError(
        `nn.normalize: expected a finite mean and a std above 0 for each channel, got ${show(mean)} and ${show(std)}`,
      );
    return { name: index === 0 ? 'mean' : '1 / std', bytes: values.byteLength, initial: () => values };
  });
  return module((x) => {
    if (x.shape.at(-1) !== mean.length)
      throw new ShapeError(`nn.normalize: expected an input of shape [rows, …, ${mean.length}], got ${show(x.shape)}`);
    const [centre, scale] = tables.map((table) => x.graph.leaf(table, [mean.length])) as [Tensor, Tensor];
    return x.sub(centre).mul(scale);
  });
}
