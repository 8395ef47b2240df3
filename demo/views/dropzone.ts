// Where one puts files of one's own: chosen by buttons, or dropped, folders too. It reads none of them.
import './dropzone.css';
import type { NamedFile } from '../ownparts.ts';
import { element } from './elements.ts';

export interface DropZone {
  readonly show: (isShown: boolean) => void;
  /** What is read, or was; it is said, too. How far it is, is past. */
  readonly say: (text: string) => void;
  /** How far the reading is; too often to be said. */
  readonly progress: (text: string) => void;
}

const HELP =
  'IDX images and labels, .npz, .csv, CIFAR’s .bin, or pictures in a folder for each class. What is called “test” is for testing; else a sixth is held out.';

/** Stands below `field`. */
export function createDropZone(field: HTMLElement, onFiles: (files: readonly NamedFile[]) => void): DropZone {
  const chooser = (name: string, isFolder: boolean) => {
    const input = element('input');
    Object.assign(input, { type: 'file', multiple: true, hidden: true, webkitdirectory: isFolder, ariaLabel: name });
    const button = element('button', '', name);
    button.type = 'button';
    button.addEventListener('click', () => input.click());
    input.addEventListener('change', () => {
      const files = Array.from(input.files ?? [], (file) => ({ path: file.webkitRelativePath || file.name, file }));
      // The same ones may be chosen again.
      input.value = '';
      if (files.length > 0) onFiles(files);
    });
    return [button, input];
  };
  const said = element('p', 'zone-said');
  said.setAttribute('role', 'status');
  const going = element('p', 'zone-said');
  const root = element(
    'div',
    'dropzone',
    element('p', '', 'Drop files or a folder on the page, or'),
    element('div', 'zone-buttons', ...chooser('Choose files', false), ...chooser('Choose a folder', true)),
    element('p', 'zone-help', HELP),
    said,
    going,
  );
  root.setAttribute('role', 'group');
  root.ariaLabel = 'Your files';
  root.hidden = true;
  field.after(root);
  return {
    show(isShown) {
      root.hidden = !isShown;
    },
    say(text) {
      said.textContent = text;
      going.textContent = '';
    },
    progress(text) {
      going.textContent = text;
    },
  };
}

/** All that was dropped, folders by what lies in them. To be called while it is dropped: its items are gone after that. */
export async function filesOf(dropped: DataTransfer): Promise<readonly NamedFile[]> {
  const plain = Array.from(dropped.files, (file) => ({ path: file.name, file }));
  const entries = Array.from(dropped.items, (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return plain;
  return (await Promise.all(entries.map((entry) => inside(entry, '')))).flat();
}

async function inside(entry: FileSystemEntry, folder: string): Promise<NamedFile[]> {
  const path = `${folder}${entry.name}`;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ path, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: NamedFile[] = [];
  // A folder is told in parts; none is left when a part is empty.
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (part.length === 0) return found;
    found.push(...(await Promise.all(part.map((each) => inside(each, `${path}/`)))).flat());
  }
}
