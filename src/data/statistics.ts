import type { Dataset } from './dataset.ts';

/**
 * Mean and standard deviation of each channel (the last axis of a sample) over all samples, in float64, for
 * `nn.normalize`: std = √(mean of (x − mean)²).
 *
 * In the units of the values: of bytes, byte * `scale`. Both have as many numbers as a sample has channels. A channel that
 * is the same everywhere is given std 1, not 0: it becomes 0. Source: scikit-learn's StandardScaler.
 */
export function meanAndStd({ x, shape, scale = 1 }: Dataset): { mean: number[]; std: number[] } {
  const channels = shape.at(-1) ?? 1;
  const average = (term: (value: number, channel: number) => number) => {
    const sums = new Float64Array(channels);
    for (let i = 0; i < x.length; i += 1) {
      const channel = i % channels;
      sums[channel] = (sums[channel] ?? 0) + term(x[i] ?? 0, channel);
    }
    return Array.from(sums, (sum) => (sum * channels) / x.length);
  };
  // From the first of each channel: what is the same everywhere has that mean, and variance 0, without rounding.
  const mean = average((value, channel) => value - (x[channel] ?? 0)).map((value, c) => value + (x[c] ?? 0));
  const variance = average((value, channel) => (value - (mean[channel] ?? 0)) ** 2);
  const level = Math.fround(scale);
  return { mean: mean.map((value) => value * level), std: variance.map((value) => Math.sqrt(value) * level || 1) };
}
