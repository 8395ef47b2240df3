// A rectifier to write: its parameters, its WGSL, and what the device says of both before it is used.
import './editor.css';
import { example, explain, parseOwn, placeOf } from '../own.ts';
import type { Service } from '../service.ts';
import { element } from './elements.ts';
import { verdict } from './verdict.ts';

export interface Editor {
  /** Opens with the text of a link, or with what was written here last. */
  readonly open: (own?: string) => void;
  readonly destroy: () => void;
}

interface EditorOptions {
  readonly service: () => Pick<Service, 'check'>;
  /** It compiles, and its gradients are right, or somebody wants it all the same. */
  readonly onUse: (own: string) => void;
}

/** Adds its dialog to `host`. */
export function createEditor(host: HTMLElement, { service, onUse }: EditorOptions): Editor {
  const title = element('h2', '', 'Your own rectifier');
  title.id = 'editor-title';
  const close = button('Close', () => dialog.close());
  const parameters = element('input');
  const code = element('textarea');
  for (const field of [parameters, code]) {
    field.spellcheck = false;
    field.setAttribute('autocapitalize', 'off');
    field.addEventListener('input', () => say(''));
  }
  code.rows = 17;
  code.wrap = 'off';
  const use = button('Use it', () => void check());
  use.className = 'primary';
  const anyway = button('Use it all the same', take);
  const goTo = button('Go there', () => mark());
  const said = element('p', 'said');
  said.setAttribute('role', 'status');
  const dialog = element(
    'dialog',
    'editor',
    element('header', '', title, close),
    ...labelled(parameters, 'Learned parameters', 'Up to four, with the values that they start from: a = 0.25, b = 1'),
    ...labelled(
      code,
      'WGSL',
      'forward(x, p), dx and dp, by x and by p; p.x to p.w are the parameters in order. Tab indents; Escape, then Tab, leaves.',
    ),
    said,
    element('div', 'asked', use, anyway, goTo),
  );
  dialog.setAttribute('aria-labelledby', title.id);
  host.append(dialog);
  /** What is said is said of this text. */
  let turn = 0;
  let leaving = false;

  const text = () => `${parameters.value.replaceAll('\n', ' ')}\n${code.value}`;

  function say(sentence: string, { wrong = false, place = false } = {}): void {
    turn += 1;
    said.textContent = sentence;
    said.classList.toggle('problem', sentence !== '' && (wrong || place));
    anyway.hidden = !wrong;
    goTo.hidden = !place;
    use.disabled = false;
  }

  async function check(): Promise<void> {
    say('Compiling, and comparing its gradients with differences of forward …');
    const own = turn;
    use.disabled = true;
    try {
      parseOwn(text());
      const found = await service().check({ rectifier: 'custom', own: text() });
      if (own !== turn) return;
      if (found.ok) take();
      else say(verdict(found), { wrong: true });
    } catch (error) {
      if (own !== turn) return;
      const message = error instanceof Error ? error.message : String(error);
      say(explain(message), { place: true });
      place = placeOf(message);
      goTo.hidden = place === null;
    }
  }

  let place: ReturnType<typeof placeOf> = null;
  function mark(): void {
    if (!place) return;
    const before = code.value.split('\n').slice(0, place.line - 1);
    const start = before.reduce((sum, line) => sum + line.length + 1, 0) + place.column - 1;
    code.focus();
    code.setSelectionRange(start, start + (/^\w*/.exec(code.value.slice(start))?.[0].length ?? 0));
  }

  function take(): void {
    const own = text();
    dialog.close();
    onUse(own);
  }

  code.addEventListener('keydown', (event) => {
    const { key } = event;
    const leaves = leaving;
    leaving = false;
    if (key === 'Escape' && !leaves) leaving = true;
    else if (key === 'Tab' && !event.shiftKey && !leaves)
      code.setRangeText('  ', code.selectionStart, code.selectionEnd, 'end');
    else return;
    event.preventDefault();
  });

  function fill(own: string): void {
    const end = own.includes('\n') ? own.indexOf('\n') : own.length;
    parameters.value = own.slice(0, end);
    code.value = own.slice(end + 1);
  }

  fill(example);
  return {
    open(own) {
      if (own !== undefined) fill(own);
      say('');
      dialog.showModal();
      code.focus();
      code.setSelectionRange(0, 0);
    },
    destroy: () => dialog.remove(),
  };
}

function labelled(field: HTMLInputElement | HTMLTextAreaElement, name: string, hint: string): HTMLElement[] {
  field.id = `editor-${name.toLowerCase().replaceAll(' ', '-')}`;
  const label = element('label', '', name);
  label.htmlFor = field.id;
  const note = element('p', 'facts', hint);
  note.id = `${field.id}-note`;
  field.setAttribute('aria-describedby', note.id);
  return [label, field, note];
}

function button(text: string, onClick: () => void): HTMLButtonElement {
  const made = element('button', '', text);
  made.type = 'button';
  made.addEventListener('click', onClick);
  return made;
}
