// Joins settings, run and views. One direction: a change makes a new state, a state a run, a run moments, moments drawings.
import { data, UnsupportedError } from '../src/index.ts';
import { dataSets, type Sets } from './choices.ts';
import { append, lastTest } from './history.ts';
import { layersOf, widthsOf } from './network.ts';
import { type Moment, openRun, probe, type Run } from './run.ts';
import { fromHash, properties, type State, toHash } from './state.ts';
import { createControls, type Phase } from './views/controls.ts';
import { createFrames } from './views/frames.ts';
import { createLayers } from './views/layers.ts';
import { lossText, percentText } from './views/paint.ts';
import { createResults } from './views/results.ts';
import { createSettings } from './views/settings.ts';

/** One press of Train: it holds what a later Reset must be able to stop. */
interface Session {
  run: Run | null;
  /** Pending while paused. */
  gate: Promise<void>;
  open: () => void;
}

/** Starts the page whose elements are in `root`; returns what stops it. */
export function startDemo(root: HTMLElement): () => void {
  const find = (name: string): HTMLElement => {
    const found = root.querySelector<HTMLElement>(`[data-show="${name}"]`);
    if (!found) throw new Error(`the page has no element with data-show="${name}"`);
    return found;
  };
  const form = root.querySelector('form');
  if (!form) throw new Error('the page has no form');

  let state = fromHash(location.hash).state;
  let history: readonly Moment[] = [];
  let session: Session | null = null;
  let phase: Phase = 'idle';
  let stopped = false;

  const frames = createFrames();
  const layers = createLayers(find('layers'), () => history);
  const results = createResults(find, () => history);
  const controls = createControls(find, { onPause: pause, onReset: reset });
  const settings = createSettings(form, find('fields'), { onSubmit: train, onChange: change });

  const drawStand = () => controls.show(phase, history.at(-1)?.epoch ?? 0, state.epochs);
  const redraw = () => frames.ask([...layers.drawers(), ...results.drawers, drawStand]);

  function enter(next: Phase): void {
    phase = next;
    drawStand();
    if (next !== 'idle') controls.say(sentence(), true);
    redraw();
  }

  function sentence(): string {
    const [now, tested] = [history.at(-1), lastTest(history)];
    const test = tested?.test ? `, test accuracy ${percentText(tested.test.accuracy)}` : '';
    const loss = now?.loss === null || now === undefined ? '' : `, training loss ${lossText(now.loss)}`;
    return `${controls.text(phase)}. Epoch ${Math.floor(now?.epoch ?? 0)} of ${state.epochs}${loss}${test}.`;
  }

  function tell(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const advice =
      'This page trains on your graphics processor through WebGPU, and this browser offers none. Use a current Chrome, Edge or Safari, with hardware acceleration turned on.';
    find('alert').textContent = error instanceof UnsupportedError ? `${advice} (${message})` : message;
  }

  /** Forgets the run and shows the network of the state, untrained. */
  function reset(): void {
    session?.open();
    session = null;
    history = [];
    const widths = layersOf(state);
    layers.configure(widths, state.rectifier, state.epochs);
    results.configure({ layers: widths.length, rectifier: state.rectifier, epochs: state.epochs });
    find('network').textContent = widths.join('–');
    if (phase !== 'unsupported') {
      find('alert').textContent = '';
      enter('idle');
    }
    const shown = state;
    void load(shown).then(
      ({ train: set, test }) => {
        if (stopped || shown !== state) return;
        settings.note('data', `${set.count} to train, ${test.count} to test`);
        find('network').textContent = widthsOf(state, set).join('–');
      },
      () => undefined, // told when it is trained on
    );
  }

  const loaded = new Map<State['data'], Promise<Sets>>();
  function load({ data }: State): Promise<Sets> {
    const sets = loaded.get(data) ?? Promise.resolve(dataSets[data].load());
    loaded.set(data, sets);
    sets.catch(() => loaded.delete(data));
    return sets;
  }

  function change(next: State, key: keyof State): void {
    state = next;
    window.history.replaceState(null, '', toHash(state));
    if (properties[key].live && session) session.run?.setRate(state.lr);
    else reset();
  }

  function train(): void {
    if (phase === 'paused') {
      session?.open();
      enter('training');
    } else if (phase !== 'opening' && phase !== 'training' && phase !== 'unsupported') {
      reset();
      window.history.replaceState(null, '', toHash(state));
      const own: Session = { run: null, gate: Promise.resolve(), open: () => undefined };
      session = own;
      enter('opening');
      void follow(own).catch((error: unknown) => {
        if (session !== own) return;
        session = null;
        tell(error);
        enter('failed');
      });
    }
  }

  async function follow(own: Session): Promise<void> {
    const opened = state;
    const run = await openRun(opened, await load(opened), (ready, total) => {
      if (session === own) controls.compiling(ready, total);
    });
    try {
      if (session !== own) return;
      own.run = run;
      if (state.lr !== opened.lr) run.setRate(state.lr);
      find('adapter').textContent = run.adapter;
      enter('training');
      for await (const moment of run.moments()) {
        if (session !== own) return;
        history = append(history, moment);
        controls.say(sentence(), false);
        redraw();
        await own.gate;
        if (session !== own) return;
      }
      session = null;
      enter('done');
    } finally {
      run.close();
    }
  }

  function pause(): void {
    if (!session || phase !== 'training') return;
    const own = session;
    own.gate = new Promise((resolve) => {
      own.open = resolve;
    });
    enter('paused');
  }

  const readHash = () => {
    if (location.hash === toHash(state)) return;
    const read = fromHash(location.hash);
    state = read.state;
    settings.show(state, read.problems);
    reset();
  };
  const repaint = () => {
    results.repaint();
    redraw();
  };
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const resized = new ResizeObserver(redraw);
  window.addEventListener('hashchange', readHash);
  dark.addEventListener('change', repaint);
  resized.observe(find('layers'));

  find('credit').textContent = `Digits: ${data.digitsAttribution}`;
  settings.show(state, fromHash(location.hash).problems);
  reset();
  root.classList.add('started');
  probe().then(
    (adapter) => {
      if (!stopped) find('adapter').textContent = adapter;
    },
    (error: unknown) => {
      if (stopped) return;
      tell(error);
      find('adapter').textContent = 'none';
      enter('unsupported');
    },
  );

  return () => {
    stopped = true;
    session?.open();
    session = null;
    frames.stop();
    window.removeEventListener('hashchange', readHash);
    dark.removeEventListener('change', repaint);
    resized.disconnect();
    results.destroy();
  };
}
