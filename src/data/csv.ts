// Tables as text: numbers in columns, one of them the label, or some of them the targets. No texts as values.
//   Source: Y. Shafranovich, RFC 4180, 2005.
import { ArgumentError } from '../errors.ts';
import { checkKeys } from '../options.ts';
import { classesOf, contentOf, damaged, type FileContent, nameOf } from './content.ts';
import { type Dataset, dataset } from './dataset.ts';

/** What {@link fromCsv} takes beside its text. */
export interface CsvOptions {
  /** The column of labels: its name, or its number from 0 (from the end: -1). Give this or `targets`. */
  readonly label?: string | number;
  /** The columns of regression targets, by name or number. */
  readonly targets?: readonly (string | number)[];
  /** Whether the first line has names. Default: it has if one of its cells is no number. */
  readonly header?: boolean;
  /** One character between the cells. Default `','`. */
  readonly separator?: string;
  /** The number of classes, for labels. Default the largest label + 1. */
  readonly classes?: number;
  /** Of one sample. Default `[columns]`, all but those of `y`. */
  readonly shape?: readonly number[];
  /** Keeps samples, which must be whole numbers 0..255, as bytes worth byte * `scale`. Default: they become f32. */
  readonly scale?: number;
  /** For messages and reports. Default the file's name, or `'csv'`. */
  readonly name?: string;
}

