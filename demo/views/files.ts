// Save run and Open run; a file may also be dropped anywhere on the page: a run, or data.

export interface Files {
  readonly show: (canSave: boolean, canOpen: boolean) => void;
  readonly destroy: () => void;
}

export interface FilesOptions {
  readonly onSave: () => void;
  readonly onOpen: (file: Blob) => void;
  /** What is dropped and is no run. */
  readonly onData: (dropped: DataTransfer) => void;
}

export function createFiles(
  root: HTMLElement,
  find: (name: string) => HTMLElement,
  { onSave, onOpen, onData }: FilesOptions,
): Files {
  const [save, open, input] = [find('save'), find('open'), find('file') as HTMLInputElement];
  const listening = new AbortController();
  const { signal } = listening;
  const take = (file: File | undefined) => {
    if (file && !open.hasAttribute('disabled')) onOpen(file);
  };
  save.addEventListener('click', onSave, { signal });
  open.addEventListener('click', () => input.click(), { signal });
  input.addEventListener(
    'change',
    () => {
      take(input.files?.[0]);
      // The same file may be chosen again.
      input.value = '';
    },
    { signal },
  );
  // Others may take what is dropped on a place of theirs.
  const accept = (event: DragEvent): DataTransfer | null => {
    if (event.defaultPrevented || !event.dataTransfer?.types.includes('Files')) return null;
    event.preventDefault();
    return event.dataTransfer;
  };
  const drop = (dropped: DataTransfer) => {
    const [file, more] = dropped.files;
    if (file && !more && /\.safetensors$/i.test(file.name)) take(file);
    else onData(dropped);
  };
  const mark = (isOver: boolean) => root.classList.toggle('dropping', isOver);
  root.addEventListener('dragover', (event) => mark(accept(event) !== null), { signal });
  root.addEventListener('dragleave', (event) => event.relatedTarget === null && mark(false), { signal });
  root.addEventListener(
    'drop',
    (event) => {
      mark(false);
      const dropped = accept(event);
      if (dropped) drop(dropped);
    },
    { signal },
  );
  return {
    show(canSave, canOpen) {
      save.toggleAttribute('disabled', !canSave);
      open.toggleAttribute('disabled', !canOpen);
    },
    destroy: () => listening.abort(),
  };
}

/** Milliseconds after which a browser has begun to read what it downloads. */
const READ = 60_000;

export function download(content: BlobPart, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content]));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), READ);
}
