// A line chart over epochs, or layers, with a legend that shows the latest values, or those below the pointer.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { type Color, css } from './paint.ts';

export interface Line {
  readonly label: string;
  readonly color: Color;
  readonly width?: number;
  readonly dash?: readonly number[];
  /** Has a band around it: two more columns, its low and its high edge, behind those of all lines. */
  readonly band?: boolean;
}

/** With the colours, so that lines are told apart without them; the first is none. */
export const dashes = [[], [7, 3], [2, 3], [9, 3, 2, 3], [14, 3], [5, 2, 1, 2]] as const;

/** The part of a line that says its dash. */
export function dashed(index: number): Pick<Line, 'dash'> {
  const dash = dashes[index % dashes.length] ?? [];
  return dash.length > 0 ? { dash } : {};
}

export interface ChartOptions {
  /** For those who cannot see it: `Loss`. */
  readonly name: string;
  readonly text: (value: number | null | undefined) => string;
  readonly tick: (value: number) => string;
  /** What x is. Default epoch. */
  readonly by?: 'layer';
  /** A logarithmic scale; values at or below 0 are not drawn. */
  readonly log?: boolean;
  /** Of the axis, from the values' own; those are undefined while there are none. */
  readonly range: (low: number | undefined, high: number | undefined) => readonly [number, number];
}

/** More are not all shown at once. */
const MOST_KEYS = 24;

type Column = readonly (number | null)[];

export interface Chart {
  /** New lines, nothing drawn yet; x runs to `end`, from epoch 0 or layer 1. */
  readonly configure: (lines: readonly Line[], end: number) => void;
  readonly draw: (x: readonly number[], columns: readonly Column[]) => void;
  /** Draws again, with the style sheet's colours of now. */
  readonly repaint: () => void;
  /** The drawing as it is now, without the legend; null before `configure`. */
  readonly canvas: () => HTMLCanvasElement | null;
  readonly destroy: () => void;
}

