// Convolutions in float64, written as their definitions: every pixel, every tap, every channel.
import type { Numbers, Shape } from './reference.ts';

export interface Of {
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
  readonly groups?: number;
}

/** The shape of the convolution of images `x` by `w`. */
function shapeOf([images = 0, height = 0, width = 0]: Shape, [kh = 0, kw = 0, , out = 0]: Shape, of: Of) {
  const length = (size: number, taps: number) =>
    Math.floor((size + 2 * of.padding - (taps - 1) * of.dilation - 1) / of.stride) + 1;
  return [images, length(height, kh), length(width, kw), out] as const;
}

/** Calls `visit` with the offsets in x, w and y of each term y += x w of the convolution of images `x` by `w`. */
function terms(x: Shape, w: Shape, of: Of, visit: (x: number, w: number, y: number) => void): void {
  const [, height = 0, width = 0, channels = 0] = x;
  const [kh = 0, kw = 0, depth = 0] = w;
  const [images, outHeight, outWidth, out] = shapeOf(x, w, of);
  const each = out / (of.groups ?? 1);
  for (let i = 0; i < images; i++)
    for (let p = 0; p < outHeight; p++)
      for (let q = 0; q < outWidth; q++)
        for (let r = 0; r < kh; r++)
          for (let s = 0; s < kw; s++) {
            const row = p * of.stride - of.padding + r * of.dilation;
            const column = q * of.stride - of.padding + s * of.dilation;
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            const pixel = ((i * height + row) * width + column) * channels;
            const tap = (r * kw + s) * depth * out;
            const result = ((i * outHeight + p) * outWidth + q) * out;
            for (let o = 0; o < out; o++) {
              const first = pixel + Math.floor(o / each) * depth;
              for (let c = 0; c < depth; c++) visit(first + c, tap + c * out + o, result + o);
            }
          }
}

const zeros = (shape: Shape) => new Float64Array(shape.reduce((product, length) => product * length, 1));

export function conv2d(x: Numbers, xShape: Shape, w: Numbers, wShape: Shape, b: Numbers | null, of: Of) {
  const shape = shapeOf(xShape, wShape, of);
  const y = zeros(shape).map((_, i) => b?.[i % shape[3]] ?? 0);
  terms(xShape, wShape, of, (i, j, k) => {
    y[k] = (y[k] as number) + (x[i] as number) * (w[j] as number);
  });
  return y;
}

/** dx, dw, db for a gradient dy of the result. */
export function conv2dBackward(dy: Numbers, x: Numbers, xShape: Shape, w: Numbers, wShape: Shape, of: Of) {
  const [dx, dw, db] = [zeros(xShape), zeros(wShape), zeros([wShape[3] ?? 0])];
  terms(xShape, wShape, of, (i, j, k) => {
    dx[i] = (dx[i] as number) + (dy[k] as number) * (w[j] as number);
    dw[j] = (dw[j] as number) + (dy[k] as number) * (x[i] as number);
  });
  for (const [i, value] of Array.from(dy).entries()) db[i % db.length] = (db[i % db.length] as number) + value;
  return { dx, dw, db };
}
