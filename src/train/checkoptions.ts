// What a trainer is made with, before anything is.
import { ArgumentError } from '../errors.ts';
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
    ['optimizer', optimizer, 'object', 'an optimizer, such as optim.adam({ lr: 0.001 })'],
  ] as const)
    if (!is(kind, value))
      throw new ArgumentError(
        `trainer: ${what} is ${value === null ? 'null' : typeof value}, expected ${such}: engine.trainer(model, { data, batchSize, loss, optimizer })`,
      );
}

/** Throws ArgumentError. */
export function checkOptions(model: unknown, options: TrainerOptions): void {
  checkKinds(model, options);
  const { batchSize, stepsPerSubmit = 1 } = options;
  positive('trainer: batchSize', batchSize);
  if (!(Number.isSafeInteger(stepsPerSubmit) && stepsPerSubmit >= 1 && stepsPerSubmit <= RING))
    throw new ArgumentError(`trainer: stepsPerSubmit must be a whole number from 1 to ${RING}, got ${stepsPerSubmit}`);
}