/** Fills `host`, a figure with its caption. */
export function createChart(host: HTMLElement, options: ChartOptions): Chart {
  const legend = document.createElement('ul');
  legend.className = 'legend';
  legend.ariaLabel = `${options.name}: lines`;
  const box = document.createElement('div');
  box.className = 'plot';
  box.setAttribute('role', 'img');
  (host.querySelector('figcaption') ?? host).append(legend);
  host.append(box);

  let plot: uPlot | null = null;
  let lines: readonly Line[] = [];
  let configured = '';
  let outputs: readonly HTMLElement[] = [];
  let epochs: readonly number[] = [];
  let columns: readonly Column[] = [];

  function showValues(): void {
    if (!plot) return;
    const pointed = plot.cursor.idx;
    const index = pointed ?? epochs.length - 1;
    const values = columns.map((column) => column.slice(0, index + 1).findLast((value) => value !== null));
    values.forEach((value, line) => {
      const output = outputs[line];
      if (output) output.textContent = options.text(value);
    });
    if (pointed === null || pointed === undefined) {
      const said = lines.map(({ label }, line) => `${label} ${options.text(values[line])}`).join(', ');
      box.ariaLabel =
        epochs.length === 0
          ? `${options.name}: nothing yet`
          : options.by
            ? `${options.name}, in ${options.by} ${epochs[index]}: ${said}`
            : `${options.name} after epoch ${(epochs[index] ?? 0).toFixed(1)}: ${said}`;
    }
  }

  function configure(next: readonly Line[], end: number): void {
    const wanted = JSON.stringify([next, end]);
    if (wanted === configured) {
      // A plot takes 10 ms to be made.
      draw(
        [],
        [...lines, ...lines.filter(({ band }) => band).flatMap((line) => [line, line])].map(() => []),
      );
      return;
    }
    configured = wanted;
    lines = next;
    epochs = [];
    columns = lines.map(() => []);
    outputs = lines.map(() => document.createElement('span'));
    legend.replaceChildren(
      ...lines.map((line, index) => {
        const item = document.createElement('li');
        item.append(keyOf(line), `${line.label} `, outputs[index] ?? '');
        return item;
      }),
    );
    // What scrolls, see views.css, is reached by keys.
    if (lines.length > MOST_KEYS) legend.tabIndex = 0;
    else legend.removeAttribute('tabindex');
    const edges = lines.filter(({ band }) => band).flatMap(({ color }) => [color, color]);
    const axis = {
      stroke: () => css('--ink-2'),
      font: `11px ${css('--font')}`,
      grid: { stroke: () => css('--grid'), width: 1 },
      ticks: { show: false },
    };
    plot?.destroy();
    plot = new uPlot(
      {
        width: Math.max(box.clientWidth, 1),
        height: Math.max(box.clientHeight, 1),
        legend: { show: false },
        cursor: {
          drag: { x: false, y: false },
          sync: { key: options.by ?? 'epoch' },
          points: { size: (_, index) => (index > edges.length ? 6 : 0) },
        },
        padding: [8, 10, 0, 0],
        scales: {
          x: { time: false, range: () => [options.by ? 1 : 0, end] },
          y: { range: rangeNow },
        },
        axes: [
          { ...axis, size: 26, gap: 4, incrs: [1, 2, 5, 10, 20, 50, 100, 200] },
          {
            ...axis,
            size: 46,
            gap: 6,
            ...(options.log && { splits: (_: uPlot, __: number, low: number, high: number) => decades(low, high) }),
            values: (_, ticks) => ticks.map((tick) => options.tick(options.log ? 10 ** tick : tick)),
          },
        ],
        // Edges come first: lines are drawn over bands.
        bands: edges.flatMap((color, index) =>
          index % 2 === 0
            ? [{ series: [index + 2, index + 1], fill: () => `${css(color)}30` } satisfies uPlot.Band]
            : [],
        ),
        series: [
          {},
          ...edges.map(() => ({ width: 0, spanGaps: true, points: { show: false } })),
          ...lines.map(({ color, width = 2, dash }) => ({
            stroke: () => css(color),
            width,
            spanGaps: true,
            // No line goes through a single value.
            points: { show: hasOne, size: 7, width: 0, fill: () => css(color) },
            ...(dash && { dash: [...dash] }),
          })),
        ],
        hooks: { setCursor: [showValues] },
      },
      [[], ...edges.map(() => []), ...lines.map(() => [])],
      box,
    );
    showValues();
  }

  /** uPlot's own logarithmic scale never ends on some ranges: logarithms are drawn on a linear one. */
  function toAxis(value: number | null): number | null {
    if (value === null || !Number.isFinite(value) || (options.log && value <= 0)) return null;
    return options.log ? Math.log10(value) : value;
  }

  function rangeNow(): [number, number] {
    const drawn = columns.flat().filter((value) => value !== null && toAxis(value) !== null) as number[];
    const [first] = drawn;
    const low = first === undefined ? first : drawn.reduce((a, b) => Math.min(a, b));
    const high = first === undefined ? first : drawn.reduce((a, b) => Math.max(a, b));
    const [bottom, top] = options.range(low, high);
    return [toAxis(bottom) ?? 0, toAxis(top) ?? 1];
  }

  const resize = new ResizeObserver(() => {
    plot?.setSize({ width: Math.max(box.clientWidth, 1), height: Math.max(box.clientHeight, 1) });
  });
  resize.observe(box);

  function draw(nextEpochs: readonly number[], nextColumns: readonly Column[]): void {
    epochs = nextEpochs;
    columns = nextColumns;
    const drawn = columns.map((column) => column.map(toAxis));
    plot?.setData([[...epochs], ...drawn.slice(lines.length), ...drawn.slice(0, lines.length)]);
    showValues();
  }

  return {
    configure,
    draw,
    repaint: () => plot?.redraw(),
    canvas: () => plot?.ctx.canvas ?? null,
    destroy() {
      resize.disconnect();
      plot?.destroy();
    },
  };
}

const hasOne = ({ data }: uPlot, index: number): boolean =>
  [...(data[index] ?? [])].filter((value) => typeof value === 'number').length === 1;

const SVG = 'http://www.w3.org/2000/svg';

/** A piece of the line, dashes and all. */
function keyOf({ color, width = 2, dash = [] }: Line): Element {
  const key = document.createElementNS(SVG, 'svg');
  const line = document.createElementNS(SVG, 'path');
  key.setAttribute('aria-hidden', 'true');
  line.setAttribute('d', 'M0 3H24');
  line.style.stroke = `var(${color})`;
  line.style.strokeWidth = String(width);
  line.style.strokeDasharray = dash.join(' ');
  key.append(line);
  return key;
}

/** Where a logarithmic axis has its lines: 1, 2, 5, 10, ...; 1, 10, ... where those would be too many. */
function decades(low: number, high: number): number[] {
  const within: number[] = [];
  for (let decade = Math.floor(low); decade <= high; decade++)
    for (const digit of high - low > 2.2 ? [1] : [1, 2, 5]) {
      const place = decade + Math.log10(digit);
      if (place >= low && place <= high) within.push(place);
    }
  return within;
}
