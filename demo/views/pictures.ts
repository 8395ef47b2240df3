// Samples that are pictures, one canvas pixel each; the style sheet makes them larger.
import { rgb } from './paint.ts';

export interface Frame {
  readonly height: number;
  readonly width: number;
  /** 1: from paper to ink; 3: red, green, blue. */
  readonly channels: 1 | 3;
}

/** How the values of samples of this shape lie in a picture; null where they are none. */
export function frameOf(shape: readonly number[]): Frame | null {
  const [height = 0, width = height, channels = 1] = shape;
  if (shape.length === 1) {
    const side = Math.sqrt(height);
    return Number.isInteger(side) && side >= 8 ? { height: side, width: side, channels: 1 } : null;
  }
  return shape.length <= 3 && (channels === 1 || channels === 3) ? { height, width, channels } : null;
}

/** Values from 0 to 1. Paper and ink are the page's own, light or dark. */
export function paintPicture(canvas: HTMLCanvasElement, values: ArrayLike<number>, frame: Frame): void {
  const { height, width, channels } = frame;
  const [paper, ink] = [rgb('--grid'), rgb('--ink')];
  const image = new ImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (const part of [0, 1, 2] as const) {
      const value = values[channels === 3 ? 3 * pixel + part : pixel] ?? 0;
      image.data[4 * pixel + part] = channels === 3 ? 255 * value : paper[part] + value * (ink[part] - paper[part]);
    }
    image.data[4 * pixel + 3] = 255;
  }
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  canvas.getContext('2d')?.putImageData(image, 0, 0);
}
