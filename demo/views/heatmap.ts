// A parameter over time, channel by channel: x is the epoch, each row a channel, the colour how far it is from its start.
import { css, prepare, rgb } from './paint.ts';

export interface Heatmap {
  /** Ascending. */
  readonly epochs: readonly number[];
  /** At each of those epochs, one value per channel. */
  readonly values: readonly ArrayLike<number>[];
  readonly initial: number;
  /** The epoch at the right edge. */
  readonly end: number;
}

/** The largest distance from the start, at least 0.05: the ends of the colour scale. */
export function reach({ values, initial }: Heatmap): number {
  let most = 0.05;
  for (const row of values)
    for (let channel = 0; channel < row.length; channel++) {
      const distance = Math.abs((row[channel] ?? initial) - initial);
      if (Number.isFinite(distance)) most = Math.max(most, distance);
    }
  return most;
}

export function drawHeatmap(canvas: HTMLCanvasElement, map: Heatmap): void {
  const fitted = prepare(canvas);
  if (!fitted) return;
  const { context, width, height } = fitted;
  context.fillStyle = css('--grid');
  context.fillRect(0, 0, width, height);
  const { epochs, values, initial, end } = map;
  const channels = values[0]?.length ?? 0;
  const filled = Math.min(width, Math.round(((epochs.at(-1) ?? 0) / end) * width));
  if (channels === 0 || filled === 0) return;

  const most = reach(map);
  const [below, middle, above] = [rgb('--low'), rgb('--middle'), rgb('--high')];
  const image = new ImageData(filled, channels);
  for (let x = 0, column = 0; x < filled; x++) {
    while (column < epochs.length - 1 && (epochs[column] ?? 0) < ((x + 0.5) / width) * end) column++;
    const row = values[column] ?? [];
    for (let channel = 0; channel < channels; channel++) {
      const distance = Math.max(-1, Math.min(1, ((row[channel] ?? initial) - initial) / most));
      const side = distance < 0 ? below : above;
      const amount = Math.abs(distance);
      const pixel = 4 * (channel * filled + x);
      for (const part of [0, 1, 2] as const)
        image.data[pixel + part] = middle[part] + amount * (side[part] - middle[part]);
      image.data[pixel + 3] = 255;
    }
  }
  const small = new OffscreenCanvas(filled, channels);
  small.getContext('2d')?.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, filled, height);
}
