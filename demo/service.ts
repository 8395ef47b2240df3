// What the page asks of its worker: one run, or race, at a time. It knows no page; that messages lie between shows in `move` alone.
import { ArgumentError, DataError, type RectifierCheck, readCheckpoint } from '../src/index.ts';
import { move } from '../src/worker/index.ts';
import { checkGradients, curveOf } from './check.ts';
import type { DataName, Sets } from './choices.ts';
import type { LoadOptions } from './datasets.ts';
import { type Excerpt, excerptOf } from './excerpt.ts';
import { type Inspection, inspect } from './inspect.ts';
import { createLibrary } from './library.ts';
import type { Curve } from './own.ts';
import type { NamedFile } from './ownparts.ts';
import { type RaceProgress, type RaceResult, race } from './race.ts';
import type { RacePlan } from './raceplan.ts';
import { type Moment, type MomentsOptions, type OpenOptions, openRun, probe, type Run } from './run.ts';
import type { State } from './state.ts';
import { createStore } from './store.ts';

type Promised<F> = F extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;

/** All but `probe`, `sets`, `take`, `open`, `fits`, `close`, `kept`, `forget` and those that take a state throw ArgumentError while no run is open. */
export interface Service {
  /** The adapter's name. Throws UnsupportedError where nothing can be trained. */
  readonly probe: () => Promise<string>;
  /**
   * What the page has of a data set; null of one that would have to be downloaded, or of files that are not there. With
   * `fetch`, it is downloaded, or why it cannot be had is thrown; `close` ends that.
   */
  readonly sets: (name: DataName, options?: SetsOptions) => Promise<Excerpt | null>;
  /** The visitor's files as data set `files`, in place of those before, which stay if it throws DataError: they cannot be read. */
  readonly take: (files: readonly NamedFile[], options?: Pick<SetsOptions, 'onLoad'>) => Promise<Excerpt>;
  /**
   * Loads the data and compiles everything; a run that was open is closed. Throws the engine's own errors, whose messages
   * are made to be shown.
   */
  readonly open: (
    state: State,
    options?: OpenOptions,
  ) => Promise<Pick<Run, 'adapter' | 'step' | 'theory'> & Pick<ReturnType<Run['plan']>, 'cost'>>;
  /** As Run.moments. Once per run. */
  readonly moments: (options?: MomentsOptions) => AsyncGenerator<Moment, void, void>;
  /** Training stands still after what is on its way to the GPU; gives the step that it stands at. */
  readonly pause: Promised<Run['pause']>;
  readonly resume: Promised<Run['resume']>;
  /** The step from which it holds, see Trainer.set. */
  readonly set: Promised<Run['set']>;
  /** On the test set. */
  readonly evaluate: Run['evaluate'];
  /** Throws what `open` would say of the visitor's files, which a saved run of them needs; nothing is closed. */
  readonly fits: (file: Uint8Array<ArrayBuffer>) => Promise<void>;
  /** The whole run as a file, for `open` to go on from. */
  readonly save: Run['save'];
  /** Keeps the whole run in the browser past a reload, in place of any other; nothing where there is no room. */
  readonly keep: (note: string) => Promise<void>;
  /** The run that is kept, as a file; null if none is. Needs no open run, as `forget`. */
  readonly kept: () => Promise<Uint8Array<ArrayBuffer> | null>;
  readonly forget: () => Promise<void>;
  /** The network's outputs for `count` samples, as it is now, in eval mode. */
  readonly predict: Run['predict'];
  /** On the samples of the test set that the page has, see excerpt.ts; the surest mistakes first. */
  readonly guesses: Run['guesses'];
  /** Of the first layer: `[in, out]`, or `[rows, columns, in, out]` of a convolution. */
  readonly firstWeights: Run['firstWeights'];
  /** Takes the GPU device away; the run recovers. */
  readonly lose: () => Promise<void>;
  /** The calls of a training step. */
  readonly plan: Promised<Run['plan']>;
  /** The calls of the open run, or of one that would be; with `time`, timed, for while nothing is trained. */
  readonly inspect: (state: State, time: boolean) => Promise<Inspection>;
  /** The WGSL of a call of the last inspection. */
  readonly code: (call: number) => Promise<string>;
  /** The rectifier's gradients beside differences of its values, on this device. */
  readonly check: (state: Pick<State, 'rectifier' | 'own'>) => Promise<RectifierCheck>;
  /** Of a rectifier's text. */
  readonly curve: (own: string) => Promise<Curve>;
  /** In place of a run: an open one is closed. `close`, or another run, ends it. */
  readonly race: (state: State, plan: RacePlan, onProgress?: RaceProgress) => AsyncGenerator<RaceResult, void, void>;
  /** Frees the run; what it is asked is answered by an error. Nothing if there is none. */
  readonly close: () => Promise<void>;
}

