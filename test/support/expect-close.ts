// How far an f32 result may lie from the reference: rounding bounds, and the check itself.
import { at, type Matrix, matmul, type Numbers, type Shape, size, sumTo } from './reference-arrays.ts';

/**
 * The largest error of an f32 inner product of n terms, in any order and with or without fused multiply-add:
 * gamma_n * sum |terms|, gamma_n = n u / (1 - n u), u = 2^-24.
 * Higham, Accuracy and Stability of Numerical Algorithms, section 3.1.
 */
export function dotTolerance(n: number, magnitude: number): number {
  const nu = n * 2 ** -24;
  return (nu / (1 - nu)) * magnitude;
}

/** Per element of `matmul` with the same arguments; `extra` counts further roundings, such as an added bias. */
export function matmulTolerance(
  a: Numbers,
  aShape: Matrix,
  b: Numbers,
  bShape: Matrix,
  transA = false,
  transB = false,
  extra = 0,
): Float64Array {
  const absolute = (x: Numbers) => Float64Array.from(x, Math.abs);
  const terms = transA ? aShape[0] : aShape[1];
  return matmul(absolute(a), aShape, absolute(b), bShape, transA, transB).map((s) => dotTolerance(terms + extra, s));
}

/** Per element of `sumTo` with the same arguments, of exact or (`extra`) rounded terms. */
export function sumTolerance(x: Numbers, shape: Shape, to: Shape, extra = 0): Float64Array {
  const terms = size(shape) / size(to);
  return sumTo(Float64Array.from(x, Math.abs), shape, to).map((s) => dotTolerance(terms - 1 + extra, s));
}

/** Throws, with the worst element, unless |actual - expected| <= tolerance everywhere; a NaN is never close. */
export function expectClose(
  actual: Numbers,
  expected: Numbers,
  tolerance: Numbers | ((index: number) => number),
): void {
  if (actual.length !== expected.length)
    throw new Error(`expectClose: ${actual.length} values, expected ${expected.length}`);
  const bound = typeof tolerance === 'function' ? tolerance : (i: number) => at(tolerance, i);
  let failures = 0;
  let worst = { ratio: 0, message: '' };
  for (let i = 0; i < expected.length; i += 1) {
    const error = Math.abs(at(actual, i) - at(expected, i));
    if (error <= bound(i)) continue;
    failures += 1;
    const ratio = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error / bound(i);
    if (!(ratio <= worst.ratio))
      worst = {
        ratio,
        message: `at ${i}: got ${actual[i]}, expected ${expected[i]}, error ${error.toExponential(3)}, allowed ${bound(i).toExponential(3)}`,
      };
  }
  if (failures > 0)
    throw new Error(`expectClose: ${failures} of ${expected.length} values differ; worst ${worst.message}`);
}
