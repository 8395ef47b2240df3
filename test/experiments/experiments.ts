// Experiments that rectifier papers report, in miniature. Each prints a table, with progress on the way, and writes it as
// JSON; none is part of the tests.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { autoencoder } from './autoencoder.ts';
import { deep, dprelu, unnormalised } from './deep.ts';
import { deepConvolutions, deepDigits } from './deep-digits.ts';
import { family } from './family.ts';
import { glyphs } from './glyphs.ts';
import { lenet } from './lenet.ts';
import { signal } from './signal.ts';
import { decay, flexible } from './slopes.ts';

/** What an experiment is told, and what it comes to: rows of a table, the first one its head. */
export type Row = readonly (string | number)[];
export interface Setting {
  readonly seeds: number;
  /** A folder of data files, for those that need any. */
  readonly files?: string;
  readonly progress: (text: string) => void;
}
export interface Experiment {
  readonly title: string;
  readonly seeds: number;
  readonly run: (setting: Setting) => Promise<readonly Row[]>;
}

const experiments: Readonly<Record<string, Experiment>> = {
  signal,
  deep,
  'deep-digits': deepDigits,
  'deep-convolutions': deepConvolutions,
  dprelu,
  unnormalised,
  autoencoder,
  decay,
  flexible,
  family,
  glyphs,
  lenet,
};

const OUT = new URL('../../node_modules/.cache/experiments/', import.meta.url);

/** Returns the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { seeds: { type: 'string' }, files: { type: 'string' } },
  });
  const [name = ''] = positionals;
  const experiment = experiments[name];
  const seeds = Number(values.seeds ?? experiment?.seeds);
  if (!experiment || !(Number.isSafeInteger(seeds) && seeds >= 1)) {
    process.stderr.write('npm run experiment -- NAME [--seeds N] [--files FOLDER]\n');
    for (const [key, { title, seeds: usual }] of Object.entries(experiments))
      process.stderr.write(`  ${key.padEnd(14)} ${title} (${usual} seeds)\n`);
    return 2;
  }
  const started = Date.now();
  const rows = await experiment.run({
    seeds,
    ...(values.files !== undefined && { files: values.files }),
    progress: (text) => process.stderr.write(`${((Date.now() - started) / 1000).toFixed(0)} s  ${text}\n`),
  });
  process.stdout.write(`${experiment.title}\n`);
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => String(row[column]).length))) ?? [];
  for (const row of rows)
    process.stdout.write(`${row.map((cell, column) => String(cell).padEnd(widths[column] ?? 0)).join('  ')}\n`);
  mkdirSync(OUT, { recursive: true });
  const file = fileURLToPath(new URL(`${name}.json`, OUT));
  writeFileSync(file, JSON.stringify({ name, title: experiment.title, seeds, rows }, null, 1));
  process.stdout.write(`written to ${file}\n`);
  return 0;
}
