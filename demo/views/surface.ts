// What a network makes of the plane: each place in the colour of its class, paler where it is less sure; samples on top.
import './surface.css';
import { canvas, element } from './elements.ts';
import type { Frames } from './frames.ts';
import { latest } from './latest.ts';
import { guessAt, type Predict, shareText } from './logits.ts';
import { css, layerColor, prepare, rgb } from './paint.ts';

/** Samples of two inputs. */
export interface Points {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  readonly count: number;
}

export interface SurfaceSets {
  readonly train: Points;
  readonly test: Points;
  readonly classes: number;
}

export interface Surface {
  /** Other samples, nothing known of the network yet. */
  readonly configure: (sets: SurfaceSets) => void;
  /** The network has changed: it is asked again. */
  readonly refresh: () => void;
  readonly repaint: () => void;
  readonly destroy: () => void;
}

/** Places along each side. */
const SIDE = 64;
/** Classes have shapes, too, for those who do not tell the colours apart. */
const MARKS = ['circle', 'square', 'triangle', 'diamond'] as const;
const classColor = layerColor;

interface View extends SurfaceSets {
  /** x and y run from -reach to reach. */
  readonly reach: number;
  /** Of all places, row by row from the top. */
  readonly grid: Float32Array<ArrayBuffer>;
}

/** Fills `host`. */
export function createSurface(
  host: HTMLElement,
  { frames, predict }: { readonly frames: Frames; readonly predict: Predict },
): Surface {
  const drawing = canvas('plane', 'Decision surface');
  const legend = element('figcaption', 'plane-legend');
  const root = element('figure', 'surface', drawing, legend);
  host.append(root);
  // Hundreds of marks take longer to draw than the surface, and stay.
  const marks = element('canvas');
  let drawnMarks = '';
  let view: View | null = null;
  let logits: Float32Array | null = null;

  const ask = latest(
    ({ grid }: View) => predict(grid, SIDE * SIDE),
    (answer, asked) => {
      if (asked !== view) return;
      logits = answer;
      frames.ask([draw]);
    },
  );

  function prepareMarks(): void {
    const { clientWidth: width } = drawing;
    const wanted = [width, devicePixelRatio, css('--panel')].join();
    if (!view || wanted === drawnMarks) return;
    marks.width = marks.height = Math.max(1, Math.round(width * devicePixelRatio));
    const context = marks.getContext('2d');
    context?.scale(devicePixelRatio, devicePixelRatio);
    if (context) drawMarks(context, width, view);
    drawnMarks = wanted;
  }

  function draw(): void {
    const prepared = prepare(drawing);
    if (!prepared || !view) return;
    const { context, width, height } = prepared;
    const areas = logits && drawSurface(context, width, view.classes, logits);
    context.drawImage(marks, 0, 0, width, height);
    const { train, test } = view;
    const parts = areas?.map((area, label) => `${shareText(area)} class ${label}`);
    drawing.ariaLabel = `Decision surface, ${parts ? parts.join(', ') : 'nothing known yet'}; ${train.count} training and ${test.count} test samples`;
  }

  function drawLegend(): void {
    const classes = Array.from({ length: view?.classes ?? 0 }, (_, label) => {
      const mark = element('i', markOf(label));
      mark.style.background = `var(${classColor(label)})`;
      return element('span', '', mark, `class ${label}`);
    });
    legend.replaceChildren(...classes, element('span', '', 'filled: training, hollow: test'));
  }

  const refresh = () => {
    if (view) ask(view);
  };
  const repaint = () => frames.ask([prepareMarks, draw]);
  const resized = new ResizeObserver(repaint);
  resized.observe(drawing);
  return {
    configure(sets) {
      const reach = 1.1 * reachOf(sets);
      view = { ...sets, reach, grid: gridOf(reach) };
      logits = null;
      drawnMarks = '';
      frames.ask([drawLegend, prepareMarks, draw]);
    },
    refresh,
    repaint,
    destroy() {
      resized.disconnect();
      root.remove();
    },
  };
}

