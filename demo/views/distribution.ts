// How the pre-activations of a layer are spread: a histogram behind the curve of its rectifier, on the curve's own x axis.
import type { Histogram } from '../../src/index.ts';
import { type Color, css } from './paint.ts';

export interface Axes {
  /** Pixels from a pre-activation. */
  readonly x: (value: number) => number;
  readonly width: number;
  readonly height: number;
}

/** Of the height, so that the curve stays in front. */
const HIGHEST = 0.4;

/** Draws it at the bottom of the curve's box, faintly: below the curve, after the grid. */
export function drawDistribution(
  context: CanvasRenderingContext2D,
  { counts, low, high }: Histogram,
  { x, width, height }: Axes,
  color: Color,
): void {
  const edge = (bin: number) => x(low + ((high - low) * bin) / counts.length);
  let most = 0;
  for (let bin = 0; bin < counts.length; bin++)
    // The highest that is seen, not one beyond the edges, fills the height.
    if (edge(bin + 1) > 0 && edge(bin) < width) most = Math.max(most, counts[bin] ?? 0);
  if (most === 0) return;

  context.save();
  context.beginPath();
  context.moveTo(edge(0), height);
  for (let bin = 0; bin < counts.length; bin++) {
    const top = height - HIGHEST * height * Math.min(1, (counts[bin] ?? 0) / most);
    context.lineTo(edge(bin), top);
    context.lineTo(edge(bin + 1), top);
  }
  context.lineTo(edge(counts.length), height);
  context.fillStyle = css(color);
  context.globalAlpha = 0.22;
  context.fill();
  context.restore();
}

/** For those who cannot see it. */
export function distributionText({ counts, low, high }: Histogram): string {
  let [below, sum] = [0, 0];
  for (let bin = 0; bin < counts.length; bin++) {
    const count = counts[bin] ?? 0;
    sum += count;
    const [start, end] = [bin, bin + 1].map((at) => low + ((high - low) * at) / counts.length) as [number, number];
    // The share of the bin that is below 0.
    below += count * Math.min(1, Math.max(0, -start / (end - start)));
  }
  return sum > 0 ? `${Math.round((100 * below) / sum)} % of pre-activations below 0` : '';
}
