// The command line of `npm run train`, and what it means.
import { parseArgs } from 'node:util';
import { ArgumentError, nn, optim, type Rectifier, type RectifierName, rectifiers } from '../../src/index.ts';
import { DATA, imageModel, NETWORKS, optionsOf, widthsOf } from './models.ts';

const OPTIMIZERS = {
  sgd: ({ momentum, ...rates }: Rates) => optim.sgd({ momentum, ...common(rates) }),
  adam: (rates: Rates) => optim.adam(common(rates)),
  adamw: (rates: Rates) => optim.adamw(common(rates)),
};

const SHARES: readonly nn.Share[] = ['layer', 'channel', 'element'];
/** Weights that start as zeros never learn. */
const INITS = nn.initNames.filter((name) => name !== 'zeros');

interface Rates {
  readonly lr: number;
  readonly momentum: number;
  readonly weightDecay: number;
  /** Of the rectifiers' parameters. */
  readonly decaySlopes: number;
  /** 0 for no limit. */
  readonly clipNorm: number;
}

export interface Options extends Rates {
  readonly data: keyof typeof DATA;
  readonly model: string;
  readonly rectifier: RectifierName;
  readonly share: nn.Share;
  /** Of the rectifier's parameters: values that are not the registered ones, and which are learned if not the usual. */
  readonly param: Readonly<Record<string, number>>;
  readonly learn: readonly string[] | undefined;
  readonly optimizer: keyof typeof OPTIMIZERS;
  readonly batch: number;
  readonly epochs: number;
  readonly pretrain: number;
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
    `widths from input to output, where 64-128x29-10 repeats 128 (default 64-128-64-10, for 2-D data 2-32-32-classes); of images ${NETWORKS}`,
  ],
  rectifier: ['prelu', Object.keys(rectifiers).join(' | ')],
  share: ['', `${SHARES.join(' | ')} (default: the rectifier's own, channel for most)`],
  optimizer: ['adam', Object.keys(OPTIMIZERS).join(' | ')],
  lr: ['0.001', 'learning rate'],
  momentum: ['0', 'of sgd'],
  'weight-decay': ['0', 'of weights; biases are never decayed'],
  'decay-slopes': ['0', "of the rectifiers' parameters; He et al. 2015 advise against it: it pulls slopes to 0"],
  'clip-norm': ['0', 'the norm of all gradients together is kept below it; 0 for no limit'],
  pretrain: ['0', 'steps in which each layer first learns alone to keep its input'],
  batch: ['64', 'samples of a step'],
  epochs: ['20', ''],
  init: ['auto', INITS.join(' | ')],
  seed: ['0', 'of the weights, the order of samples, and what steps draw'],
} as const;

/** Those that may be given several times. */
const LISTS = {
  param: ['NAME=VALUE', "a rectifier's parameter starts from this value, or has it where it is not learned"],
  learn: ['NAME', 'these parameters are learned, and no others'],
} as const;

export const USAGE = [
  'npm run train -- [options]',
  ...Object.entries(TABLE).map(([name, [value, text]]) =>
    `  --${name.padEnd(13)} ${value.padEnd(8)} ${text}`.trimEnd(),
  ),
  ...Object.entries(LISTS).map(([name, [value, text]]) => `  --${`${name} ${value}`.padEnd(22)} ${text}; repeatable`),
  '  --json                   end with one line of JSON',
  '  --list                   the rectifiers, as a table',
  '  --help',
].join('\n');

function parse(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const list = { type: 'string', multiple: true } as const;
  const texts = Object.fromEntries(
    Object.entries(TABLE).map(([name, [value]]) => [name, { type: 'string', default: value }]),
  ) as Record<keyof typeof TABLE, { type: 'string'; default: string }>;
  const options = { ...texts, json: flag, help: flag, list: flag, param: list, learn: list };
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new ArgumentError(error instanceof Error ? error.message : String(error));
  }
}

/** Throws ArgumentError for what is not understood. */
export function parseOptions(args: readonly string[]): Request {
  const { param: given = [], learn, ...values } = parse(args);
  if (values.help) return 'help';
  if (values.list) return 'list';
  const text = (name: keyof typeof TABLE) => values[name];
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
  if (text('model') && !imageModel(text('model'))) widthsOf(text('model'));
  const set = oneOf('data', Object.keys(DATA) as Options['data'][]);
  const rectifier = oneOf('rectifier', Object.keys(rectifiers) as RectifierName[]);
  const entry: Rectifier = rectifiers[rectifier];
  const share = text('share') ? oneOf('share', SHARES) : (entry.share ?? 'channel');
  const param = Object.fromEntries(given.map(readParameter));
  // Refuses what does not fit, before anything is loaded.
  nn.rectifier(rectifier, optionsOf({ share, param, learn }));
  return {
    data: set,
    model:
      text('model') || { digits: '64-128-64-10', glyphs: 'lenet5', spiral: '2-32-32-3' }[set as string] || '2-32-32-2',
    rectifier,
    share,
    param,
    learn,
    optimizer: oneOf('optimizer', Object.keys(OPTIMIZERS) as Options['optimizer'][]),
    lr: number('lr', 0, false),
    momentum: number('momentum', 0, false),
    weightDecay: number('weight-decay', 0, false),
    decaySlopes: number('decay-slopes', 0, false),
    clipNorm: number('clip-norm', 0, false),
    pretrain: number('pretrain', 0, true),
    batch: number('batch', 1, true),
    epochs: number('epochs', 1, true),
    init: oneOf('init', INITS),
    seed: number('seed', 0, true),
    json: values.json === true,
  };
}

/** `a=0.25` → ['a', 0.25]. */
function readParameter(text: string): readonly [string, number] {
  const [, name, value] = /^(\w+)=(\S+)$/.exec(text) ?? [];
  if (!name || !Number.isFinite(Number(value)))
    throw new ArgumentError(`--param ${text}: must be a name and a number, such as a=0.25`);
  return [name, Number(value)];
}

/** Both decays are multiples of one: the greater. */
function common({ lr, weightDecay, decaySlopes, clipNorm }: Omit<Rates, 'momentum'>) {
  const decay = Math.max(weightDecay, decaySlopes);
  const share = (value: number) => ({ decay: decay > 0 ? value / decay : 0 });
  return {
    lr,
    weightDecay: decay,
    groups: { weight: share(weightDecay), rectifier: share(decaySlopes) },
    ...(clipNorm > 0 && { clipNorm }),
  };
}

export function buildOptimizer(options: Options) {
  return OPTIMIZERS[options.optimizer](options);
}
