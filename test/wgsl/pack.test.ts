import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pack } from '../../src/wgsl/pack.ts';
import { reflect } from '../../src/wgsl/reflect.ts';

const SCALARS = ['u32', 'i32', 'f32'] as const;
type Scalar = (typeof SCALARS)[number];

interface Sample {
  readonly type: Scalar;
  readonly length: number;
  readonly values: readonly number[];
}

const value: Record<Scalar, fc.Arbitrary<number>> = {
  u32: fc.nat({ max: 0xffffffff }),
  i32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  f32: fc.float({ noNaN: true }),
};
const field: fc.Arbitrary<Sample> = fc
  .tuple(fc.constantFrom(...SCALARS), fc.integer({ min: 1, max: 4 }))
  .chain(([type, length]) =>
    fc.array(value[type], { minLength: length, maxLength: length }).map((values) => ({ type, length, values })),
  );

/** WGSL 1, table "Alignment and size": a scalar 4 and 4, vec2 8 and 8, vec3 16 and 12, vec4 16 and 16. */
const ALIGN = [0, 4, 8, 16, 16] as const;

function binding(fields: readonly { readonly type: string; readonly length: number }[], short: boolean) {
  const members = fields.map(({ type, length }, index) => {
    const vector = short ? `vec${length}${type[0]}` : `vec${length}<${type}>`;
    return `m${index}: ${length === 1 ? type : vector}`;
  });
  const code = `struct U { ${members.join(', ')} }\n@group(0) @binding(0) var<uniform> u: U;`;
  return reflect('core/u.wgsl', code).bindings[0]!;
}

describe('pack', () => {
  it('writes every field where WGSL lays it', () => {
    fc.assert(
      fc.property(
        fc.array(field, { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        fc.nat({ max: 4 }),
        (fields, short, block) => {
          const uniform = binding(fields, short);
          const start = 256 * block;
          const view = new DataView(new ArrayBuffer(start + uniform.size));
          pack(
            uniform,
            Object.fromEntries(fields.map(({ values }, i) => [`m${i}`, values.length === 1 ? values[0]! : values])),
            view,
            start,
          );

          let offset = 0;
          for (const { type, length, values } of fields) {
            offset = Math.ceil(offset / ALIGN[length]!) * ALIGN[length]!;
            values.forEach((expected, index) => {
              const at = start + offset + 4 * index;
              const read = {
                u32: view.getUint32(at, true),
                i32: view.getInt32(at, true),
                f32: view.getFloat32(at, true),
              };
              expect(read[type]).toBe(expected);
            });
            offset += 4 * length;
          }
          expect(uniform.size).toBe(Math.ceil(offset / 16) * 16);
        },
      ),
    );
  });

  it('leaves the bytes between fields alone', () => {
    const uniform = binding(
      [
        { type: 'f32', length: 1 },
        { type: 'f32', length: 4 },
      ],
      true,
    );
    const view = new DataView(new Uint8Array(uniform.size).fill(7).buffer);
    pack(uniform, { m0: 0, m1: [0, 0, 0, 0] }, view);
    expect([...new Uint8Array(view.buffer)]).toEqual([...Array(4).fill(0), ...Array(12).fill(7), ...Array(16).fill(0)]);
  });

  it('refuses a field without a value, and one of the wrong length', () => {
    const uniform = binding(
      [
        { type: 'u32', length: 1 },
        { type: 'f32', length: 3 },
      ],
      true,
    );
    const view = new DataView(new ArrayBuffer(uniform.size));
    expect(() => pack(uniform, { m0: 1 }, view)).toThrow('uniform u.m1 needs 3 f32, got undefined');
    expect(() => pack(uniform, { m0: 1, m1: [1, 2] }, view)).toThrow('uniform u.m1 needs 3 f32, got [1,2]');
    expect(() => pack(uniform, { m0: [], m1: [1, 2, 3] }, view)).toThrow('uniform u.m0 needs 1 u32, got []');
  });
});
