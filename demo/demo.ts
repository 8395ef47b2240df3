// Joins settings, run and views. One direction: a change makes a new state, a state a run, a run moments, moments drawings.
// The run is in a worker; here is what has to be on the page.
import { data, UnsupportedError } from '../src/index.ts';
import { type Connection, connect, WorkerError } from '../src/worker/index.ts';
import { createDrawn } from './drawn.ts';
import { failureText } from './failure.ts';
import { append } from './history.ts';
import { createInside } from './inside.ts';
import { createKeep, type Saved } from './keep.ts';
import { layersOf, rectifiersOf, widthsOf, withOwn } from './network.ts';
import { presets } from './presets.ts';
import type { RacePlan } from './raceplan.ts';
import { createRacing } from './racing.ts';
import type { Moment } from './run.ts';
import type { Service } from './service.ts';
import { standText } from './standing.ts';
import { fromHash, type Key, properties, type State, toHash } from './state.ts';
import { createSupply } from './supply.ts';
import { createControls, type Phase } from './views/controls.ts';
import { createDeviceLoss } from './views/deviceloss.ts';
import { createEditor } from './views/editor.ts';
import { createFrames } from './views/frames.ts';
import { createGlass } from './views/glass.ts';
import { createLayers } from './views/layers.ts';
import { createNotices } from './views/notices.ts';
import { createPresets } from './views/presets.ts';
import { createResults } from './views/results.ts';
import { createSettings } from './views/settings.ts';

/** One press of Train, until a Reset. */
interface Session {
  /** Its run can be asked. */
  isOpen: boolean;
  onDone?: () => void;
}

const startWorker = () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });

