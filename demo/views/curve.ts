// A rectifier as a curve: one faint line per channel, the mean in front, the start as a dashed line.
import type { Histogram, Rectifier } from '../../src/index.ts';
import { drawDistribution } from './distribution.ts';
import { type Color, css, prepare } from './paint.ts';

type Params = Readonly<Record<string, ArrayLike<number>>>;

export interface Curves {
  readonly formula: Rectifier['formula'];
  readonly initial: Params;
  /** By parameter: one value for all channels, or one each. */
  readonly params: Params;
  /** Of what comes in. */
  readonly histogram: Histogram | undefined;
  readonly color: Color;
}

/** Where x begins and ends: rectifiers differ, and learn, below 0. */
const LEFT = -3;
const RIGHT = 1.5;
/** One of the points is 0. */
const POINTS = 48;
/** More lines cannot be told apart; channels are then taken at equal distances. */
const MOST = 256;

export interface CurveView {
  readonly canvas: HTMLCanvasElement;
  readonly draw: (curves: Curves) => void;
}

export function createCurve(canvas: HTMLCanvasElement): CurveView {
  // Text is slow to draw, and the frame seldom moves.
  const back = document.createElement('canvas');
  let drawnBack = '';

  function draw({ formula, initial, params, histogram, color }: Curves): void {
    const prepared = prepare(canvas);
    if (!prepared) return;
    const { context, width, height } = prepared;
    const channels = channelsOf(params);
    const shown = Math.min(channels, MOST);
    const lines = Array.from({ length: shown }, (_, index) =>
      sample(formula, at(params, Math.floor((index * channels) / shown))),
    );
    const means = Object.fromEntries(Object.entries(params).map(([key, values]) => [key, [mean(values)]]));
    const middle = sample(formula, at(means, 0));
    const start = sample(formula, at(initial, 0));

    // Halves, so that the frame seldom moves; wide enough for any slope short of a diverged run's.
    const low = Math.max(-30, Math.min(-1, Math.floor(2 * extreme([...lines, start], Math.min)) / 2));
    const high = Math.min(30, Math.max(RIGHT, Math.ceil(2 * extreme([...lines, start], Math.max)) / 2));
    const x = (value: number) => ((value - LEFT) / (RIGHT - LEFT)) * width;
    const y = (value: number) => height - ((value - low) / (high - low)) * height;

    const wanted = [width, height, devicePixelRatio, low, high, css('--ink-2')].join();
    if (wanted !== drawnBack) {
      back.width = canvas.width;
      back.height = canvas.height;
      const under = back.getContext('2d');
      under?.scale(devicePixelRatio, devicePixelRatio);
      if (under) grid(under, { x, y, low, high, width, height });
      drawnBack = wanted;
    }
    context.drawImage(back, 0, 0, width, height);
    if (histogram) drawDistribution(context, histogram, { x, width, height }, color);

    const stroke = (values: readonly number[], style: string, lineWidth: number, alpha = 1) => {
      context.beginPath();
      values.forEach((value, index) => {
        context.lineTo(x(xOf(index)), y(value));
      });
      context.strokeStyle = style;
      context.lineWidth = lineWidth;
      context.globalAlpha = alpha;
      context.stroke();
      context.globalAlpha = 1;
    };
    const layer = css(color);
    for (const line of lines) stroke(line, layer, 1, Math.max(0.1, Math.min(0.6, 12 / shown)));
    context.setLineDash([4, 4]);
    stroke(start, css('--ink-2'), 1.25);
    context.setLineDash([]);
    stroke(middle, layer, 2.5);
  }
  return { canvas, draw };
}

function grid(
  context: CanvasRenderingContext2D,
  {
    x,
    y,
    low,
    high,
    width,
    height,
  }: {
    readonly x: (value: number) => number;
    readonly y: (value: number) => number;
    readonly low: number;
    readonly high: number;
    readonly width: number;
    readonly height: number;
  },
): void {
  const line = (x0: number, y0: number, x1: number, y1: number, style: string) => {
    context.beginPath();
    context.moveTo(Math.round(x0) + 0.5, Math.round(y0) + 0.5);
    context.lineTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
    context.strokeStyle = style;
    context.lineWidth = 1;
    context.stroke();
  };
  const every = Math.ceil((high - low) / 8);
  const across = [-2, -1, 1];
  const up: number[] = [];
  for (let value = Math.ceil(low); value <= high - 0.25; value++)
    if (value % every === 0 && value !== 0 && value > low) up.push(value);
  for (const value of across) line(x(value), 0, x(value), height, css('--grid'));
  for (const value of up) line(0, y(value), width, y(value), css('--grid'));
  line(0, y(0), width, y(0), css('--axis'));
  line(x(0), 0, x(0), height, css('--axis'));
  context.fillStyle = css('--ink-2');
  context.font = `10px ${css('--font')}`;
  const text = (value: number) => String(value).replace('-', '−');
  context.textAlign = 'left';
  for (const value of up) context.fillText(text(value), x(0) + 5, y(value) + 3.5);
  context.textAlign = 'center';
  // On the side of the axis where there is no curve.
  for (const value of across) context.fillText(text(value), x(value), y(0) + (value < 0 ? -5 : 13));
}

const xOf = (index: number) => LEFT + ((RIGHT - LEFT) * index) / POINTS;

function sample(formula: Curves['formula'], p: Readonly<Record<string, number>>): number[] {
  return Array.from({ length: POINTS + 1 }, (_, index) => formula(xOf(index), p));
}

function channelsOf(params: Params): number {
  return Math.max(1, ...Object.values(params).map(({ length }) => length));
}

function at(params: Params, channel: number): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(params).map(([key, values]) => [key, values[Math.min(channel, values.length - 1)] ?? 0]),
  );
}

function extreme(lines: readonly (readonly number[])[], pick: (a: number, b: number) => number): number {
  let best = 0;
  for (const line of lines) for (const value of line) if (Number.isFinite(value)) best = pick(best, value);
  return best;
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index] ?? 0;
  return values.length > 0 ? sum / values.length : 0;
}
