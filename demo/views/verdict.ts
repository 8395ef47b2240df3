// What a check of gradients found, in sentences.
import type { RectifierCheck } from '../../src/index.ts';

const number = (value: number) => String(Number(value.toPrecision(4))).replace('-', '−');

export function verdict({ ok, points, wrong, notFinite }: RectifierCheck): string {
  if (ok) return `Every gradient agrees with differences of forward, at ${points} points on this device.`;
  const off = wrong.map(
    ({ of, x, got, expected }) =>
      `${of} is wrong: at x = ${number(x)} it is ${number(got)}, and differences of forward say ${number(expected)}.`,
  );
  const bad = `At x = ${number(notFinite ?? 0)}, its value or a gradient is not a finite number.`;
  return [...off, ...(notFinite === null ? [] : [bad])].join(' ');
}