/** The longest text that all browsers can hold. */
const LONGEST = 2 ** 29 - 24;
const NUMBER = /^\s*[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?\s*$/i;

/**
 * A table of numbers as text (UTF-8): a line for each sample, cells quoted or not, lines ended in any way. Empty lines
 * are left out.
 *
 * `x`: all columns but those of `y`, in order, `[count, columns]`. `y`: the labels of column `label`, or the targets,
 * `[count, columns]`: one fits a model that puts out one number, `[batch, 1]`.
 *
 * Throws `DataError`, with line and column, for a cell that is missing or no finite number, for lines of different
 * lengths, a quote without its end and a label out of range; `ArgumentError` for an option out of range, or a column
 * that is not there. Source: RFC 4180.
 */
export async function fromCsv(text: FileContent | string, options: CsvOptions): Promise<Dataset> {
  const known = { label: 1, targets: 1, header: 1, separator: 1, classes: 1, shape: 1, scale: 1, name: 1 };
  checkKeys('fromCsv', options, known);
  const { separator = ',', scale } = options;
  const name = options.name ?? nameOf(text, 'csv');
  if ((options.label === undefined) === (options.targets === undefined))
    throw new ArgumentError(`fromCsv '${name}': give either label or targets: the columns to learn`);
  if (separator.length !== 1 || /["\r\n]/.test(separator))
    throw new ArgumentError(`fromCsv '${name}': separator must be one character, got ${JSON.stringify(separator)}`);
  const lines = rowsOf(typeof text === 'string' ? text : await textOf(text, name), separator, name);

  const x = growing(scale !== undefined);
  const y = growing(false);
  let wanted: ReadonlySet<number> | undefined; // the columns of y
  let width = 0;
  for (const { cells, line } of lines) {
    if (!wanted) {
      width = cells.length;
      const isHeader = options.header ?? cells.some((cell) => !NUMBER.test(cell));
      wanted = columnsOf(options, isHeader ? cells : undefined, width, name);
      if (isHeader) continue;
    }
    if (cells.length !== width)
      throw damaged(
        `${name}, line ${line}`,
        `${cells.length} cells`,
        `${width}, as before`,
        'Repair or drop the line.',
      );
    for (let column = 0; column < width; column += 1) {
      const isTarget = wanted.has(column);
      const value = numberOf(cells[column] ?? '');
      if (
        value === undefined ||
        (!isTarget && scale !== undefined && !(Number.isInteger(value) && value >= 0 && value < 256))
      )
        throw damaged(
          `${name}, line ${line}, column ${column}`,
          JSON.stringify((cells[column] ?? '').slice(0, 40)),
          scale !== undefined && !isTarget ? 'a whole number in 0..255' : 'a finite number',
          'Repair or drop the line; if it is the names of the columns, say header: true.',
        );
      (isTarget ? y : x).push(value);
    }
  }
  if (y.length() === 0) throw damaged(name, 'no line of numbers', 'at least one', 'Give a table with samples.');
  const wide = wanted?.size ?? 0;
  const common = { name, shape: options.shape ?? [width - wide], y: y.values() };
  const targets =
    options.label === undefined ? { targetShape: [wide] } : { classes: options.classes ?? classesOf(common.y, name) };
  const values = x.values();
  return values instanceof Uint8Array && scale !== undefined
    ? dataset({ ...common, ...targets, x: values, scale })
    : dataset({ ...common, ...targets, x: values });
}

async function textOf(content: FileContent, name: string): Promise<string> {
  const bytes = await contentOf(content, name);
  if (bytes.length > LONGEST) throw damaged(name, `${bytes.length} bytes`, `at most ${LONGEST}`, 'Load it in parts.');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw damaged(name, 'bytes that are no text', 'UTF-8', 'Save the table as text (CSV UTF-8).');
  }
}

interface Row {
  readonly cells: readonly string[];
  /** Its first, counted from 1. */
  readonly line: number;
}

function* rowsOf(text: string, separator: string, name: string): Generator<Row> {
  const ends = (code: number) => code === 10 || code === 13 || code === separator.charCodeAt(0);
  let at = text.startsWith('\ufeff') ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    const cells: string[] = [];
    const first = line;
    for (let more = true; more; ) {
      let cell = '';
      if (text[at] === '"') {
        do {
          const close = text.indexOf('"', at + 1);
          if (close < 0) throw damaged(`${name}, line ${first}`, 'a quote without its end', 'both', 'Close the quote.');
          const part = text.slice(at + 1, close);
          line += part.split('\n').length - 1;
          at = close + 1;
          cell += text[at] === '"' ? `${part}"` : part;
        } while (text[at] === '"');
      } else {
        const begin = at;
        while (at < text.length && !ends(text.charCodeAt(at))) at += 1;
        cell = text.slice(begin, at);
      }
      cells.push(cell);
      more = text[at] === separator;
      if (more || text[at] === '\n') at += 1;
      else if (text[at] === '\r') at += text[at + 1] === '\n' ? 2 : 1;
      else if (at < text.length)
        throw damaged(`${name}, line ${first}`, 'text after a quoted cell', 'a separator', 'Quote all of the cell.');
    }
    line += 1;
    if (cells.length > 1 || cells[0]?.trim()) yield { cells, line: first };
  }
}

function numberOf(cell: string): number | undefined {
  const value = NUMBER.test(cell) ? Number(cell) : Number.NaN;
  return Number.isFinite(Math.fround(value)) ? value : undefined;
}

function columnsOf(
  { label, targets = [] }: CsvOptions,
  names: readonly string[] | undefined,
  width: number,
  name: string,
): ReadonlySet<number> {
  const columns = (label === undefined ? targets : [label]).map((column) => {
    const index = typeof column === 'string' ? (names?.map((text) => text.trim()).indexOf(column) ?? -1) : column;
    const found = typeof column === 'number' && index < 0 ? width + index : index;
    if (Number.isInteger(found) && found >= 0 && found < width) return found;
    const list = names ? `columns ${names.slice(0, 20).join(', ').slice(0, 400)}` : `${width} columns without names`;
    throw new ArgumentError(`fromCsv '${name}': there is no column ${column}; the table has ${list}`);
  });
  const set = new Set(columns);
  if (set.size !== columns.length || set.size === 0 || set.size >= width)
    throw new ArgumentError(
      `fromCsv '${name}': got ${columns.length} columns to learn of ${width}, expected some, each once, and others to learn from`,
    );
  return set;
}

/** Numbers whose count is not known before. */
function growing(asBytes: boolean) {
  let all = asBytes ? new Uint8Array(1024) : new Float32Array(1024);
  let length = 0;
  return {
    length: () => length,
    push(value: number) {
      if (length === all.length) {
        const larger = asBytes ? new Uint8Array(2 * length) : new Float32Array(2 * length);
        larger.set(all);
        all = larger;
      }
      all[length++] = value;
    },
    values: () => all.slice(0, length),
  };
}
