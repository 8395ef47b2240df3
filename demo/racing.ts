// Joins a race's settings, its results as they come, and its drawings.
import { about } from './raceabout.ts';
import { initialPlan, labelOf, planFromHash, planToHash, type RacePlan, seedsOf } from './raceplan.ts';
import { createTally, csvOf, type Tally } from './racetally.ts';
import type { Service } from './service.ts';
import type { State } from './state.ts';
import type { Frames } from './views/frames.ts';
import { percentText } from './views/paint.ts';
import { createRaceView } from './views/race.ts';
import { createRaceChart } from './views/racechart.ts';
import { markdownOf, tableOf } from './views/racetable.ts';

export interface RacingOptions {
  readonly frames: Frames;
  readonly service: () => Service;
  readonly state: () => State;
  /** Ends whatever is trained, a race too. */
  readonly reset: () => void;
  /** The race's part of the link has changed. */
  readonly link: () => void;
  readonly tell: (error: unknown) => void;
  /** Has the data loaded; `onLoad` hears how far that is. */
  readonly load: (onLoad: (text: string) => void) => Promise<void>;
  /** Asked after each result: the race stands still until what it returns is resolved. */
  readonly rest: () => Promise<unknown> | undefined;
}

export interface Racing {
  /** What the hash has of the race: nothing unless one was asked for. */
  readonly link: () => string;
  /** Takes the race from the hash, if it has one. */
  readonly read: (hash: string) => void;
  /** Races at once. */
  readonly begin: (plan: RacePlan) => void;
  /** The page above stands: whoever came for a race is taken to it. */
  readonly arrive: () => void;
  /** Ends the race and forgets what came of it; the settings stay. */
  readonly reset: () => void;
  /** Takes the race out of the link. */
  readonly unlink: () => void;
  /** Nothing can be trained here. */
  readonly forbid: () => void;
  readonly repaint: () => void;
  readonly destroy: () => void;
}

type Phase = 'idle' | 'opening' | 'racing' | 'stopped' | 'done' | 'failed' | 'unsupported';

/** Milliseconds from one sentence that is said to the next. */
const QUIET = 5000;

export function createRacing(host: HTMLElement, options: RacingOptions): Racing {
  const { frames, service, state } = options;
  let plan: RacePlan = initialPlan;
  let isLinked = false;
  let arrives = false;
  let phase: Phase = 'idle';
  let tally: Tally | null = null;
  /** One press of Start, until it ends. */
  let session: object | null = null;
  let saidAt = 0;
  let preparing = '';

  const view = createRaceView(host, {
    onStart: start,
    onStop: () => end('stopped'),
    onChange(next) {
      plan = next;
      isLinked = true;
      reset();
      options.link();
    },
    onMeasure: (measure) => chart.choose(measure),
    onCopy: () => void copy(),
    onCsv: () => save(new Blob([csvOf(plan, tally?.results ?? [])], { type: 'text/csv' }), 'csv'),
    onPicture: () => chart.picture(about(state(), plan)).toBlob((blob) => blob && save(blob, 'png')),
  });
  const chart = createRaceChart(view.chart, () => tally);
  const table = () => tableOf(plan, tally?.rows() ?? plan.values.map((value) => ({ value, done: 0, summaries: null })));

  const drawChart = () => chart.draw();
  const drawTable = () => view.showTable(table());

  function drawStand(): void {
    const total = plan.values.length * plan.seeds * state().epochs;
    view.showStand({
      text: standText(),
      canStart: !session && phase !== 'unsupported',
      canStop: session !== null,
      canSave: (tally?.results.length ?? 0) > 0,
      share: (tally?.results.length ?? 0) / total,
    });
  }

  function standText(): string {
    const now = tally?.results.at(-1);
    const place = now
      ? `seed ${now.seed} (${seedsOf(state(), plan).indexOf(now.seed) + 1} of ${plan.seeds}), epoch ${now.epoch} of ${state().epochs}`
      : '';
    const texts: Readonly<Record<Phase, string>> = {
      idle: `${plan.values.length * plan.seeds} runs of ${state().epochs} epochs`,
      opening: preparing,
      racing: `Racing: ${place}`,
      stopped: `Stopped${place && `: ${place}`}`,
      done: 'Done',
      failed: 'Stopped by an error',
      unsupported: 'Cannot train here',
    };
    return texts[phase];
  }

  function say(isUrgent: boolean): void {
    if (!isUrgent && performance.now() - saidAt < QUIET) return;
    saidAt = performance.now();
    const means =
      tally?.rows().map(({ value, summaries }) => [value, summaries?.testAccuracy.mean ?? 0] as const) ?? [];
    const [value = '', best] = means.toSorted(([, a], [, b]) => b - a)[0] ?? [];
    const leader = best ? ` Highest test accuracy: ${labelOf(plan.key, value)}, ${percentText(best)}.` : '';
    view.say(`Race: ${standText()}.${leader}`);
  }

  function enter(next: Phase): void {
    phase = next;
    drawStand();
    if (next !== 'idle' && next !== 'unsupported') say(true);
  }

  /** Nothing more comes of it; what has come stays. */
  function end(next: Phase): void {
    if (session)
      service()
        .close()
        .catch(() => undefined);
    session = null;
    enter(next);
  }

  function reset(): void {
    tally = null;
    end(phase === 'unsupported' ? phase : 'idle');
    chart.configure(plan, state().epochs);
    drawTable();
  }

  function start(): void {
    isLinked = true;
    options.reset();
    options.link();
    const own = {};
    session = own;
    tally = createTally(plan, state().epochs);
    preparing = 'Loading data';
    enter('opening');
    follow(own, tally).catch((error: unknown) => {
      if (session !== own) return;
      end('failed');
      options.tell(error);
    });
  }

  function prepare(text: string): void {
    preparing = text;
    drawStand();
  }

  async function follow(own: object, counted: Tally): Promise<void> {
    await options.load((text) => session === own && prepare(text));
    if (session !== own) return;
    prepare('Compiling kernels');
    const onProgress = (value: string, ready: number, total: number) => {
      if (session === own && phase === 'opening')
        prepare(`Compiling kernels for ${labelOf(plan.key, value)}: ${ready} of ${total}`);
    };
    for await (const result of service().race(state(), plan, onProgress)) {
      if (session !== own) return;
      if (phase === 'opening') enter('racing');
      counted.add(result);
      say(false);
      frames.ask([drawStand, drawChart, drawTable]);
      await options.rest();
      if (session !== own) return;
    }
    if (session !== own) return;
    session = null;
    enter('done');
    frames.ask([drawChart, drawTable]);
  }

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(markdownOf(table()));
      view.say('The table is copied');
    } catch {
      view.say('The browser does not allow copying');
    }
  }

  function save(blob: Blob, type: string): void {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = `race-${plan.key}.${type}`;
    link.click();
    // Not before the browser has begun to read it.
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  function read(hash: string): void {
    const found = planFromHash(hash);
    isLinked = found !== null;
    arrives = isLinked;
    plan = found?.plan ?? plan;
    view.show(plan, found?.problem);
  }

  return {
    link: () => (isLinked ? planToHash(plan) : ''),
    read,
    begin(next) {
      if (phase === 'unsupported') return;
      plan = next;
      view.show(plan);
      start();
      host.scrollIntoView();
    },
    arrive() {
      if (arrives) host.scrollIntoView();
      arrives = false;
    },
    reset,
    unlink() {
      isLinked = false;
    },
    forbid: () => end('unsupported'),
    repaint: chart.repaint,
    destroy() {
      session = null;
      chart.destroy();
    },
  };
}
