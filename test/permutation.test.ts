// The shuffle: a bijection for every seed and epoch, and as random as a shuffle must be.
import { describe, expect, it } from 'vitest';
import { permute } from '../src/data/permutation.ts';

describe('permute', () => {
  const permutation = (n: number, seed: number, epoch: number) =>
    Array.from({ length: n }, (_, i) => permute(i, n, seed, epoch));
  const isBijection = (images: readonly number[]) =>
    new Set(images).size === images.length && images.every((image) => image >= 0 && image < images.length);

  it.each([1, 2, 3, 4, 5, 16, 17, 64, 65, 1437, 60_000])('is a bijection of %i positions', (n) => {
    for (const [seed, epoch] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [0xffffffff, 0xffffffff],
    ] as const)
      expect(isBijection(permutation(n, seed, epoch))).toBe(true);
  });

  it('stays within u32, and leaves what is not a position', () => {
    const n = 0xffffffff;
    for (const i of [0, 1, 0x7fffffff, 0x80000000, n - 1]) {
      const image = permute(i, n, 7, 9);
      expect(Number.isInteger(image) && image >= 0 && image < n).toBe(true);
    }
    expect([permute(0, 0, 1, 1), permute(5, 5, 1, 1), permute(100, 5, 1, 1)]).toEqual([0, 5, 100]);
  });

  it('stays as it is: a run that is resumed continues in its order', () => {
    expect(String(permutation(17, 0, 0))).toMatchInlineSnapshot(`"6,5,2,3,12,8,13,0,7,16,15,9,11,4,14,10,1"`);
    expect(String(permutation(5, 1, 2))).toMatchInlineSnapshot(`"4,3,2,0,1"`);
  });

  it('differs between seeds and between epochs', () => {
    // 17! = 3.6e14: two of 200 agree with a chance of 6e-11.
    const all = Array.from({ length: 100 }, (_, k) => [permutation(17, 0, k), permutation(17, k + 1, 0)]).flat();
    expect(new Set(all.map(String)).size).toBe(200);
  });

  it.each([2, 3, 5, 17, 64])('puts every one of %i samples at every place equally often', (n) => {
    const epochs = 100 * n;
    const counts = new Float64Array(n * n);
    for (let epoch = 0; epoch < epochs; epoch += 1)
      for (let i = 0; i < n; i += 1) {
        const cell = i * n + permute(i, n, 11, epoch);
        counts[cell] = counts[cell]! + 1;
      }
    const chiSquare = ((n - 1) / n) * counts.reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0);
    // Of uniform permutations this is chi-square with (n - 1)^2 degrees of freedom, and
    // P(chi2 > d + 2 sqrt(d t) + 2 t) <= exp(-t) (Laurent and Massart 2000, lemma 1); exp(-14) is a millionth.
    const d = (n - 1) ** 2;
    expect(chiSquare).toBeLessThan(d + 2 * Math.sqrt(14 * d) + 28);
  });

  it('moves samples as far as chance does', () => {
    const n = 60_000;
    for (const epoch of [0, 1, 2]) {
      const images = permutation(n, 5, epoch);
      const moved = images.reduce((sum, image, i) => sum + Math.abs(image - i), 0);
      // Spearman's footrule: mean (n^2 - 1) / 3, variance (n + 1)(2 n^2 + 7) / 45 (Diaconis and Graham 1977).
      const deviation = Math.sqrt(((n + 1) * (2 * n * n + 7)) / 45);
      expect(Math.abs(moved - (n * n - 1) / 3)).toBeLessThan(5 * deviation);
      // Neighbours that stay neighbours are Poisson of mean 1: more than 12 with a chance of 6e-11.
      expect(images.filter((image, i) => images[i + 1] === image + 1).length).toBeLessThanOrEqual(12);
    }
  });
});
