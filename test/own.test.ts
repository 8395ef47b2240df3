// The text of a rectifier that is written on the page: read, drawn, linked to, and explained. No page needed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { example, explain, formulaOf, parseOwn, placeOf } from '../demo/own.ts';
import { fromHash, initialState, toHash } from '../demo/state.ts';

describe('its text', () => {
  it('begins with the parameters', () => {
    expect(parseOwn(' a = 0.25, b=−1e-2 ,\nfn forward')).toEqual({
      parameters: { a: { kind: 'learned', value: 0.25 }, b: { kind: 'learned', value: -0.01 } },
      wgsl: 'fn forward',
    });
    expect(parseOwn('')).toEqual({ parameters: {}, wgsl: '' });
    expect(Object.keys(parseOwn(example).parameters)).toEqual(['a']);
  });

  it.each([
    ['a', '“a” is not a name of its own and a number'],
    ['a = 1, a = 2', '“a = 2” is not a name of its own'],
    ['a = 1e99', '“a = 1e99” is not'],
    ['a=1,b=1,c=1,d=1,e=1', '5 parameters are too many'],
  ])('is refused: %s', (text, message) => {
    expect(() => parseOwn(`${text}\n`)).toThrow(message);
  });

  it('travels in the link, which is as it was without', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (own) => {
        const state = { ...initialState, rectifier: 'custom' as const, own };
        const { hash } = new URL(toHash(state), 'https://example.org/');
        expect(fromHash(hash)).toEqual({ state, problems: new Map() });
      }),
    );
    expect(toHash(initialState)).not.toContain('own');
  });
});

it('is drawn straight between its points, beyond them, and in its parameters', () => {
  const curve = { from: -1, step: 1, values: Float32Array.of(-0.5, 0, 1), slopes: { a: Float32Array.of(-1, 0, 0) } };
  const formula = formulaOf(curve, parseOwn('a = 0.5'));
  expect([-2, -1, -0.5, 0, 0.25, 3].map((x) => formula(x, { a: 0.5 }))).toEqual([-1, -0.5, -0.25, 0, 0.25, 3]);
  expect([-2, -1, 0.25].map((x) => formula(x, { a: 0.25 }))).toEqual([-0.5, -0.25, 0.25]);
});

it('an error is told at its line and column', () => {
  const message = "act/custom.wgsl:3:41: unresolved value 'q' (in gemm+dense+custom)";
  expect(placeOf(message)).toEqual({ line: 3, column: 41 });
  expect(explain(message)).toBe("Line 3, column 41 of your rectifier: unresolved value 'q'");
  expect([placeOf('lost'), explain('lost')]).toEqual([null, 'lost']);
});
