// Options as those give them who write no TypeScript: what is misspelt, or no object, is told, not left out in silence.
import { expect, it } from 'vitest';
import { checkKeys } from '../src/options.ts';

interface Options {
  readonly lr?: number;
  readonly decay?: number;
}
const check = (options: unknown) => checkKeys<Options>('call', options as Options, { lr: 1, decay: 1 });

it.each([[{}], [{ lr: 0.1 }], [{ lr: undefined, decay: 0 }], [Object.create({ other: 1 })]])('takes %j', (options) =>
  check(options),
);

it.each([
  [{ rate: 1 }, "call: there is no option 'rate'; it takes lr, decay"],
  [{ toString: 1 }, "call: there is no option 'toString'; it takes lr, decay"],
  [undefined, 'call: expected an object of options, { lr, decay }, got undefined'],
  [null, 'call: expected an object of options, { lr, decay }, got null'],
  [5, 'call: expected an object of options, { lr, decay }, got 5'],
  ['eval', "call: expected an object of options, { lr, decay }, got 'eval'"],
  [[1], 'call: expected an object of options, { lr, decay }, got an array'],
  [() => 1, 'call: expected an object of options, { lr, decay }, got a value of type function'],
])('refuses %j', (options, message) => expect(() => check(options)).toThrow(message));
