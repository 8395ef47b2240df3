// Save run and Open run; a file may also be dropped anywhere on the page.

export interface Files {
  readonly show: (canSave: boolean, canOpen: boolean) => void;
  readonly destroy: () => void;
}

export function createFiles(
  root: HTMLElement,
  find: (name: string) => HTMLElement,
  { onSave, onOpen }: { readonly onSave: () => void; readonly onOpen: (file: Blob) => void },
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
  const accept = (event: DragEvent, act: (files: FileList) => void) => {
    if (event.defaultPrevented || !event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    act(event.dataTransfer.files);
  };
  root.addEventListener('dragover', (event) => accept(event, () => undefined), { signal });
  root.addEventListener('drop', (event) => accept(event, ([file]) => take(file)), { signal });
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

export function download(bytes: Uint8Array<ArrayBuffer>, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([bytes]));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), READ);
}