/** The share of the plane that each class has. */
function drawSurface(
  context: CanvasRenderingContext2D,
  width: number,
  classes: number,
  logits: Float32Array,
): number[] {
  const areas = Array.from({ length: classes }, () => 0);
  const paper = rgb('--panel');
  const colors = areas.map((_, label) => rgb(classColor(label)));
  const image = new ImageData(SIDE, SIDE);
  for (let place = 0; place < SIDE * SIDE; place++) {
    const { label, share } = guessAt(logits, place, classes);
    const color = colors[label];
    // Logits that are not finite say nothing.
    if (!color || Number.isNaN(share)) continue;
    areas[label] = (areas[label] ?? 0) + 1 / SIDE ** 2;
    const sure = (share - 1 / classes) / (1 - 1 / classes);
    for (const part of [0, 1, 2] as const)
      image.data[4 * place + part] = paper[part] + 0.5 * sure * (color[part] - paper[part]);
    image.data[4 * place + 3] = 255;
  }
  const small = new OffscreenCanvas(SIDE, SIDE);
  small.getContext('2d')?.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(small, 0, 0, width, width);
  return areas;
}

function drawMarks(context: CanvasRenderingContext2D, width: number, { train, test, reach }: View): void {
  const paper = css('--panel');
  const colors = Array.from({ length: 6 }, (_, label) => css(classColor(label)));
  const size = Math.max(2, Math.min(3.5, width / 120));
  const at = (value: number) => (value / reach + 1) * (width / 2);
  const each = ({ x, y, count }: Points, fill: (color: string) => string, stroke: (color: string) => string) => {
    for (let sample = 0; sample < count; sample++) {
      const label = y[sample] ?? 0;
      const color = colors[label % colors.length] ?? paper;
      context.beginPath();
      shape(context, label, at(x[2 * sample] ?? 0), width - at(x[2 * sample + 1] ?? 0), size);
      context.fillStyle = fill(color);
      context.strokeStyle = stroke(color);
      context.fill();
      context.stroke();
    }
  };
  context.lineWidth = 0.75;
  each(
    train,
    (color) => color,
    () => paper,
  );
  context.lineWidth = 1.5;
  each(
    test,
    () => paper,
    (color) => color,
  );
}

const markOf = (label: number) => MARKS[label % MARKS.length] ?? 'circle';

/** Of about the same area for all classes. */
function shape(context: CanvasRenderingContext2D, label: number, x: number, y: number, size: number): void {
  const mark = markOf(label);
  if (mark === 'circle') {
    context.arc(x, y, size, 0, 2 * Math.PI);
    return;
  }
  const [corners, radius, turned] = (
    { square: [4, 1.25, Math.PI / 4], triangle: [3, 1.5, 0], diamond: [4, 1.25, 0] } as const
  )[mark];
  for (let corner = 0; corner < corners; corner++) {
    const angle = turned - Math.PI / 2 + (2 * Math.PI * corner) / corners;
    context.lineTo(x + size * radius * Math.cos(angle), y + size * radius * Math.sin(angle));
  }
  context.closePath();
}

function reachOf({ train, test }: SurfaceSets): number {
  let most = 0;
  for (const { x } of [train, test])
    for (let index = 0; index < x.length; index++) most = Math.max(most, Math.abs(x[index] ?? 0));
  return most || 1;
}

function gridOf(reach: number): Float32Array<ArrayBuffer> {
  const middle = (index: number) => reach * ((2 * index + 1) / SIDE - 1);
  return Float32Array.from({ length: 2 * SIDE * SIDE }, (_, index) => {
    const place = Math.floor(index / 2);
    return index % 2 === 0 ? middle(place % SIDE) : -middle(Math.floor(place / SIDE));
  });
}
