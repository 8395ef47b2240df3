// What one property of the page's state is: its field, and how it is read and written. Which there are is in demo/state.ts.
import type { State } from './state.ts';

export type Read<T> = { readonly value: T } | { readonly problem: string };

export interface Property<T> {
  readonly group: 'Data' | 'Network' | 'Training';
  readonly label: string;
  readonly initial: T;
  /** Names and labels, of a choice. */
  readonly options?: readonly (readonly [name: string, label: string])[];
  /** Left out: always. What does not apply keeps its value, and its field is hidden. */
  readonly applies?: (state: State) => boolean;
  /** Is written in words, not as a number. */
  readonly words?: boolean;
  /** Takes effect while training goes on; all others start a new run. */
  readonly live?: boolean;
  read(text: string): Read<T>;
  write(value: T): string;
  /** The line below the field. */
  note(state: State): string;
}

const MAX_LAYERS = 32;
const MAX_WIDTH = 256;

/** For a table whose names are their own labels. */
export function named(table: Readonly<Record<string, unknown>>): Readonly<Record<string, { readonly label: string }>> {
  return Object.fromEntries(Object.keys(table).map((name) => [name, { label: name }]));
}

export function choice<N extends string>(
  group: Property<N>['group'],
  label: string,
  table: Readonly<Record<string, { readonly label: string }>>,
  initial: N,
  note: Property<N>['note'],
): Property<N> {
  return {
    group,
    label,
    initial,
    options: Object.entries(table).map(([name, option]) => [name, option.label]),
    read: (text) =>
      Object.hasOwn(table, text)
        ? { value: text as N }
        : { problem: `“${text}” is none of ${Object.keys(table).join(', ')}` },
    write: (name) => name,
    note,
  };
}

export function whole(
  group: Property<number>['group'],
  label: string,
  initial: number,
  low: number,
  high: number,
  note: Property<number>['note'],
): Property<number> {
  return {
    group,
    label,
    initial,
    read: (text) => readWhole(text, low, high),
    write: String,
    note,
  };
}

export function decimal(
  group: Property<number>['group'],
  label: string,
  initial: number,
  { test, range }: { readonly test: (value: number) => boolean; readonly range: string },
  note: Property<number>['note'],
  rest: Pick<Property<number>, 'live' | 'applies'> = {},
): Property<number> {
  return {
    group,
    label,
    initial,
    read(text) {
      const value = readNumber(text);
      return test(value) ? { value } : { problem: `“${text}” is not a number ${range}` };
    },
    write: String,
    note,
    ...rest,
  };
}

function readWhole(text: string, low: number, high: number): Read<number> {
  const value = /^\s*\d+\s*$/.test(text) ? Number(text) : Number.NaN;
  return value >= low && value <= high
    ? { value }
    : { problem: `“${text}” is not a whole number from ${low} to ${high}` };
}

/** NaN for what is none. */
const readNumber = (text: string) => (/^\s*(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : Number.NaN);

/** Three equal widths or more in a row are written as `64x3`. */
export function writeWidths(widths: readonly number[]): string {
  const runs: [width: number, count: number][] = [];
  for (const width of widths) {
    const last = runs.at(-1);
    if (last?.[0] === width) last[1] += 1;
    else runs.push([width, 1]);
  }
  return runs
    .map(([width, count]) => (count > 2 ? `${width}x${count}` : Array<number>(count).fill(width).join(',')))
    .join(',');
}

export function readWidths(written: string): Read<readonly number[]> {
  const text = written.replace(/(\d+)\s*[x×]\s*(\d{1,2})(?=\s*(,|$))/g, (_, width: string, count: string) =>
    Array<string>(Number(count)).fill(width).join(','),
  );
  const parts = text.split(',').map((part) => readWhole(part, 1, MAX_WIDTH));
  const value = parts.flatMap((part) => ('value' in part ? [part.value] : []));
  if (value.length === parts.length && value.length <= MAX_LAYERS) return { value };
  const bad = text.split(',').find((_, index) => 'problem' in (parts[index] ?? {}));
  return {
    problem:
      bad === undefined
        ? `${parts.length} layers are too many; up to ${MAX_LAYERS}, such as 128, 64`
        : `“${bad.trim()}” is not a width from 1 to ${MAX_WIDTH}; such as 128, 64, or 64x29 for 29 layers`,
  };
}

/** Of a table, with gaps: `relu, , gelu`. */
export function readNames<N extends string>(
  text: string,
  table: Readonly<Record<N, unknown>>,
): Read<readonly (N | '')[]> {
  const names = text
    .replace(/[\s,]+$/, '')
    .split(',')
    .map((name) => name.trim());
  const bad = names.find((name) => name !== '' && !Object.hasOwn(table, name));
  if (bad !== undefined) return { problem: `“${bad}” is none of ${Object.keys(table).join(', ')}` };
  if (names.length > MAX_LAYERS) return { problem: `${names.length} names are too many; up to ${MAX_LAYERS}` };
  return { value: names.at(-1) === '' ? [] : (names as (N | '')[]) };
}
