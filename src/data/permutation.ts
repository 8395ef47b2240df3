// The shuffle of an epoch as a function of the position, with no list kept: a Feistel network of 8 rounds over the
// next even number of bits, walked until the result lies in range (Black and Rogaway 2002, "Ciphers with arbitrary
// finite domains", cycle walking). The twin of shaders/lib/permute.wgsl, equal to the bit. Not a cipher.
import { mix } from '../random.ts';

const ROUNDS = 8;
/** 2^32 divided by the golden ratio: spreads the rounds' keys over the range. */
const GOLDEN = 0x9e3779b9;

/**
 * The sample at position `i` of epoch `epoch`: a bijection of 0..n-1 for every seed and epoch.
 *
 * All four are u32. `i >= n` is returned as it is, so that rows beyond the last short batch stay there.
 */
export function permute(i: number, n: number, seed: number, epoch: number): number {
  if (i >= n) return i;
  // Bits of n - 1, halved upwards; at least one each.
  const half = Math.max(1, Math.ceil((32 - Math.clz32(n - 1)) / 2));
  const mask = 2 ** half - 1;
  const keyA = mix(seed ^ mix(epoch ^ GOLDEN));
  const keyB = mix(epoch ^ mix(seed ^ 0x85ebca6b));
  let value = i;
  // Ends: the walk follows the cycle that `i` itself lies on.
  do {
    let left = value >>> half;
    let right = value & mask;
    for (let round = 0; round < ROUNDS; round += 1) {
      const key = (round % 2 === 0 ? keyA : keyB) + Math.imul(round, GOLDEN);
      const next = left ^ (mix(right ^ key) & mask);
      left = right;
      right = next;
    }
    value = ((left << half) | right) >>> 0;
  } while (value >= n);
  return value;
}