/** Starts the page whose elements are in `root`; returns what stops it. `openWorker` starts what runs demo/worker.ts. */
export function startDemo(root: HTMLElement, openWorker: () => Worker = startWorker): () => void {
  const find = (name: string): HTMLElement => {
    const found = root.querySelector<HTMLElement>(`[data-show="${name}"]`);
    if (!found) throw new Error(`the page has no element with data-show="${name}"`);
    return found;
  };
  const form = root.querySelector('form');
  const keep = root.querySelector<HTMLInputElement>('input[data-show="keep"]');
  if (!form || !keep) throw new Error('the page has no form, or no box for hidden tabs');

  let state = fromHash(location.hash).state;
  let history: readonly Moment[] = [];
  let session: Session | null = null;
  let connection: Connection<Service> | null = null;
  let phase: Phase = 'idle';
  let stopped = false;

  function service(): Service {
    connection ??= connect<Service>(openWorker());
    return connection.service;
  }

  const frames = createFrames();
  const still = () => phase !== 'training' && phase !== 'loading' && phase !== 'opening';
  const glass = createGlass(root, { service, now: () => ({ state, still: still() }) });
  const editor = createEditor(root, { service, onUse: (own) => start(withOwn(state, own)) });
  find('own').addEventListener('click', () => editor.open(state.own));
  const drawOwn = createDrawn(service, () => redraw(), tell);
  const layers = createLayers(find('layers'), () => history, glass.open);
  const results = createResults(find, () => history);
  const controls = createControls(find, { onPause: pause, onReset: reset });
  const inside = createInside(find, frames, service);
  const notices = createNotices(find, () => form.querySelector('button:enabled'));
  const loss = createDeviceLoss(find('lose'), notices, () => command(({ lose }) => lose()));
  const settings = createSettings(form, find('fields'), { onSubmit: train, onChange: change });
  const supply = createSupply(settings, {
    service,
    name: () => state.data,
    onChoose() {
      change({ ...state, data: 'files' }, 'data');
      settings.show(state);
    },
    onShown(excerpt) {
      if (excerpt) find('network').textContent = widthsOf(state, excerpt.train).join('–');
      inside.configure(state.data, excerpt);
      racing.arrive();
    },
    tell,
  });
  const racing = createRacing(find, { frames, service, settings, supply, state: () => state, reset, link, tell, rest });
  const kept = createKeep(root, find, { notices, service, state: () => state, goOn: start, tell, onData: supply.drop });

  const sentence = () => standText(controls.text(phase), history, state.epochs);
  const drawStand = () => controls.show(phase, history.at(-1)?.epoch ?? 0, state.epochs);
  const redraw = () => frames.ask([...layers.drawers(), ...results.drawers, drawStand]);

  function enter(next: Phase): void {
    phase = next;
    kept.show(session?.isOpen === true, phase !== 'unsupported');
    loss.show(next === 'training' || next === 'paused');
    drawStand();
    if (next !== 'idle') controls.say(sentence(), true);
    redraw();
  }

  function tell(error: unknown): void {
    if (stopped) return;
    if (error instanceof WorkerError) {
      connection?.close();
      connection = null; // the next press starts another
    }
    notices.alert(failureText(error));
  }

  function link(): void {
    window.history.replaceState(null, '', toHash(state) + racing.link());
  }

  /** Forgets the run, or the race, and shows the network of the state, untrained. */
  function reset(): void {
    if (session) command(({ close }) => close());
    session = null;
    history = [];
    racing.reset();
    const [widths, rectifiers] = [layersOf(state), rectifiersOf(state)];
    drawOwn(state);
    layers.configure({ widths, rectifiers, share: state.share, epochs: state.epochs });
    results.configure({ rectifiers, epochs: state.epochs });
    find('network').textContent = widths.join('–');
    if (phase !== 'unsupported') {
      notices.alert('');
      enter('idle');
    }
    supply.show();
  }

  /** For what has no answer: if it fails, so does the run, which tells. */
  function command(send: (service: Service) => Promise<unknown>): void {
    send(service()).catch(() => undefined);
  }

  function change(next: State, key: Key): void {
    state = next;
    link();
    if (!properties[key].live || !session || phase === 'done') reset();
    else if (session.isOpen) command(({ set }) => set({ lr: state.lr }));
  }

  function start(next: State, { plan, file }: { readonly plan?: RacePlan; readonly file?: Saved } = {}): void {
    state = next;
    settings.show(state);
    if (phase === 'unsupported') reset();
    else if (plan) racing.begin(plan);
    else begin(file);
  }

  function train(): void {
    if (phase === 'paused') {
      enter('training');
      obey();
    } else if (still() && phase !== 'unsupported') begin();
  }

  /** From the first step, or from where `file` is. */
  function begin(file?: Saved): void {
    reset();
    racing.unlink();
    link();
    const own: Session = { isOpen: false };
    session = own;
    enter('loading');
    void follow(own, file).catch((error: unknown) => {
      if (session !== own) return;
      session = null;
      command(({ close }) => close());
      tell(error);
      enter('failed');
    });
  }

  async function follow(own: Session, file?: Saved): Promise<void> {
    const opened = state;
    controls.preparing('Loading data', 0, 1);
    await supply.load((...how) => session === own && controls.preparing(...how));
    if (session !== own) return;
    enter('opening');
    const { open, set, moments } = service();
    const onProgress = (ready: number, total: number) => {
      if (session === own) controls.compiling(ready, total);
    };
    const device = await open(opened, { onProgress, ...(file && { file }) });
    if (session !== own) return;
    own.isOpen = true;
    if (state.lr !== opened.lr) await set({ lr: state.lr });
    if (session !== own) return;
    results.tell(device);
    enter('training');
    obey();
    for await (const moment of moments({ onRecovery: loss.recovered })) {
      if (session !== own) return;
      history = append(history, moment);
      controls.say(sentence(), false);
      redraw();
      inside.refresh(moment.test !== null);
      kept.refresh(false);
    }
    if (session !== own) return;
    enter('done');
    kept.refresh(true);
    own.onDone?.();
  }

  const isAway = () => document.hidden && !keep?.checked;

  /** Until the tab is seen again, if that is asked for. */
  function rest(): Promise<unknown> | undefined {
    if (!isAway()) return undefined;
    return new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }));
  }

  /** Training goes on or stands still, as the phase and the tab are. */
  function obey(): void {
    const goes = phase === 'training' && !isAway();
    if (session?.isOpen) command(({ pause, resume }) => (goes ? resume() : pause()));
  }

  function pause(): void {
    if (phase !== 'training') return;
    enter('paused');
    obey();
    kept.refresh(true);
  }

  createPresets(find('presets'), presets, (preset) => {
    start(preset.state, preset.race && { plan: preset.race });
    if (session && preset.draws) session.onDone = inside.invite();
    // On a phone it lies below what was pressed.
    const network = find('network').closest('section');
    if (!preset.race && network && network.getBoundingClientRect().top > innerHeight) network.scrollIntoView();
  });

  const read = () => {
    const { state: next, problems } = fromHash(location.hash);
    state = next;
    racing.read(location.hash, problems.size > 0);
    reset();
    settings.show(state, problems);
  };
  const readHash = () => location.hash !== toHash(state) + racing.link() && read();
  const repaint = () => {
    results.repaint();
    inside.repaint();
    racing.repaint();
    redraw();
  };
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const resized = new ResizeObserver(redraw);
  window.addEventListener('hashchange', readHash);
  document.addEventListener('visibilitychange', obey);
  dark.addEventListener('change', repaint);
  resized.observe(find('layers'));

  find('credit').textContent = `Digits: ${data.digitsAttribution}`;
  read();
  root.classList.add('started');
  service()
    .probe()
    .then(
      (adapter) => {
        if (!stopped) find('adapter').textContent = adapter;
      },
      (error: unknown) => {
        if (stopped) return;
        tell(error);
        find('adapter').textContent = 'none';
        if (error instanceof UnsupportedError) racing.forbid();
        enter(error instanceof UnsupportedError ? 'unsupported' : 'failed');
      },
    );

  return () => {
    stopped = true;
    session = null;
    supply.stop();
    connection?.close();
    frames.stop();
    window.removeEventListener('hashchange', readHash);
    document.removeEventListener('visibilitychange', obey);
    dark.removeEventListener('change', repaint);
    resized.disconnect();
    results.destroy();
    inside.destroy();
    glass.destroy();
    editor.destroy();
    racing.destroy();
    kept.destroy();
  };
}
