// A run that outlives the page: as a file that one saves and opens, and kept in the browser for when the page is reloaded.
import { DataError, readCheckpoint } from '../src/index.ts';
import type { Service } from './service.ts';
import { fromHash, type State, toHash } from './state.ts';
import { createFiles, download } from './views/files.ts';
import type { Notices } from './views/notices.ts';

export interface Keep {
  /** There is a run to save, or none. */
  readonly show: (canSave: boolean, canOpen: boolean) => void;
  /** The run has come further: it is kept now and then, and at once with `now`. */
  readonly refresh: (now: boolean) => void;
  readonly destroy: () => void;
}

export interface KeepOptions {
  readonly notices: Notices;
  readonly service: () => Pick<Service, 'save' | 'fits' | 'keep' | 'kept' | 'forget'>;
  readonly state: () => State;
  /** Settings and run are to be those of `file`. */
  readonly goOn: (state: State, run: { readonly file: Saved }) => void;
  readonly tell: (error: unknown) => void;
  /** Dropped on the page, and no run. */
  readonly onData: (dropped: DataTransfer) => void;
}

/** A run in a file. */
export type Saved = Uint8Array<ArrayBuffer>;

/** Milliseconds from one keeping to the next. */
const REST = 10_000;

/** A file's settings, and how far it has come. Throws DataError for one that this page cannot go on with. */
export function readRun(file: Saved): { readonly state: State; readonly step: number; readonly isDone: boolean } {
  const { note, step, samples, batchSize } = factsOf(file);
  const { state, problems } = fromHash(note);
  const [wrong] = problems.keys();
  if (!note.startsWith('#') || wrong)
    throw new DataError(
      `open: this run was saved ${wrong ? `with a setting that this page does not know (${wrong})` : 'elsewhere, without this page’s settings'}; open one that this page saved`,
    );
  return { state, step, isDone: step >= state.epochs * Math.ceil(samples / batchSize) };
}

function factsOf(file: Saved): ReturnType<typeof readCheckpoint> {
  try {
    return readCheckpoint(file);
  } catch (cause) {
    // What a program would do about it is of no use here.
    const what = cause instanceof Error ? cause.message.replace(/^load: |; .*$/g, '') : String(cause);
    throw new DataError(`This run cannot be opened: ${what}. Open one that Save run has made.`, { cause });
  }
}

export function createKeep(
  root: HTMLElement,
  find: (name: string) => HTMLElement,
  { notices, service, state, goOn, tell, onData }: KeepOptions,
): Keep {
  let keptAt = performance.now();
  let withdraw = () => {};
  let hasRun = false;
  const files = createFiles(root, find, {
    onSave: () => void save().catch(tell),
    onOpen: (given) =>
      void given
        .arrayBuffer()
        .then((bytes) => open(new Uint8Array(bytes)))
        .catch(tell),
    onData,
  });

  async function save(): Promise<void> {
    const saved = state();
    const file = await service().save(toHash(saved));
    download(file, `rectigrad-${saved.data}-${readCheckpoint(file).step}.safetensors`);
  }

  async function open(file: Saved): Promise<void> {
    const { state: saved } = readRun(file);
    // The run that is there stays if this one cannot take its place.
    if (hasRun && saved.data === 'files') await service().fits(file);
    goOn(saved, { file });
  }

  async function offer(): Promise<void> {
    const file = await service().kept();
    // One that runs by now takes its place.
    if (!file || hasRun) return;
    const { state: kept, step, isDone } = readRun(file);
    withdraw = notices.show(`A run on ${kept.data === 'files' ? 'your files' : kept.data} was kept in this browser.`, {
      action: isDone ? `Show the run that ended at step ${step}` : `Go on with the run of step ${step}`,
      onAction: () => void open(file).catch(tell),
      onDismiss: () => void service().forget().catch(tell),
    });
  }
  // What cannot be read any more is not offered.
  offer().catch(() => undefined);

  return {
    show(canSave, canOpen) {
      hasRun = canSave;
      files.show(canSave, canOpen);
      if (canSave) withdraw();
    },
    refresh(now) {
      if (!now && performance.now() - keptAt < REST) return;
      keptAt = performance.now();
      service()
        .keep(toHash(state()))
        .catch(() => undefined);
    },
    destroy: files.destroy,
  };
}
