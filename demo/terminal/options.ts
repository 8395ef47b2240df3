// The command line of `npm run train`, and what it means.
import { parseArgs } from 'node:util';
import { ArgumentError, data, nn, optim, type RectifierName, rectifiers } from '../../src/index.ts';

const DATA = { digits: data.digits, spiral: data.spiral, circles: data.circles, moons: data.moons, xor: data.xor };

const OPTIMIZERS = {
  sgd: ({ lr, momentum, weightDecay }: Rates) => optim.sgd({ lr, momentum, weightDecay }),
  adam: ({ lr, weightDecay }: Rates) => optim.adam({ lr, weightDecay }),
  adamw: ({ lr, weightDecay }: Rates) => optim.adamw({ lr, weightDecay }),
};

const SHARES: readonly nn.Share[] = ['layer', 'channel', 'element'];
const INITS: readonly nn.InitName[] = ['auto', 'he', 'he_fan_out', 'xavier'];

interface Rates {
  readonly lr: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

export interface Options extends Rates {
  readonly data: keyof typeof DATA;
  readonly model: string;
  readonly rectifier: RectifierName;
  readonly share: nn.Share;
  readonly optimizer: keyof typeof OPTIMIZERS;
  readonly batch: number;
  readonly epochs: number;
  readonly init: nn.InitName;
  readonly seed: number;
  readonly json: boolean;
}

/** What the command line asks for. */
export type Request = 'help' | 'list' | Options;

/** Option → its default and what it takes, for the usage text. */
const TABLE = {
  data: ['digits', Object.keys(DATA).join(' | ')],
  model: [
    '',
    'widths from input to output; 64-128x29-10 repeats 128 (default 64-128-64-10, for 2-D data 2-32-32-classes)',
  ],
  rectifier: ['prelu', Object.keys(rectifiers).join(' | ')],
  share: ['channel', SHARES.join(' | ')],
  optimizer: ['adam', Object.keys(OPTIMIZERS).join(' | ')],
  lr: ['0.001', 'learning rate'],
  momentum: ['0', 'of sgd'],
  'weight-decay': ['0', 'of weights; biases and slopes are never decayed'],
  batch: ['64', 'samples of a step'],
  epochs: ['20', ''],
  init: ['auto', INITS.join(' | ')],
  seed: ['0', 'of the weights and the order of samples'],
} as const;

export const USAGE = [
  'npm run train -- [options]',
  ...Object.entries(TABLE).map(([name, [value, text]]) =>
    `  --${name.padEnd(13)} ${value.padEnd(8)} ${text}`.trimEnd(),
  ),
  '  --json                   end with one line of JSON',
  '  --list                   the rectifiers, as a table',
  '  --help',
].join('\n');

/** Throws ArgumentError for what is not understood. */
export function parseOptions(args: readonly string[]): Request {
  const flag = { type: 'boolean', default: false } as const;
  const flags = { json: flag, help: flag, list: flag };
  const texts = Object.fromEntries(
    Object.entries(TABLE).map(([name, [value]]) => [name, { type: 'string', default: value } as const]),
  );
  let values: Readonly<Record<string, string | boolean | undefined>>;
  try {
    values = parseArgs({ args: [...args], options: { ...texts, ...flags }, strict: true }).values;
  } catch (error) {
    throw new ArgumentError(error instanceof Error ? error.message : String(error));
  }
  if (values.help) return 'help';
  if (values.list) return 'list';
  const text = (name: keyof typeof TABLE) => String(values[name]);
  const oneOf = <T extends string>(name: keyof typeof TABLE, list: readonly T[]): T => {
    const found = list.find((item) => item === text(name));
    if (!found) throw new ArgumentError(`--${name} ${text(name)}: must be one of ${list.join(', ')}`);
    return found;
  };
  const number = (name: keyof typeof TABLE, least: number, whole: boolean): number => {
    const value = Number(text(name));
    if (text(name).trim() === '' || !Number.isFinite(value) || value < least || (whole && !Number.isSafeInteger(value)))
      throw new ArgumentError(`--${name} ${text(name)}: must be a ${whole ? 'whole ' : ''}number of at least ${least}`);
    return value;
  };
  if (text('model')) widthsOf(text('model'));
  const set = oneOf('data', Object.keys(DATA) as Options['data'][]);
  return {
    data: set,
    model: text('model') || { digits: '64-128-64-10', spiral: '2-32-32-3' }[set as string] || '2-32-32-2',
    rectifier: oneOf('rectifier', Object.keys(rectifiers) as RectifierName[]),
    share: oneOf('share', SHARES),
    optimizer: oneOf('optimizer', Object.keys(OPTIMIZERS) as Options['optimizer'][]),
    lr: number('lr', 0, false),
    momentum: number('momentum', 0, false),
    weightDecay: number('weight-decay', 0, false),
    batch: number('batch', 1, true),
    epochs: number('epochs', 1, true),
    init: oneOf('init', INITS),
    seed: number('seed', 0, true),
    json: values.json === true,
  };
}

/** `64-128x29-10` → [64, 128, 128, ..., 10]. Throws ArgumentError. */
export function widthsOf(model: string): readonly number[] {
  const widths = model.split('-').flatMap((part) => {
    const match = /^(\d+)(?:x(\d+))?$/.exec(part);
    if (!match)
      throw new ArgumentError(
        `--model ${model}: '${part}' is not a width; write widths such as 64-128-64-10 or 64-128x29-10`,
      );
    const repeats = Number(match[2] ?? 1);
    if (repeats > 1000) throw new ArgumentError(`--model ${model}: '${part}' asks for more than 1000 layers`);
    return Array.from({ length: repeats }, () => Number(match[1]));
  });
  if (widths.length < 2 || widths.includes(0))
    throw new ArgumentError(`--model ${model}: needs at least two widths, each at least 1`);
  return widths;
}

export async function loadData(options: Options) {
  return DATA[options.data]();
}

/** Linear layers with a rectifier between them. */
export function buildModel({ model, rectifier, share, init }: Options): nn.Module {
  const widths = widthsOf(model);
  return nn.sequential(
    ...widths.slice(1).flatMap((width, index) => {
      const layer = nn.linear(widths[index] ?? 1, width, { init });
      return index < widths.length - 2 ? [layer, nn.rectifier(rectifier, { share })] : [layer];
    }),
  );
}

export function buildOptimizer(options: Options) {
  return OPTIMIZERS[options.optimizer](options);
}
