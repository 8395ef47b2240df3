// Joins a race's settings, its results as they come, and its drawings.
import { about, leader } from './raceabout.ts';
import { initialPlan, labelOf, planFromHash, planToHash, type RacePlan, seedsOf } from './raceplan.ts';
import { createTally, csvOf, type Tally } from './racetally.ts';
import type { Service } from './service.ts';
import type { State } from './state.ts';
import type { Supply } from './supply.ts';
import { download } from './views/files.ts';
import type { Frames } from './views/frames.ts';
import { createRaceView } from './views/race.ts';
import { createRaceChart } from './views/racechart.ts';
import { markdownOf, tableOf } from './views/racetable.ts';
import type { Settings } from './views/settings.ts';

export interface RacingOptions {
  readonly frames: Frames;
  readonly service: () => Service;
  readonly settings: Pick<Settings, 'check'>;
  readonly supply: Pick<Supply, 'load'>;
  readonly state: () => State;
  /** Ends whatever is trained, a race too. */
  readonly reset: () => void;
  /** The race's part of the link has changed. */
  readonly link: () => void;
  readonly tell: (error: unknown) => void;
  /** Asked after each result: the race stands still until what it returns is resolved. */
  readonly rest: () => Promise<unknown> | undefined;
}

export interface Racing {
  /** What the hash has of the race: nothing unless one was asked for. */
  readonly link: () => string;
  /** Takes the race from the hash, if it has one; nobody is taken there past what is `wrong` above. */
  readonly read: (hash: string, wrong: boolean) => void;
  /** Races at once. */
  readonly begin: (plan: RacePlan) => void;
  /** The page above stands: whoever came for a race is taken to it. */
  readonly arrive: () => void;
  /** Ends the race. The settings stay, and what came of it, until the next one. */
  readonly reset: () => void;
  /** Takes the race out of the link. */
  readonly unlink: () => void;
  /** Nothing can be trained here. */
  readonly forbid: () => void;
  readonly repaint: () => void;
  readonly destroy: () => void;
}

/** A race as it was started. */
interface Heat {
  readonly plan: RacePlan;
  readonly state: State;
  readonly tally: Tally;
}

type Phase = 'idle' | 'opening' | 'racing' | 'stopped' | 'done' | 'failed' | 'unsupported';

/** Milliseconds from one sentence that is said to the next. */
const QUIET = 5000;

export function createRacing(find: (name: string) => HTMLElement, options: RacingOptions): Racing {
  const host = find('race');
  const { frames, service, settings, supply, state } = options;
  let plan: RacePlan = initialPlan;
  let isLinked = false;
  let arrives = false;
  let phase: Phase = 'idle';
  let last: Heat | null = null;
  /** One press of Start, until it ends. */
  let session: object | null = null;
  let saidAt = 0;
  let preparing = '';

  const view = createRaceView(host, {
    onStart: () => settings.check() && start(),
    onStop: () => end('stopped'),
    onChange(next) {
      plan = next;
      isLinked = true;
      reset();
      options.link();
    },
    onMeasure: (measure) => chart.choose(measure),
    onCopy: () => void copy(),
    onCsv: () => save(csvOf(heat().plan, results()), 'csv'),
    onPicture: () => chart.picture(about(heat().state, heat().plan)).toBlob((blob) => blob && save(blob, 'png')),
  });
  const next = (): Heat => ({ plan, state: state(), tally: createTally(plan, state().epochs) });
  const heat = () => last ?? next();
  const save = (content: BlobPart, type: string) => download(content, `race-${heat().plan.key}.${type}`);
  const results = () => heat().tally.results;
  const rows = () => heat().tally.rows();
  const table = () => tableOf(heat().plan, rows());
  const chart = createRaceChart(view.chart, () => heat().tally);

  const drawTable = () => view.showTable(table());

  function drawStand(): void {
    const { plan, state } = heat();
    const isBefore = phase === 'idle' && last !== null;
    view.showStand({
      text: standText(),
      before: isBefore ? `Results of the race before: ${about(state, plan)}` : '',
      canStart: !session && phase !== 'unsupported',
      canStop: session !== null,
      canSave: results().length > 0,
      share: isBefore ? 0 : results().length / (plan.values.length * plan.seeds * state.epochs),
    });
  }

  function standText(): string {
    const now = results().at(-1);
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
    view.say(`Race: ${standText()}.${leader(heat().plan, rows())}`);
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
    if (results().length === 0) last = null;
    end(phase === 'unsupported' ? phase : 'idle');
    drawAnew();
  }

  function drawAnew(): void {
    const { plan, state } = heat();
    chart.configure(plan, state.epochs);
    drawTable();
  }

  function start(): void {
    isLinked = true;
    options.reset();
    options.link();
    const own = {};
    session = own;
    last = next();
    drawAnew();
    preparing = 'Loading data';
    enter('opening');
    follow(own, last.tally).catch((error: unknown) => {
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
    await supply.load((text) => session === own && prepare(text));
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
      frames.ask([drawStand, chart.draw, drawTable]);
      await options.rest();
      if (session !== own) return;
    }
    if (session !== own) return;
    session = null;
    enter('done');
    frames.ask([chart.draw, drawTable]);
  }

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(markdownOf(table()));
      view.say('The table is copied');
    } catch {
      view.say('The browser does not allow copying');
    }
  }

  function read(hash: string, wrong: boolean): void {
    const found = planFromHash(hash);
    isLinked = found !== null;
    arrives = isLinked && !wrong;
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