export interface SetsOptions {
  readonly fetch?: boolean;
  readonly onLoad?: LoadOptions['onLoad'];
}

export function createService(): Service {
  const library = createLibrary();
  const store = createStore();
  let run: Run | null = null;
  let racing: AbortController | null = null;
  /** Runs that were opened or closed so far. */
  let turn = 0;
  let codes: readonly string[] = [];
  /** What a saved run needs to be told of its data beside their name. */
  let print = '';

  function close(): void {
    turn += 1;
    run?.close();
    run = null;
    racing?.abort();
    racing = null;
  }

  const excerpt = (sets: Sets) => move(excerptOf(sets));

  function now(asked: string): Run {
    if (!run) throw new ArgumentError(`${asked}: no run is open; call open first`);
    return run;
  }

  return {
    probe,
    sets: async (name, { fetch = false, onLoad } = {}) =>
      fetch || library.has(name) ? excerpt(await library.get(name, onLoad)) : null,
    take: async (files, { onLoad } = {}) => excerpt(await library.take(files, onLoad)),
    async open(state, options) {
      close();
      const own = turn;
      const sets = await library.get(state.data);
      checkPrint(sets, options?.file);
      const opened = await openRun(state, sets, options);
      if (own !== turn) {
        opened.close();
        throw new ArgumentError('open: the run was closed, or another opened, before it was ready');
      }
      run = opened;
      print = sets.print ? `&print=${sets.print}` : '';
      const { adapter, step, theory } = opened;
      return { adapter, step, theory, cost: opened.plan().cost };
    },
    async *moments(options) {
      for await (const moment of now('moments').moments(options)) yield move(moment);
    },
    pause: async () => now('pause').pause(),
    resume: async () => now('resume').resume(),
    set: async (options) => now('set').set(options),
    evaluate: async () => now('evaluate').evaluate(),
    fits: async (file) => checkPrint(await library.get('files'), file),
    save: async (note) => move(await now('save').save(note + print)),
    keep: async (note) => store.write(await now('keep').save(note + print)),
    async kept() {
      const file = await store.read();
      return file && move(file);
    },
    forget: store.clear,
    predict: async (x, count) => move(await now('predict').predict(x, count)),
    guesses: async () => now('guesses').guesses(),
    firstWeights: async () => move(await now('firstWeights').firstWeights()),
    lose: async () => now('lose').lose(),
    plan: async () => now('plan').plan(),
    async inspect(state, time) {
      if (!run && !library.has(state.data))
        throw new ArgumentError(
          'Which calls there are depends on the data, which are not loaded yet; press Train first.',
        );
      const own = run ?? (await openRun(state, await library.get(state.data)));
      try {
        const found = await inspect(own, time);
        ({ codes } = found);
        return found.inspection;
      } finally {
        if (own !== run) own.close();
      }
    },
    code: async (call) => codes[call] ?? '',
    check: checkGradients,
    curve: async (own) => move(await curveOf(own)),
    // No generator itself, which would begin only when it is asked, and then close what was opened meanwhile.
    race(state, plan, onProgress) {
      close();
      racing = new AbortController();
      const { signal } = racing;
      return (async function* () {
        yield* race(state, plan, await library.get(state.data), signal, onProgress);
      })();
    },
    async close() {
      library.cancel();
      close();
    },
  };
}

/** Throws DataError for a saved run whose files were others. */
function checkPrint({ print }: Sets, file: Uint8Array<ArrayBuffer> | undefined): void {
  if (!print || !file || new URLSearchParams(readCheckpoint(file).note).get('print') === print) return;
  throw new DataError(
    'This run was trained on other files than those that are here; choose the ones that it was trained on, then open it again.',
  );
}
