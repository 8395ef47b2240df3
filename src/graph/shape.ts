// Arithmetic on shapes. A shape lists the lengths of a row-major array's axes, slowest first.
import { ShapeError } from '../errors.ts';

/**
 * Lengths of a row-major array's axes, slowest first: `[rows, columns]`; a scalar has `[]`.
 *
 * Whole numbers of at least 1.
 */
export type Shape = readonly number[];

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, length) => product * length, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/** `[64, 128]`, for messages. */
export function show(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** Throws unless every length is a whole number of at least 1. */
export function checkShape(what: string, shape: Shape): void {
  if (!shape.every((length) => Number.isSafeInteger(length) && length >= 1))
    throw new ShapeError(`${what}: every length must be a whole number of at least 1, got ${show(shape)}`);
}

/** The shape two shapes broadcast to, by NumPy's rule: aligned at the last axis, equal lengths or 1. */
export function broadcast(what: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const la = a[axis - rank + a.length] ?? 1;
    const lb = b[axis - rank + b.length] ?? 1;
    if (la !== lb && la !== 1 && lb !== 1)
      throw new ShapeError(
        `${what}: shapes ${show(a)} and ${show(b)} do not broadcast: ${la} against ${lb} at axis ${axis} of ${rank}; aligned at the last axis, lengths must be equal or 1`,
      );
    return Math.max(la, lb);
  });
}
