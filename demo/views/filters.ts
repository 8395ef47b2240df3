// The weights of a first layer as pictures, one per unit or channel; one scale around 0 for all: diverging, or, where the
// samples have colours, those colours around grey.
import './filters.css';
import { canvas, element } from './elements.ts';
import type { Frames } from './frames.ts';
import { prepare, rgb, slopeText } from './paint.ts';
import type { Frame } from './pictures.ts';

export interface Weights {
  /** `[in, out]` of a dense layer, or `[height, width, in, out]` of a convolution, row-major. */
  readonly values: ArrayLike<number>;
  readonly shape: readonly number[];
  /** How the samples lie, which a dense layer's weights do, too. */
  readonly frame: Frame;
}

export interface Filters {
  readonly show: (weights: Weights) => void;
  readonly repaint: () => void;
  readonly destroy: () => void;
}

const GAP = 3;
/** Of colour, on each side of 0. */
const LEVELS = 127;
/** Sides of a picture on the screen; where not all fit at the smallest, the first ones are shown. */
const [SMALLEST, LARGEST] = [12, 72];

interface Layout {
  readonly columns: number;
  readonly shown: number;
  /** Screen pixels of a weight. */
  readonly zoom: number;
}

/** Fills `host`, whose height is what there is to fill. */
export function createFilters(host: HTMLElement, { frames }: { readonly frames: Frames }): Filters {
  const drawing = canvas('filters', 'First layer’s weights');
  const [facts, low, ramp, high] = [element('b'), element('span'), element('i', 'ramp'), element('span')];
  const root = element('figure', 'filters-figure', drawing, element('figcaption', 'scale', facts, low, ramp, high));
  host.append(root);
  let weights: Weights | null = null;

  function draw(): void {
    const prepared = prepare(drawing);
    if (!prepared || !weights) return;
    const { context, width, height } = prepared;
    const { values, shape, frame } = weights;
    const [h, w, planes, out] =
      shape.length === 4
        ? (shape as readonly [number, number, number, number])
        : ([frame.height, frame.width, frame.channels, shape[1] ?? 0] as const);
    const isColour = planes === 3 && frame.channels === 3;
    const layout = arrange({ width, height }, { width: w, height: h * (isColour ? 1 : planes), count: out });
    const most = reachOf(values);
    const pictures = (isColour ? colouredOf : picturesOf)(values, { h, w, planes, out }, most, layout.shown);
    const rows = pictures.height / layout.shown;
    context.imageSmoothingEnabled = false;
    const [across, down] = [w * layout.zoom, rows * layout.zoom];
    for (let unit = 0; unit < layout.shown; unit++) {
      const x = (unit % layout.columns) * (across + GAP);
      const y = Math.floor(unit / layout.columns) * (down + GAP);
      context.drawImage(pictures, 0, unit * rows, w, rows, x, y, across, down);
    }
    facts.textContent = `${out} × ${h} × ${w}${layout.shown < out ? `, ${layout.shown} shown` : ''}`;
    ramp.classList.toggle('grey', isColour);
    low.textContent = slopeText(-most);
    high.textContent = slopeText(most);
    drawing.ariaLabel = `First layer’s weights as ${out} pictures of ${h} × ${w}, from ${slopeText(-most)} to ${slopeText(most)}`;
  }

  const repaint = () => frames.ask([draw]);
  const resized = new ResizeObserver(repaint);
  resized.observe(drawing);
  return {
    show(next) {
      weights = next;
      repaint();
    },
    repaint,
    destroy() {
      resized.disconnect();
      root.remove();
    },
  };
}

/** As large as possible, but not larger than makes sense; in few rows. */
export function arrange(
  box: { readonly width: number; readonly height: number },
  picture: { readonly width: number; readonly height: number; readonly count: number },
): Layout {
  const { width, height, count } = picture;
  const smallest = SMALLEST / Math.max(width, height);
  const largest = LARGEST / Math.max(width, height);
  let best: Layout = { columns: 1, shown: 0, zoom: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const zoom = Math.min(
      largest,
      (box.width - GAP * (columns - 1)) / (columns * width),
      (box.height - GAP * (rows - 1)) / (rows * height),
    );
    if (zoom >= best.zoom) best = { columns, shown: count, zoom };
  }
  if (best.zoom >= smallest) return best;
  const columns = Math.max(1, Math.floor((box.width + GAP) / (width * smallest + GAP)));
  const rows = Math.max(1, Math.floor((box.height + GAP) / (height * smallest + GAP)));
  return { columns, shown: Math.min(count, columns * rows), zoom: smallest };
}

interface Sizes {
  readonly h: number;
  readonly w: number;
  readonly planes: number;
  readonly out: number;
}

/** One below the other, a pixel for each place: its weights of red, green and blue. */
function colouredOf(values: ArrayLike<number>, { h, w, out }: Sizes, most: number, shown: number): OffscreenCanvas {
  const image = new ImageData(w, Math.max(1, shown * h));
  for (let unit = 0; unit < shown; unit++)
    for (let place = 0; place < w * h; place++) {
      const at = 4 * (unit * w * h + place);
      for (const part of [0, 1, 2] as const)
        image.data[at + part] = 127.5 * (1 + (values[(3 * place + part) * out + unit] ?? 0) / most);
      image.data[at + 3] = 255;
    }
  return painted(image);
}

/** One below the other, a pixel a weight; the planes of one unit, too. */
function picturesOf(
  values: ArrayLike<number>,
  { h, w, planes, out }: Sizes,
  most: number,
  shown: number,
): OffscreenCanvas {
  const colors = divergingColors();
  const image = new ImageData(w, Math.max(1, shown * planes * h));
  const pixels = new Uint32Array(image.data.buffer);
  for (let unit = 0; unit < shown; unit++)
    for (let row = 0; row < planes * h; row++)
      for (let x = 0; x < w; x++) {
        const [plane, y] = [Math.floor(row / h), row % h];
        const value = values[((y * w + x) * planes + plane) * out + unit] ?? 0;
        pixels[(unit * planes * h + row) * w + x] = colors[Math.round((1 + value / most) * LEVELS)] ?? 0;
      }
  return painted(image);
}

function painted(image: ImageData): OffscreenCanvas {
  const all = new OffscreenCanvas(image.width, image.height);
  all.getContext('2d')?.putImageData(image, 0, 0);
  return all;
}

/** From the lowest to the highest, as pixels: hundreds of thousands of weights are then drawn within a few milliseconds. */
function divergingColors(): Uint32Array {
  const [below, middle, above] = [rgb('--low'), rgb('--middle'), rgb('--high')];
  const bytes = new Uint8ClampedArray(4 * (2 * LEVELS + 1)).fill(255);
  for (let level = -LEVELS; level <= LEVELS; level++) {
    const side = level < 0 ? below : above;
    for (const part of [0, 1, 2] as const)
      bytes[4 * (level + LEVELS) + part] = middle[part] + Math.abs(level / LEVELS) * (side[part] - middle[part]);
  }
  return new Uint32Array(bytes.buffer);
}

function reachOf(values: ArrayLike<number>): number {
  let most = 0;
  for (let index = 0; index < values.length; index++) {
    const size = Math.abs(values[index] ?? 0);
    if (size > most && size < Number.POSITIVE_INFINITY) most = size;
  }
  return most || 1;
}
