// The network's rectifiers: per layer a card with the curve of now and, per learned parameter, all channels over time.
import { initialOf, learnedOf, registry } from '../choices.ts';
import type { Moment } from '../run.ts';
import { createCurve, mean } from './curve.ts';
import { distributionText } from './distribution.ts';
import { canvas, element } from './elements.ts';
import type { Drawer } from './frames.ts';
import { drawHeatmap, type Heatmap, reach } from './heatmap.ts';
import { layerColor, lossText, percentText, slopeText } from './paint.ts';

type History = readonly Moment[];

export interface Layers {
  /** Cards for layers of these widths, before training. */
  readonly configure: (widths: readonly number[], rectifiers: readonly string[], end: number) => void;
  readonly drawers: () => readonly Drawer[];
}

interface Card {
  readonly root: HTMLElement;
  readonly drawers: readonly Drawer[];
}

/** Fills `host` with cards that draw what `history` gives when they are drawn; `look` into the layer of one. */
export function createLayers(host: HTMLElement, history: () => History, look: (card: number) => void): Layers {
  let cards: readonly Card[] = [];
  return {
    configure(widths, rectifiers, end) {
      cards = widths.map((width, index) =>
        createCard({ index, width, rectifier: rectifiers[index] ?? '', end, history, look }),
      );
      host.replaceChildren(...cards.map(({ root }) => root));
    },
    drawers: () => cards.flatMap(({ drawers }) => drawers),
  };
}

function createCard({
  index,
  width,
  rectifier,
  end,
  history,
  look,
}: {
  readonly index: number;
  readonly width: number;
  readonly rectifier: string;
  readonly end: number;
  readonly history: () => History;
  readonly look: (card: number) => void;
}): Card {
  const initial = initialOf(rectifier);
  const title = `Layer ${index + 1}`;
  const root = element('article', 'card');
  root.style.setProperty('--color', `var(${layerColor(index)})`);
  const heading = element('h3', '', title);
  const facts = element('p', 'facts', `${width} × ${rectifier}`);
  const top = element('header', '');
  const into = element('button', 'look', 'Look inside');
  into.setAttribute('type', 'button');
  into.ariaLabel = `${title}: look inside`;
  into.addEventListener('click', () => look(index));
  top.append(heading, facts, into);
  const curve = createCurve(canvas('curve', title));
  const maps = learnedOf(rectifier).map((key) => ({ key, view: createMap(`${title}, ${key}`, key) }));
  const views = element('div', 'views');
  const figure = element('figure', 'response');
  figure.append(curve.canvas, element('figcaption', 'scale', `f(x)${maps.length > 0 ? ' by channel' : ''}; bars: x`));
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
        const said = maps.map(({ key }) => `${key} ${describe(params[key] ?? [])}`).join('; ');
        const report = reportNow();
        const inside = spread(report);
        const below = report?.histogram ? distributionText(report.histogram) : '';
        facts.textContent = [`${width} × ${rectifier}`, said, inside].filter(Boolean).join(' · ');
        curve.canvas.ariaLabel = `${title}: curve of ${rectifier}${said && `, ${said}`}${below && `. ${below}`}`;
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

function createMap(name: string, key: string): MapView {
  const root = element('figure', 'time');
  const drawing = canvas('map', name);
  const low = element('span', '');
  const high = element('span', '');
  const scale = element('figcaption', 'scale');
  scale.append(element('b', '', `${key} by channel`), low, element('i', 'ramp'), high);
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
      drawing.ariaLabel = `${name} over epochs, a row per channel: ${now.length} channels, epoch ${epoch} of ${map.end}, now ${describe(now)}`;
    },
  };
}

/** Of pre-activations z and the loss's gradients by them, in the last step before a report; units that are 0 for all of it. */
function spread(report: Moment['rectifiers'][number] | undefined): string {
  if (!report?.statistics) return '';
  const { mean: centre, std, gradientStd, dead } = report.statistics;
  const parts = [`z ${slopeText(centre)} ± ${lossText(std)}`, `its gradient ± ${lossText(gradientStd)}`];
  return [...parts, ...(dead > 0 ? [`dead ${percentText(dead)}`] : [])].join(', ');
}

function describe(values: ArrayLike<number>): string {
  const all = Array.from(values);
  if (all.length <= 1) return slopeText(all[0]);
  return `${slopeText(mean(all))} (${slopeText(Math.min(...all))} to ${slopeText(Math.max(...all))})`;
}
