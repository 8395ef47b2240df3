// The network's rectifiers: per layer a card with the curve of now and, per learned parameter, all channels over time.
import './layers.css';
import type { nn } from '../../src/index.ts';
import { initialOf, learnedOf, registry, titleOf } from '../choices.ts';
import type { Moment } from '../run.ts';
import { createCurve, mean } from './curve.ts';
import { distributionText } from './distribution.ts';
import { canvas, element } from './elements.ts';
import type { Drawer } from './frames.ts';
import { drawHeatmap, type Heatmap, reach } from './heatmap.ts';
import { layerColor, lossText, percentText, slopeText } from './paint.ts';

type History = readonly Moment[];

interface Network {
  /** Of its layers, and what follows each. */
  readonly widths: readonly number[];
  readonly rectifiers: readonly string[];
  readonly share: nn.Share;
  readonly epochs: number;
}

export interface Layers {
  /** Cards for the layers, before training. */
  readonly configure: (network: Network) => void;
  readonly drawers: () => readonly Drawer[];
}

interface Card {
  readonly root: HTMLElement;
  readonly drawers: readonly Drawer[];
}

/** So many cards are as large as there is room; those of deeper networks are small ones, side by side. */
const MOST_LARGE = 8;

/** What there is a line of in a curve, and a row in a map; nothing where one value is all. */
const by: Readonly<Record<nn.Share, string>> = { layer: '', channel: ' by channel', element: ' by element' };

/** Fills `host` with cards that draw what `history` gives when they are drawn; `look` into the layer of one. */
export function createLayers(host: HTMLElement, history: () => History, look: (card: number) => void): Layers {
  let cards: readonly Card[] = [];
  return {
    configure({ widths, rectifiers, share, epochs: end }) {
      const deep = widths.length > MOST_LARGE;
      cards = widths.map((width, index) =>
        createCard({ index, width, rectifier: rectifiers[index] ?? '', share, end, deep, history, look }),
      );
      host.classList.toggle('deep', deep);
      host.replaceChildren(...cards.map(({ root }) => root));
    },
    drawers: () => cards.flatMap(({ drawers }) => drawers),
  };
}

function createCard({
  index,
  width,
  rectifier,
  share,
  end,
  deep,
  history,
  look,
}: {
  readonly index: number;
  readonly width: number;
  readonly rectifier: string;
  readonly share: nn.Share;
  readonly end: number;
  readonly deep: boolean;
  readonly history: () => History;
  readonly look: (card: number) => void;
}): Card {
  const initial = initialOf(rectifier);
  const title = `Layer ${index + 1}`;
  const what = `${width} × ${titleOf(rectifier)}`;
  const root = element('article', 'card');
  root.style.setProperty('--color', `var(${layerColor(index)})`);
  const heading = element('h3', '', title);
  const facts = element('p', 'facts', what);
  const top = element('header', '');
  const into = element('button', 'look', 'Look inside');
  into.setAttribute('type', 'button');
  into.ariaLabel = `${title}: look inside`;
  into.addEventListener('click', () => look(index));
  top.append(heading, facts, into);
  const curve = createCurve(canvas('curve', title));
  const keys = learnedOf(rectifier);
  // Beside others there is room for a name alone; the curve's caption says the rest.
  const tail = keys.length > 1 ? '' : by[share] || ' over epochs';
  const maps = keys.map((key) => ({ key, view: createMap(`${title}, ${key}`, key + tail, share) }));
  const views = element('div', 'views');
  const figure = element('figure', 'response');
  figure.append(curve.canvas, element('figcaption', 'scale', `f(z)${maps.length > 0 ? by[share] : ''}; bars: z`));
  views.append(figure, ...maps.map(({ view }) => view.root));
  if (maps.length === 0) views.append(element('p', 'facts fixed', 'This rectifier learns nothing: its curve stays.'));
  root.append(top, views);

  // Not kept: that of one's own may come later.
  const formulaNow = () => registry[rectifier]?.formula ?? ((x: number) => x);
  const reportNow = () => history().at(-1)?.rectifiers[index];
  const paramsNow = () => reportNow()?.params ?? initial;
  const mapOf = (key: string): Heatmap => ({
    epochs: history().map(({ epoch }) => epoch),
    values: history().map(({ rectifiers }) => rectifiers[index]?.params[key] ?? []),
    initial: initial[key]?.[0] ?? 0,
    end,
  });
  return {
    root,
    drawers: [
      () =>
        curve.draw({
          formula: formulaNow(),
          initial,
          params: paramsNow(),
          histogram: reportNow()?.histogram,
          color: layerColor(index),
        }),
      ...maps.map(
        ({ key, view }) =>
          () =>
            view.draw(mapOf(key)),
      ),
      // Text last: a canvas that asks for its size after it would have the page laid out again.
      () => {
        const params = paramsNow();
        const said = keys.map((key) => `${key} ${describe(params[key] ?? [])}`).join('; ');
        const means = keys.map((key) => `${key} ${slopeText(mean(params[key] ?? []))}`).join('; ');
        const report = reportNow();
        const below = report?.histogram ? distributionText(report.histogram) : '';
        const shown = deep ? '' : keys.length > 1 ? means : said;
        facts.textContent = [what, shown, spread(report, deep)].filter(Boolean).join(deep ? '\n' : ' · ');
        curve.canvas.ariaLabel = `${title}: curve of ${titleOf(rectifier)}${said && `, ${said}`}${below && `. ${below}`}`;
        for (const { key, view } of maps) view.label(mapOf(key));
      },
    ],
  };
}

interface MapView {
  readonly root: HTMLElement;
  readonly draw: (map: Heatmap) => void;
  readonly label: (map: Heatmap) => void;
}

function createMap(name: string, caption: string, share: nn.Share): MapView {
  const root = element('figure', 'time');
  const drawing = canvas('map', name);
  const low = element('span', '');
  const high = element('span', '');
  const scale = element('figcaption', 'scale');
  scale.append(element('b', '', caption), low, element('i', 'ramp'), high);
  root.append(drawing, scale);
  return {
    root,
    draw: (map) => drawHeatmap(drawing, map),
    label(map) {
      const most = reach(map);
      low.textContent = slopeText(map.initial - most);
      high.textContent = slopeText(map.initial + most);
      const now = map.values.at(-1) ?? [];
      const epoch = (map.epochs.at(-1) ?? 0).toFixed(1);
      const rows = share === 'layer' ? 'one value' : `a row per ${share}: ${now.length} ${share}s`;
      drawing.ariaLabel = `${name} over epochs, ${rows}, epoch ${epoch} of ${map.end}, now ${describe(now)}`;
    },
  };
}

/**
 * Of pre-activations z and the loss's gradients by them, in the last step before a report; units that are 0 for all of it.
 * `short`: without the gradients.
 */
function spread(report: Moment['rectifiers'][number] | undefined, short: boolean): string {
  if (!report?.statistics) return '';
  const { mean: centre, std, gradientStd, dead } = report.statistics;
  const parts = [
    `z ${slopeText(centre)} ± ${lossText(std)}`,
    ...(short ? [] : [`its gradient ± ${lossText(gradientStd)}`]),
    ...(dead > 0 ? [`dead ${percentText(dead)}`] : []),
  ];
  return parts.join(', ');
}

function describe(values: ArrayLike<number>): string {
  const all = Array.from(values);
  if (all.length <= 1) return slopeText(all[0]);
  return `${slopeText(mean(all))} (${slopeText(Math.min(...all))} to ${slopeText(Math.max(...all))})`;
}
