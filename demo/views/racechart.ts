// A race as a chart: for each value a line, the mean over seeds, in a band from the lowest seed to the highest. And as a
// picture to keep.
import { labelOf, type RacePlan } from '../raceplan.ts';
import { type Measure, measures, type Tally } from '../racetally.ts';
import { type ChartOptions, createChart, dashed, dashes, type Line } from './chart.ts';
import { element } from './elements.ts';
import { css, layerColor, lossText, percentText } from './paint.ts';

export interface RaceChart {
  readonly configure: (plan: RacePlan, epochs: number) => void;
  readonly choose: (measure: Measure) => void;
  readonly draw: () => void;
  /** With a legend, and `about` below it. */
  readonly picture: (about: string) => HTMLCanvasElement;
  readonly repaint: () => void;
  readonly destroy: () => void;
}

/** A colour comes again after six lines, then with another dash. */
const lineOf = (label: string, index: number): Line => ({
  label,
  color: layerColor(index),
  band: true,
  ...dashed(index + Math.floor(index / dashes.length)),
});

const loss = {
  text: lossText,
  tick: (value: number) => String(Number(value.toPrecision(1))),
  log: true,
  range: (low = 0.1, high = 1) => [low * 0.8, high * 1.25] as const,
};

const options: Readonly<Record<Measure, ChartOptions>> = {
  testAccuracy: {
    name: 'Test accuracy',
    text: percentText,
    tick: (value) => `${Number((100 * value).toFixed(1))} %`,
    range: (low = 0, high = 1) => {
      const room = Math.max(0.06 * (high - low), 0.005);
      return [Math.max(low - room, 0), Math.min(high + room, 1)];
    },
  },
  testLoss: { name: 'Test loss', ...loss },
  trainLoss: { name: 'Training loss', ...loss },
};

export const measureNames = measures.map((measure) => [measure, options[measure].name] as const);

/** However many epochs there are, about so many are drawn. */
const POINTS = 100;

/** Fills `host`; draws what `tally` gives. */
export function createRaceChart(host: HTMLElement, tally: () => Tally | null): RaceChart {
  const figures = measures.map((measure) => {
    const small = element('small', '', 'by epoch; line: mean over seeds, band: lowest to highest');
    const figure = element('figure', 'chart', element('figcaption', '', `${options[measure].name} `, small));
    host.append(figure);
    return { measure, figure, chart: createChart(figure, options[measure]) };
  });
  let shown: Measure = 'testAccuracy';
  let plan: RacePlan | null = null;
  let lines: readonly Line[] = [];
  let end = 1;
  let epochs: readonly number[] = [];

  const now = () => figures.find(({ measure }) => measure === shown);

  function draw(): void {
    const counted = tally();
    const spreads = (plan?.values ?? []).map((value) => counted?.spread(shown, value, epochs));
    const none = epochs.map(() => null);
    const last = spreads.reduce(
      (most, spread) => Math.max(most, spread?.mean.findLastIndex((v) => v !== null) ?? -1),
      -1,
    );
    const columns = [
      ...spreads.map((spread) => spread?.mean ?? none),
      ...spreads.flatMap((spread) => [spread?.low ?? none, spread?.high ?? none]),
    ];
    now()?.chart.draw(
      epochs.slice(0, last + 1),
      columns.map((column) => column.slice(0, last + 1)),
    );
  }

  function choose(measure: Measure): void {
    shown = measure;
    for (const each of figures) each.figure.hidden = each.measure !== measure;
    now()?.chart.configure(lines, end);
    draw();
  }
  choose(shown);

  return {
    choose,
    draw,
    configure(next, last) {
      end = last;
      plan = next;
      lines = next.values.map((value, index) => lineOf(labelOf(next.key, value), index));
      const stride = Math.ceil(end / POINTS);
      epochs = Array.from({ length: Math.ceil(end / stride) }, (_, index) =>
        Math.max(end - stride * index, 1),
      ).reverse();
      choose(shown);
    },
    picture(about) {
      const plot = now()?.chart.canvas();
      const ratio = devicePixelRatio;
      const [width, height] = plot ? [plot.width / ratio, plot.height / ratio] : [600, 300];
      const made = document.createElement('canvas');
      const context = made.getContext('2d');
      if (!context || !plot) return made;
      const font = (style: string) => `${style} ${css('--font')}`;
      const [margin, line, key] = [16, 20, 30];
      context.font = font('12px');
      let [x, y] = [margin, margin + 44];
      const places = lines.map(({ label }) => {
        const needed = key + context.measureText(label).width + 16;
        if (x > margin && x + needed > margin + width) [x, y] = [margin, y + line];
        x += needed;
        return { label, x: x - needed, y };
      });
      const top = y + 12;
      made.width = Math.round((width + 2 * margin) * ratio);
      made.height = Math.round((top + height + 34) * ratio);
      context.scale(ratio, ratio);
      context.fillStyle = css('--panel');
      context.fillRect(0, 0, made.width, made.height);
      context.textBaseline = 'middle';
      const write = (style: string, color: '--ink' | '--ink-2', text: string, left: number, middle: number) => {
        context.font = font(style);
        context.fillStyle = css(color);
        context.fillText(text, left, middle, width);
      };
      write('600 14px', '--ink', `${options[shown].name} by epoch`, margin, margin + 6);
      write('11px', '--ink-2', 'Line: mean over seeds. Band: lowest to highest seed.', margin, margin + 26);
      write('11px', '--ink-2', about, margin, top + height + 16);
      for (const [index, place] of places.entries()) {
        write('12px', '--ink', place.label, place.x + key, place.y);
        const { color, dash = [] } = lines[index] ?? lineOf('', index);
        context.strokeStyle = css(color);
        context.lineWidth = 2;
        context.setLineDash([...dash]);
        context.beginPath();
        context.moveTo(place.x, place.y);
        context.lineTo(place.x + 24, place.y);
        context.stroke();
      }
      context.drawImage(plot, margin, top, width, height);
      return made;
    },
    repaint() {
      for (const { chart } of figures) chart.repaint();
    },
    destroy() {
      for (const { chart } of figures) chart.destroy();
    },
  };
}
