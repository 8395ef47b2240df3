// Trains from the command line: the same engine in Node, with a progress bar, then a table.
import { ArgumentError, createEngine, nn, type RectifierReport, RectigradError, type Report } from '../../src/index.ts';
import { getAdapter } from '../../test/support/node-gpu.ts';
import { buildModel, loadData } from './models.ts';
import { buildOptimizer, type Options, parseOptions, type Request, USAGE } from './options.ts';
import { rectifierTable } from './table.ts';

/** Returns the exit status: 0, 2 for a wrong command line, 1 for any other failure, 130 when interrupted. */
export async function main(args: readonly string[]): Promise<number> {
  let options: Request;
  try {
    options = parseOptions(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
    return 2;
  }
  if (typeof options === 'string') {
    process.stdout.write(`${options === 'list' ? rectifierTable() : USAGE}\n`);
    return 0;
  }
  try {
    return await train(options);
  } catch (error) {
    if (!(error instanceof RectigradError)) throw error;
    const wrong = error instanceof ArgumentError;
    process.stderr.write(`${error.message}\n${wrong ? `\n${USAGE}\n` : ''}`);
    return wrong ? 2 : 1;
  }
}

async function train(options: Options): Promise<number> {
  const { train: samples, test } = await loadData(options);
  const model = buildModel(options, samples);
  const engine = await createEngine({ adapter: await getAdapter(), seed: options.seed });
  process.stderr.write(`${engine.adapter}\n`);
  const trainer = await engine.trainer(model, {
    data: samples,
    batchSize: options.batch,
    loss: samples.classes === undefined ? nn.mse : nn.crossEntropy,
    optimizer: buildOptimizer(options),
    onProgress: (ready, total) => line(`compiling ${ready}/${total}`),
  });

  let stopped = false;
  const stop = () => {
    stopped = true;
  };
  process.once('SIGINT', stop);
  if (options.pretrain > 0)
    for await (const { weight, step, loss } of trainer.pretrain({ steps: options.pretrain })) {
      line(
        `${bar(step / options.pretrain)} ${weight} alone, step ${step}/${options.pretrain}  loss ${loss.toFixed(4)}`,
      );
      if (stopped) break;
    }
  let last: Report | undefined;
  for await (const report of stopped ? [] : trainer.run({ epochs: options.epochs })) {
    last = report;
    line(
      `${bar(report.epoch / options.epochs)} epoch ${report.epoch}/${options.epochs}  loss ${report.loss.toFixed(4)}`,
    );
    if (stopped) break;
  }
  process.removeListener('SIGINT', stop);
  line('');
  const { accuracy: testAccuracy, loss: testLoss } = await trainer.evaluate(test);
  const rectifiers = await trainer.rectifiers();
  engine.destroy();

  const { data, rectifier, share, optimizer, lr, seed } = options;
  const trainLoss = last?.loss;
  process.stdout.write(
    [
      `${data}, ${options.model}, ${rectifier} (${share}), ${optimizer} ${lr}, seed ${seed}: ${trainer.step} steps${stopped ? ', stopped' : ''}`,
      `train  loss ${trainLoss?.toFixed(4)}  accuracy ${percent(last?.accuracy)}`,
      `test   loss ${testLoss.toFixed(4)}  accuracy ${percent(testAccuracy)}`,
      ...table(rectifiers),
      '',
    ].join('\n'),
  );
  if (options.json) {
    const { json: _, ...asked } = options;
    const result = {
      ...asked,
      adapter: engine.adapter,
      steps: trainer.step,
      trainLoss,
      testAccuracy,
      rectifiers: rectifiers.map(({ layer, params }) => ({
        layer,
        params: Object.fromEntries(Object.entries(params).map(([name, values]) => [name, [...values]])),
      })),
    };
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
  return stopped ? 130 : 0;
}

function table(rectifiers: readonly RectifierReport[]): string[] {
  const rows = rectifiers.flatMap(({ layer, name, params }) =>
    Object.entries(params).map(([key, values]) => {
      const list = [...values];
      const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
      return [
        layer,
        name,
        key,
        list.length,
        mean.toFixed(4),
        Math.min(...list).toFixed(4),
        Math.max(...list).toFixed(4),
      ];
    }),
  );
  if (rows.length === 0) return [];
  return [['layer', 'rectifier', 'parameter', 'values', 'mean', 'least', 'most'], ...rows].map((row) =>
    row.map((cell, index) => (index < 3 ? String(cell).padEnd(11) : String(cell).padStart(9))).join(''),
  );
}

const percent = (share: number | undefined) => (share === undefined ? '-' : `${(100 * share).toFixed(2)} %`);

function bar(share: number): string {
  const full = Math.round(30 * Math.min(share, 1));
  return `[${'='.repeat(full)}${' '.repeat(30 - full)}]`;
}

/** Overwrites the progress line; only where a person watches. */
function line(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
