// What a step draws, as the shaders do, for the float64 reference.
import { draw } from '../../src/random.ts';

/** Step `step` of an engine of seed 0, elements 0 to n - 1: uniform in [0, 1). */
export const draws = (stream: number, step: number, n: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => draw(0, stream, step, i));
