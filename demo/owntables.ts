// Tables that somebody chose → data sets: which column has the labels, and which tables are pictures. All other columns get
// mean 0 and variance 1. The page's worker alone needs this.
import { DataError, type Dataset, data } from '../src/index.ts';
import { type Found, type NamedFile, parted } from './ownparts.ts';

/** Names of the column of labels; points have a y beside their class. */
const LABELS = ['label', 'labels', 'class', 'target', 'y'];
/** Letters of a first line. */
const LONGEST = 2 ** 20;

export async function readTables(files: readonly NamedFile[]): Promise<Found> {
  const [train, test] = parted(files);
  if (train.length > 1 || test.length > 1)
    throw new DataError(
      'These are several tables; take one to train on and, if there is one, one with “test” in its name.',
    );
  const [first, second] = [train[0] && (await readTable(train[0].file)), test[0] && (await readTable(test[0].file))];
  if (!first) throw new DataError('There is no table to train on.');
  const scaled = (set: Dataset) => withScale(set, first);
  return { train: scaled(first), ...(second && { test: scaled(second) }), ...standardized(first, second) };
}

/** Levels of pictures end at 255, 16 or 1: the largest of `train` is worth 1. */
function withScale(set: Dataset, train: Dataset): Dataset {
  if (!(set.x instanceof Uint8Array) || !(train.x instanceof Uint8Array)) return set;
  return { ...set, scale: Math.fround(1 / (train.x.reduce((a, b) => Math.max(a, b), 0) || 1)) } as Dataset;
}

/** Its head, as text, with the first line. */
async function headOf(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const stream = isPacked ? file.stream().pipeThrough(new DecompressionStream('gzip')) : file.stream();
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let head = '';
  try {
    while (head.length < LONGEST && !head.includes('\n')) {
      const { value, done } = await reader.read();
      if (done) break;
      head += decoder.decode(value, { stream: true });
    }
  } catch {} // what is damaged is told when all of it is read
  reader.cancel().catch(() => undefined);
  return head;
}

async function readTable(file: File): Promise<Dataset> {
  const line = (await headOf(file)).split(/\r?\n/)[0] ?? '';
  const separator = [',', ';', '\t'].find((mark) => line.includes(mark)) ?? ',';
  const cells = line.split(separator);
  const names = cells.map((cell) => cell.replace(/^\s*"?|"?\s*$/g, '').toLowerCase());
  const named = LABELS.map((name) => names.indexOf(name)).find((index) => index >= 0) ?? -1;
  const options = { label: named < 0 ? -1 : named, separator, name: file.name };
  const side = Math.sqrt(cells.length - 1);
  if (line && cells.length === 1)
    throw new DataError(
      `${file.name} has one column; a table needs one of labels and others to learn from, with commas, semicolons or tabs between.`,
    );
  try {
    if (Number.isInteger(side) && side >= 8)
      try {
        return await data.fromCsv(file, { ...options, shape: [side, side, 1], scale: 1 / 255 });
      } catch {} // no pictures: columns like any others
    return await data.fromCsv(file, options);
  } catch (error) {
    const from = named < 0 ? 'the last column, since none is called label or class' : `column ${cells[named]}`;
    // What a program would do about it is of no use here.
    const what = (error instanceof Error ? error.message : String(error)).replace(
      / Repair or drop the line; if .*$/,
      '',
    );
    throw new DataError(
      `${what} All cells must be numbers, with a point for decimals; labels, whole numbers from 0 in place of names, are read from ${from}.`,
      { cause: error },
    );
  }
}

/** By the columns of the first. */
function standardized(train: Dataset, test: Dataset | undefined): Found | null {
  if (train.scale !== undefined || (test && test.shape.join() !== train.shape.join())) return null;
  const { mean, std } = data.meanAndStd(train);
  const change = (set: Dataset): Dataset => {
    const x = data.toFloats(set).x.map((value, index) => {
      const column = index % mean.length;
      return (value - (mean[column] ?? 0)) / (std[column] ?? 1);
    });
    return data.dataset({ name: set.name, shape: set.shape, x, y: set.y, classes: set.classes ?? 1 });
  };
  return { train: change(train), ...(test && { test: change(test) }) };
}
