// The comment that a file of shaders/act begins with, taken apart: shaders/README.md tells what must be in it.
import type { Rectifier } from '../../src/index.ts';

export interface Header {
  /** Name and description, in a sentence. */
  readonly about: string;
  readonly y: string;
  readonly dx: string;
  /** Where x has a kink, and what dx is there. */
  readonly kinks: readonly (readonly [x: string, dx: string])[];
}

/** Throws an Error that names the file, if a part is missing or is none of those that there are. */
export function headerOf({ file, code }: Rectifier['wgsl']): Header {
  const [first = '', ...lines] = code.split('\n');
  const about = /^\/\/ ([^a-z].*?\.)(?: {3}\S.*)?$/.exec(first)?.[1];
  const items = lines.flatMap((line) => /^\/\/ {3}(\S.*)$/.exec(line)?.[1]?.split(' '.repeat(8)) ?? []);
  const wrong = items.find((item) => !/^(?:y|dx|dp\.[xyzw]) = \S|^at \S.*: dx = \S|^no kink$/.test(item));
  const after = (start: string) => items.find((item) => item.startsWith(start))?.slice(start.length);
  const [y, dx] = [after('y = '), after('dx = ')];
  const kinks = items.flatMap((item) => {
    const [, x, value] = /^at (.+): dx = (.+)$/.exec(item) ?? [];
    return x && value ? [[x, value] as const] : [];
  });
  const told = kinks.length > 0 !== items.includes('no kink');
  if (wrong === undefined && about && y && dx && told) return { about, y, dx, kinks };
  throw new Error(
    `${file}: its header must be a sentence, then 'y = ...', 'dx = ...', and 'at ...: dx = ...' or 'no kink', ` +
      `eight spaces or a line apart${wrong === undefined ? '' : `; got '${wrong}'`}`,
  );
}
