// What theory expects of the first weights, worked out by hand.
import { describe, expect, it } from 'vitest';
import { ArgumentError, expectedSpread } from '../src/index.ts';

describe('expected spread', () => {
  it('of ReLU from He’s weights: twice the input’s square, then the same; gradients follow the widths', () => {
    const { forward, backward } = expectedSpread({ init: 'he', widths: [100, 80, 20, 45], input: 3 });
    // E[relu(z)²] = Var z / 2 and Var w = 2 / n.
    for (const value of forward) expect(value).toBeCloseTo(Math.sqrt(2) * 3, 5);
    // Var dz = n' · 2 / n · E[relu'(z)²] Var dz', with E[relu'²] = 1 / 2.
    expect(backward).toHaveLength(3);
    for (const [layer, value] of [Math.sqrt((20 / 80) * (45 / 20)), Math.sqrt(45 / 20), 1].entries())
      expect(backward[layer]).toBeCloseTo(value, 5);
  });

  it('of a rectifier that is a line, from a standard deviation', () => {
    const options = { rectifier: 'leaky_relu', options: { values: { a: 1 } }, init: { std: 0.1 } } as const;
    const { forward, backward } = expectedSpread({ ...options, widths: [10, 40, 5] });
    expect(forward[0]).toBeCloseTo(Math.sqrt(10) * 0.1, 6);
    expect(forward[1]).toBeCloseTo(Math.sqrt(10 * 40) * 0.01, 6);
    expect(backward[0]).toBeCloseTo(Math.sqrt(5) * 0.1, 6);
  });

  it('of nothing, and of an unknown scheme', () => {
    expect(expectedSpread({ widths: [3] })).toEqual({ forward: [], backward: [] });
    expect(() => expectedSpread({ widths: [3, 4], init: 'best' as 'he' })).toThrow(ArgumentError);
  });
});
