// Where a run stands, in numbers, and charts: loss, accuracy and the layers' mean slopes over epochs; spread by layer.
import type { Cost, Spread } from '../../src/index.ts';
import { learnedOf } from '../choices.ts';
import { lastTest } from '../history.ts';
import type { Moment } from '../run.ts';
import { type Chart, createChart, dashed } from './chart.ts';
import { mean } from './curve.ts';
import type { Drawer } from './frames.ts';
import { countText, layerColor, lossText, memoryText, percentText, rateText, slopeText } from './paint.ts';

export interface Results {
  readonly configure: (run: { readonly rectifiers: readonly string[]; readonly epochs: number }) => void;
  /** What the run is trained on, what a step takes, and what theory says of it, if anything; until the next `configure`. */
  readonly tell: (run: { readonly adapter: string; readonly cost: Cost; readonly theory: Spread | null }) => void;
  readonly drawers: readonly Drawer[];
  readonly repaint: () => void;
  readonly destroy: () => void;
}

/** Of signal and gradient, the latter as a multiple of the last layer's; the theory is of the first weights. */
const SPREADS = [
  { label: 'signal', color: '--layer-1', width: 2 },
  { label: 'theory', color: '--layer-1', width: 1.25, dash: [3, 3] },
  { label: 'gradient', color: '--layer-2', width: 2 },
  { label: 'theory', color: '--layer-2', width: 1.25, dash: [3, 3] },
] as const;

/** `find` gives the place named by `data-show`, `history` what is to be drawn. */
export function createResults(find: (name: string) => HTMLElement, history: () => readonly Moment[]): Results {
  const loss = createChart(find('chart-loss'), {
    name: 'Loss',
    text: lossText,
    tick: (value) => String(Number(value.toPrecision(1))),
    log: true,
    range: (low = 0.1, high = 1) => [Math.min(low * 0.8, 0.1), Math.max(high * 1.25, 2)],
  });
  const accuracy = createChart(find('chart-accuracy'), {
    name: 'Accuracy',
    text: percentText,
    tick: (value) => `${Math.round(100 * value)} %`,
    range: () => [0, 1.02],
  });
  const slopes = createChart(find('chart-slopes'), {
    name: 'Mean learned parameters',
    text: slopeText,
    tick: (value) => String(Number(value.toPrecision(3))).replace('-', '−'),
    range: (low, high) => padded(low, high),
  });
  const spread = createChart(find('chart-spread'), {
    name: 'Root mean squares by layer',
    by: 'layer',
    text: lossText,
    tick: (value) => String(Number(value.toPrecision(1))),
    log: true,
    range: (low = 0.5, high = 2) => [Math.min(low * 0.8, 0.5), Math.max(high * 1.25, 2)],
  });
  const charts: readonly Chart[] = [loss, accuracy, slopes, spread];
  const measured = [
    { label: 'training, lately', color: '--training', width: 1.5 },
    { label: 'test', color: '--test', width: 2.25 },
  ] as const;
  let run: Parameters<Results['configure']>[0] = { rectifiers: [], epochs: 1 };
  let theory: Spread | null = null;

  const epochs = () => history().map(({ epoch }) => epoch);
  const drawLoss = () =>
    loss.draw(epochs(), [history().map((moment) => moment.loss), history().map(({ test }) => test?.loss ?? null)]);
  const drawAccuracy = () =>
    accuracy.draw(epochs(), [
      history().map((moment) => moment.accuracy),
      history().map(({ test }) => test?.accuracy ?? null),
    ]);
  const drawSlopes = () =>
    slopes.draw(
      epochs(),
      layersBy(run.rectifiers, (layer, key) =>
        history().map(({ rectifiers }) => mean(rectifiers[layer]?.params[key] ?? [])),
      ),
    );
  const drawSpread = () => {
    const all =
      history()
        .at(-1)
        ?.rectifiers.map(({ statistics }) => statistics) ?? [];
    const last = all.at(-1)?.gradientStd;
    spread.draw(
      Array.from({ length: run.rectifiers.length }, (_, index) => index + 1),
      [
        all.map((each) => (each ? Math.hypot(each.mean, each.std) : null)),
        theory?.forward ?? [],
        all.map((each) => (each && last ? each.gradientStd / last : null)),
        theory?.backward ?? [],
      ],
    );
  };
  const show = (name: string, text: string) => {
    find(name).textContent = text;
  };
  const drawNumbers = () => {
    const now = history().at(-1);
    const tested = lastTest(history());
    show('epoch', (now?.epoch ?? 0).toFixed(1));
    show('epochs', String(run.epochs));
    show('step', countText(now?.step ?? 0));
    show('speed', countText(now?.samplesPerSecond));
    show('rate', rateText(now?.stepsPerSecond));
    show('train-loss', lossText(now?.epochLoss));
    show('train-accuracy', percentText(now?.epochAccuracy));
    show('test-loss', lossText(tested?.test?.loss));
    show('test-accuracy', percentText(tested?.test?.accuracy));
  };

  return {
    configure(next) {
      run = next;
      const learned = new Set(run.rectifiers.flatMap(learnedOf));
      loss.configure(measured, run.epochs);
      accuracy.configure(measured, run.epochs);
      slopes.configure(
        layersBy(run.rectifiers, (layer, key, index) => ({
          label: learned.size > 1 ? `layer ${layer + 1} ${key}` : `layer ${layer + 1}`,
          color: layerColor(layer),
          ...dashed(index),
        })),
        run.epochs,
      );
      find('chart-slopes').hidden = learned.size === 0;
      theory = null;
      spread.configure(SPREADS, run.rectifiers.length);
      find('chart-spread').hidden = run.rectifiers.length < 2;
      show('cost', '');
    },
    tell({ adapter, cost, theory: next }) {
      show('adapter', adapter);
      show('cost', ` · ${cost.dispatches} dispatches a step · ${memoryText(cost.totalMemory)} of GPU memory`);
      theory = next;
    },
    drawers: [drawLoss, drawAccuracy, drawSlopes, drawSpread, drawNumbers],
    repaint() {
      for (const chart of charts) chart.repaint();
    },
    destroy() {
      for (const chart of charts) chart.destroy();
    },
  };
}

function layersBy<T>(rectifiers: readonly string[], make: (layer: number, key: string, index: number) => T): T[] {
  return rectifiers.flatMap((name, layer) => learnedOf(name).map((key, index) => make(layer, key, index)));
}

/** Some room around the values, and never less than 0.1 of it all. */
function padded(low = 0.25, high = 0.25): readonly [number, number] {
  const room = Math.max(0.1 * (high - low), (0.1 - (high - low)) / 2);
  return [low - room, high + room];
}
