// What a trainer is made with, before anything is.
import { ArgumentError } from '../errors.ts';
import { checkKeys, kindOf } from '../options.ts';
import { positive, RING } from './drive.ts';
import type { TrainerOptions } from './trainer.ts';

/** For those who write no TypeScript: throws ArgumentError that names what is missing. */
function checkKinds(model: unknown, options: unknown): void {
  const { data, loss, optimizer } = (options ?? {}) as Partial<Record<keyof TrainerOptions, unknown>>;
  const is = (kind: 'function' | 'object', value: unknown) => typeof value === kind && value !== null;
  for (const [what, value, kind, such] of [
    ['the model', model, 'function', 'a module, such as nn.sequential(...)'],
    ['data', data, 'object', 'a data set, such as (await data.digits()).train'],
    ['loss', loss, 'function', 'a function, such as nn.crossEntropy'],
    ['optimizer', Object(optimizer).clock && optimizer, 'object', 'an optimizer, such as optim.adam({ lr: 0.001 })'],
  ] as const)
    if (!is(kind, value))
      throw new ArgumentError(
        `trainer: ${what} is ${value === null ? 'null' : typeof value}, expected ${such}: engine.trainer(model, { data, batchSize, loss, optimizer })`,
      );
}

/** For those who write no TypeScript: throws ArgumentError for what is on its way to a data set, but is none. */
export function checkData(call: string, data: unknown): void {
  const given = Object(data) as Readonly<Record<string, unknown>>;
  const cure =
    'then' in given
      ? 'a promise: await it'
      : 'train' in given
        ? 'one with a part to train on and one to test with: give its .train or its .test'
        : 'x' in given
          ? ''
          : kindOf(data);
  if (cure) throw new ArgumentError(`${call}: expected a data set, such as (await data.digits()).train, got ${cure}`);
}

/** Throws ArgumentError. */
export function checkOptions(model: unknown, options: TrainerOptions): void {
  checkKinds(model, options);
  checkData('trainer: data', options.data);
  checkKeys('trainer', options, {
    data: 1,
    batchSize: 1,
    loss: 1,
    optimizer: 1,
    shuffle: 1,
    stepsPerSubmit: 1,
    telemetry: 1,
    detectAnomaly: 1,
    onProgress: 1,
    onRecovery: 1,
  });
  const { batchSize, stepsPerSubmit = 1, shuffle = true } = options;
  if (typeof shuffle !== 'boolean')
    throw new ArgumentError(`trainer: shuffle must be true or false, got ${kindOf(shuffle)}`);
  positive('trainer: batchSize', batchSize);
  if (!(Number.isSafeInteger(stepsPerSubmit) && stepsPerSubmit >= 1 && stepsPerSubmit <= RING))
    throw new ArgumentError(`trainer: stepsPerSubmit must be a whole number from 1 to ${RING}, got ${stepsPerSubmit}`);
}
