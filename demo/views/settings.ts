// The form, made from the table of properties: what is wrong with a field stands below it, and changes nothing.
import type { Property } from '../property.ts';
import { type Key, keys, properties, type State, textOf, withText } from '../state.ts';

export interface SettingsOptions {
  /** A field was changed to something valid. */
  readonly onChange: (state: State, key: Key) => void;
  /** Enter, or the button, while all fields are valid. */
  readonly onSubmit: () => void;
}

export interface Settings {
  readonly show: (state: State, problems?: ReadonlyMap<Key, string>) => void;
  /** Whether all fields are valid; the keyboard goes to the first that is not. */
  readonly check: () => boolean;
  /** A better line below a field than the table's. */
  readonly note: (key: Key, text: string) => void;
  /** The row of a field, for what belongs below it. */
  readonly place: (key: Key) => HTMLElement;
}

interface Field {
  readonly row: HTMLElement;
  readonly input: HTMLInputElement | HTMLSelectElement;
  readonly note: HTMLElement;
}

/** Fills `host`, the place of the fields in `form`. */
export function createSettings(
  form: HTMLFormElement,
  host: HTMLElement,
  { onChange, onSubmit }: SettingsOptions,
): Settings {
  let state: State;
  const fields = new Map<Key, Field>();
  /** By `note`, until the field's value is another. */
  const given = new Map<Key, string>();
  const groups = new Map<string, HTMLFieldSetElement>();
  for (const key of keys) {
    const property = properties[key];
    const group = groups.get(property.group) ?? createGroup(property.group);
    groups.set(property.group, group);
    const field = createField(key, property);
    fields.set(key, field);
    group.append(field.row);
    const { input } = field;
    const check = () => {
      const read = withText(state, key, input.value);
      if ('problem' in read) mark(key, state, read.problem);
      else mark(key, read.state);
      return read;
    };
    input.addEventListener('input', check);
    input.addEventListener('change', () => {
      const read = check();
      if ('problem' in read || textOf(read.state, key) === textOf(state, key)) return;
      state = read.state;
      given.delete(key);
      for (const other of keys) if (isHidden(other)) write(other);
      for (const other of keys) if (!isWrong(other)) mark(other, state);
      onChange(state, key);
    });
  }
  host.replaceChildren(...groups.values());

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (check()) onSubmit();
  });

  function check(): boolean {
    const wrong = keys.find((key) => 'problem' in withText(state, key, fields.get(key)?.input.value ?? ''));
    if (wrong) fields.get(wrong)?.input.focus();
    return !wrong;
  }

  const isWrong = (key: Key) => fields.get(key)?.input.getAttribute('aria-invalid') === 'true';

  const isHidden = (key: Key) => properties[key].applies?.(state) === false;

  function write(key: Key): void {
    const field = fields.get(key);
    if (!field) return;
    field.input.value = textOf(state, key).replaceAll(',', ', ');
    mark(key, state);
  }

  function mark(key: Key, described: State, problem: string | null = null): void {
    const field = fields.get(key);
    if (!field) return;
    field.row.hidden = isHidden(key);
    field.input.setAttribute('aria-invalid', String(problem !== null));
    field.note.classList.toggle('problem', problem !== null);
    field.note.textContent = problem ?? given.get(key) ?? properties[key].note(described);
  }

  return {
    show(next, problems = new Map()) {
      state = next;
      given.clear();
      for (const key of keys) {
        write(key);
        const [field, note] = [fields.get(key), problems.get(key)];
        if (field && note !== undefined) {
          field.note.textContent = note;
          field.note.classList.add('problem');
        }
      }
    },
    check,
    place: (key) => fields.get(key)?.input.closest<HTMLElement>('.field') ?? host,
    note(key, text) {
      given.set(key, text);
      if (!fields.get(key)?.note.classList.contains('problem')) mark(key, state);
    },
  };
}

function createGroup(name: string): HTMLFieldSetElement {
  const group = document.createElement('fieldset');
  const legend = document.createElement('legend');
  legend.textContent = name;
  group.append(legend);
  return group;
}

function createField(
  key: Key,
  { label: text, options, words }: Pick<Property<unknown>, 'label' | 'options' | 'words'>,
): Field {
  const row = document.createElement('div');
  row.className = 'field';
  const label = document.createElement('label');
  label.textContent = text;
  label.htmlFor = `field-${key}`;
  const input = document.createElement(options ? 'select' : 'input');
  input.id = label.htmlFor;
  input.name = key;
  if (input instanceof HTMLSelectElement)
    input.append(...(options ?? []).map(([name, shown]) => new Option(shown, name)));
  else {
    input.inputMode = words ? 'text' : 'decimal';
    input.autocomplete = 'off';
    input.spellcheck = false;
  }
  const note = document.createElement('p');
  note.id = `note-${key}`;
  note.className = 'note';
  note.setAttribute('aria-live', 'polite');
  input.setAttribute('aria-describedby', note.id);
  row.append(label, input, note);
  return { row, input, note };
}
