// What callers give as options: an object, every property of which is known. In JavaScript a misspelt name, or a number
// where an object goes, would otherwise change in silence what is trained.
import { ArgumentError } from './errors.ts';

/**
 * Throws ArgumentError unless `options` is an object that has no properties but those of `known`, whose values do not
 * matter.
 */
export function checkKeys<T extends object>(call: string, options: T, known: Readonly<Record<keyof T, unknown>>): void {
  const given: unknown = options;
  const names = Object.keys(known).join(', ');
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new ArgumentError(`${call}: expected an object of options, { ${names} }, got ${kindOf(given)}`);
  const wrong = Object.keys(given).find((key) => !Object.hasOwn(known, key));
  if (wrong !== undefined) throw new ArgumentError(`${call}: there is no option '${wrong}'; it takes ${names}`);
}

/** For messages: what somebody gave in the place of something else. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number') return String(value);
  if (typeof value === 'string') return `'${value}'`;
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
