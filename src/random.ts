// Random numbers without a state: each is a hash of (seed, stream, index), so that a value depends neither on the order
// in which values are asked for nor on how many were before. `mix`, `hash` and `draw` are in shaders/lib/random.wgsl, too.

/** A bijection of u32 in which every output bit depends on every input bit: lowbias32 (C. Wellons, hash-prospector). */
export function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}

/**
 * A u32 for three integers, each taken modulo 2^32. Seed and stream enter twice, before and after the index is mixed:
 * entering once, they would only shift one fixed sequence.
 */
export function hash(seed: number, stream: number, index: number): number {
  const a = mix(seed ^ mix(stream ^ 0x9e3779b9));
  const b = mix(stream ^ mix(seed ^ 0x85ebca6b));
  return mix((mix(index ^ a) + b) | 0) >>> 0;
}

/** Uniform in [0, 1): a multiple of 2^-24, exact in f32. */
export function uniform(seed: number, stream: number, index: number): number {
  return (hash(seed, stream, index) >>> 8) * 2 ** -24;
}

/** What step `step` draws for element `index`, uniform in [0, 1), each stream its own: as `uniform`, with four numbers. */
export function draw(seed: number, stream: number, step: number, index: number): number {
  return uniform(hash(seed, stream, step), stream, index);
}

/** Standard normal, untruncated, |value| < 6.7. Box and Muller 1958; takes the counters 2 index and 2 index + 1. */
export function normal(seed: number, stream: number, index: number): number {
  const radius = (hash(seed, stream, 2 * index) + 1) * 2 ** -32; // in (0, 1]: the logarithm is finite
  const angle = hash(seed, stream, 2 * index + 1) * 2 ** -32;
  return Math.sqrt(-2 * Math.log(radius)) * Math.cos(2 * Math.PI * angle);
}

/** The stream of a name: its 32-bit FNV-1a hash (Fowler, Noll and Vo). */
export function streamOf(name: string): number {
  let h = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) h = Math.imul(h ^ byte, 0x01000193);
  return h >>> 0;
}
