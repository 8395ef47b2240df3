// Strokes of a pen → the picture that a network knows, made as its data were: a bitmap whose blocks of 4 × 4 are counted.

/** From 0 to 1, from the pad's top left. */
export interface Point {
  readonly x: number;
  readonly y: number;
}
/** Joined by lines; a single point is a dot. */
export type Stroke = readonly Point[];

/** 8: as UCI's optical digits; 28: as MNIST. */
export type Side = 8 | 28;

/** How wide the pen is on the pad. What is narrower than it is not spread over the whole picture. */
export const PEN = 0.07;

const BLOCK = 4;

/** Rows from the top, 0 (paper) to 1 (ink). */
export function pictureOf(strokes: readonly Stroke[], side: Side): Float32Array<ArrayBuffer> {
  const picture = new Float32Array(side * side);
  if (strokes.length === 0) return picture;
  const size = BLOCK * side;
  const on = side === 8 ? upright(optical(strokes), size) : centred(mnist(strokes), size);
  on.forEach((ink, pixel) => {
    const block = Math.floor(pixel / size / BLOCK) * side + Math.floor((pixel % size) / BLOCK);
    picture[block] = (picture[block] ?? 0) + ink / BLOCK ** 2;
  });
  return picture;
}

type Bitmap = Uint8Array<ArrayBuffer>;

/**
 * NIST's programs, which UCI's digits went through, stretch what was written to 20 × 32 of 32 × 32 pixels, whatever its
 * proportions, and make its lines thinner or thicker until 256 to 412 pixels are on.
 * Garris et al. 1994, NIST Form-Based Handprint Recognition System, NISTIR 5469.
 */
function optical(strokes: readonly Stroke[]): Bitmap {
  const radius = 2.5;
  const [left, top, width, height] = boxOf(strokes);
  const [across, down] = [(20 - 2 * radius) / Math.max(width, PEN), (32 - 2 * radius) / Math.max(height, PEN)];
  // Far enough for a dot to get its 256 pixels.
  const distances = distancesTo(
    strokes,
    ({ x, y }) => ({ x: 16 + (x - left - width / 2) * across, y: 16 + (y - top - height / 2) * down }),
    32,
    10,
  );
  const ascending = distances.toSorted();
  const thick = Math.min(Math.max(radius, ascending[255] ?? 0), ascending[411] ?? 0);
  return Uint8Array.from(distances, (distance) => (distance <= thick ? 1 : 0));
}

/** The same programs shift rows until the leftmost pixels near the top and near the bottom are below each other. */
function upright(bitmap: Bitmap, size: number): Bitmap {
  const row = (y: number) => bitmap.subarray(y * size, (y + 1) * size);
  const top = Math.floor(bitmap.indexOf(1) / size) + 2;
  const bottom = Math.floor(bitmap.lastIndexOf(1) / size) - 2;
  const [above, below] = [row(top).indexOf(1), row(bottom).indexOf(1)];
  if (above < 0 || below < 0 || bottom <= top) return bitmap;
  const lean = (above - below) / (bottom - top);
  return moved(bitmap, size, (y) => Math.round((y - size / 2) * lean), 0);
}

/** As MNIST's digits: 20 × 20 of 28 × 28 pixels, proportions kept. LeCun et al. 1998. */
function mnist(strokes: readonly Stroke[]): Bitmap {
  const radius = 1.3 * BLOCK;
  const [left, top, width, height] = boxOf(strokes);
  const scale = (20 * BLOCK - 2 * radius) / Math.max(width, height, PEN);
  const middle = 14 * BLOCK;
  const place = ({ x, y }: Point) => ({
    x: middle + (x - left - width / 2) * scale,
    y: middle + (y - top - height / 2) * scale,
  });
  return Uint8Array.from(distancesTo(strokes, place, 28 * BLOCK, radius), (distance) => (distance <= radius ? 1 : 0));
}

/** The centre of the ink's mass in the middle, as MNIST has it. */
function centred(bitmap: Bitmap, size: number): Bitmap {
  let [sum, sumX, sumY] = [0, 0, 0];
  bitmap.forEach((ink, pixel) => {
    sum += ink;
    sumX += ink * ((pixel % size) + 0.5);
    sumY += ink * (Math.floor(pixel / size) + 0.5);
  });
  const right = Math.round(size / 2 - sumX / sum);
  return moved(bitmap, size, () => right, Math.round(size / 2 - sumY / sum));
}

function moved(bitmap: Bitmap, size: number, right: (y: number) => number, down: number): Bitmap {
  const result = new Uint8Array(bitmap.length);
  for (let y = 0; y < size; y++) {
    const shift = right(y);
    for (let x = Math.max(0, -shift); x < Math.min(size, size - shift); x++)
      if (y + down >= 0 && y + down < size) result[(y + down) * size + x + shift] = bitmap[y * size + x] ?? 0;
  }
  return result;
}

/** Left, top, width, height. */
function boxOf(strokes: readonly Stroke[]): readonly [number, number, number, number] {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of strokes.flat()) {
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  return [left, top, right - left, bottom - top];
}

/** From each pixel's middle to the nearest line; Infinity beyond `reach`. */
function distancesTo(
  strokes: readonly Stroke[],
  place: (point: Point) => Point,
  size: number,
  reach: number,
): Float32Array {
  const distances = new Float32Array(size * size).fill(Infinity);
  const first = (value: number) => Math.max(0, Math.floor(value - reach));
  const last = (value: number) => Math.min(size - 1, Math.ceil(value + reach));
  for (const stroke of strokes) {
    const points = stroke.map(place);
    points.forEach((to, index) => {
      const from = points[Math.max(0, index - 1)] ?? to;
      const [dx, dy] = [to.x - from.x, to.y - from.y];
      const square = dx * dx + dy * dy;
      for (let py = first(Math.min(from.y, to.y)); py <= last(Math.max(from.y, to.y)); py++)
        for (let px = first(Math.min(from.x, to.x)); px <= last(Math.max(from.x, to.x)); px++) {
          const [x, y] = [px + 0.5 - from.x, py + 0.5 - from.y];
          const along = square > 0 ? Math.min(1, Math.max(0, (x * dx + y * dy) / square)) : 0;
          const distance = Math.hypot(x - along * dx, y - along * dy);
          const pixel = py * size + px;
          if (distance <= reach && distance < (distances[pixel] ?? 0)) distances[pixel] = distance;
        }
    });
  }
  return distances;
}
