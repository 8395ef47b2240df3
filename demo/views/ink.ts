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

/** What is smaller than this share of the pad is a dot, which is not made as large as a digit. */
const SMALLEST = 0.05;

const BLOCK = 4;
/** A scribble without end must not take longer and longer. */
const MOST_POINTS = 800;

/** Rows from the top, 0 (paper) to 1 (ink). */
export function pictureOf(strokes: readonly Stroke[], side: Side): Float32Array<ArrayBuffer> {
  const picture = new Float32Array(side * side);
  if (strokes.length === 0) return picture;
  const size = BLOCK * side;
  const every = Math.ceil(strokes.flat().length / MOST_POINTS);
  const kept = strokes.map((stroke) => stroke.filter((_, at) => at % every === 0 || at === stroke.length - 1));
  const on = side === 8 ? upright(optical(kept), size) : centred(mnist(kept), size);
  on.forEach((ink, pixel) => {
    const block = Math.floor(pixel / size / BLOCK) * side + Math.floor((pixel % size) / BLOCK);
    picture[block] = (picture[block] ?? 0) + ink / BLOCK ** 2;
  });
  return picture;
}

type Bitmap = Uint8Array<ArrayBuffer>;

/**
 * NIST's programs, which UCI's digits went through, stretch what was written to 20 × 32 of 32 × 32 pixels, whatever its
 * proportions, and its lines with it; then they make them thinner or thicker until 256 to 412 pixels are on. The data
 * have 312 on average. Garris et al. 1994, NIST Form-Based Handprint Recognition System, NISTIR 5469.
 */
function optical(strokes: readonly Stroke[]): Bitmap {
  const box = boxOf(strokes);
  // Thicker than people draw: of 540 made-up digits, most are then nearest to one of their class in the data.
  const pen = 0.2 * Math.max(box.width, box.height, SMALLEST);
  const [across, down] = [20 / (box.width + pen), 32 / (box.height + pen)];
  const squares = squaresTo(strokes, 32, { ...box, across, down, reach: 2 * pen });
  const most = squares.toSorted()[311] ?? 0;
  return Uint8Array.from(squares, (square) => (square <= most ? 1 : 0));
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
  const box = boxOf(strokes);
  const radius = 1.3 * BLOCK;
  const scale = (20 * BLOCK - 2 * radius) / Math.max(box.width, box.height, SMALLEST);
  const reach = radius / scale;
  const squares = squaresTo(strokes, 28 * BLOCK, { ...box, across: scale, down: scale, reach });
  return Uint8Array.from(squares, (square) => (square <= reach ** 2 ? 1 : 0));
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

interface Box {
  /** Its middle. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function boxOf(strokes: readonly Stroke[]): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of strokes.flat()) {
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  return { x: (left + right) / 2, y: (top + bottom) / 2, width: right - left, height: bottom - top };
}

interface Fit extends Box {
  /** Pixels for what is 1 on the pad, both ways; the box's middle is in the middle. */
  readonly across: number;
  readonly down: number;
  /** On the pad. */
  readonly reach: number;
}

/** Squares of the distances, on the pad, from pixels to the nearest line; those farther than the reach may be Infinity. */
function squaresTo(strokes: readonly Stroke[], size: number, fit: Fit): Float32Array {
  const { across, down, reach } = fit;
  const squares = new Float32Array(size * size).fill(Infinity);
  const pixels = (from: number, to: number, middle: number, scale: number) => [
    Math.max(0, Math.floor(size / 2 + scale * (Math.min(from, to) - reach - middle))),
    Math.min(size - 1, Math.ceil(size / 2 + scale * (Math.max(from, to) + reach - middle))),
  ];
  for (const stroke of strokes)
    stroke.forEach((to, index) => {
      const from = stroke[Math.max(0, index - 1)] ?? to;
      const [dx, dy] = [to.x - from.x, to.y - from.y];
      const length = dx * dx + dy * dy;
      const [left = 0, right = 0] = pixels(from.x, to.x, fit.x, across);
      const [top = 0, bottom = 0] = pixels(from.y, to.y, fit.y, down);
      for (let row = top; row <= bottom; row++)
        for (let column = left; column <= right; column++) {
          const x = fit.x + (column + 0.5 - size / 2) / across - from.x;
          const y = fit.y + (row + 0.5 - size / 2) / down - from.y;
          const along = length > 0 ? Math.min(1, Math.max(0, (x * dx + y * dy) / length)) : 0;
          const square = (x - along * dx) ** 2 + (y - along * dy) ** 2;
          const pixel = row * size + column;
          if (square < (squares[pixel] ?? 0)) squares[pixel] = square;
        }
    });
  return squares;
}
