import { describe, expect, it } from 'vitest';
import prelu from '../../shaders/act/prelu.wgsl';
import preluText from '../../shaders/act/prelu.wgsl?raw';
import { namesOf } from '../../src/wgsl/names.ts';
import { wgsl } from '../../src/wgsl/plugin.ts';
import { reflect } from '../../src/wgsl/reflect.ts';

const sample = `// A sample.
struct Dims { m: u32, shift: i32, scale: f32, at: vec3<u32>, p: vec4f }
struct Item { value: f32 }
const TILE = 8u;
const STEP: u32 = 16u;
const DERIVED = TILE * 2u;
override TURNED: bool = false;
override WIDTH: u32 = 4u;
var<workgroup> tile: array<f32, 64>;
var<private> mine: f32;
alias Row = vec4f;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(1) var<storage> x: array<vec4f>;
@group(0) @binding(0) var<uniform> dims: Dims;
@group(1) @binding(0) var<uniform> item: Item;
fn helper(a: f32) -> f32 { const inside = 1.0; var local = a; return local * inside; }
@compute @workgroup_size(TILE, 4) fn main() { out[0] = helper(x[0].x) * tile[0] * mine * dims.scale * item.value; }
`;

describe('reflect', () => {
  const facts = reflect('core/sample.wgsl', sample);

  it('knows bindings in the order of their numbers, with access, size and fields', () => {
    expect(facts.bindings.map(({ name, group, binding, kind, size }) => [name, group, binding, kind, size])).toEqual([
      ['dims', 0, 0, 'uniform', 48],
      ['x', 0, 1, 'read', 0],
      ['out', 0, 2, 'read_write', 0],
      ['item', 1, 0, 'uniform', 16],
    ]);
    expect(facts.bindings[0]!.fields).toEqual([
      { name: 'm', offset: 0, type: 'u32', length: 1 },
      { name: 'shift', offset: 4, type: 'i32', length: 1 },
      { name: 'scale', offset: 8, type: 'f32', length: 1 },
      { name: 'at', offset: 16, type: 'u32', length: 3 },
      { name: 'p', offset: 32, type: 'f32', length: 4 },
    ]);
    expect(facts.bindings[1]!.fields).toEqual([]);
  });

  it('knows what is declared at module scope, and nothing from inside a function', () => {
    expect([...namesOf(facts)].sort()).toEqual(
      [
        'Dims',
        'Item',
        'TILE',
        'STEP',
        'DERIVED',
        'TURNED',
        'WIDTH',
        'tile',
        'mine',
        'Row',
        'out',
        'x',
        'dims',
        'item',
        'helper',
        'main',
      ].sort(),
    );
  });

  it('knows constants, overrides and the workgroup', () => {
    expect(facts.constants).toEqual({ TILE: 8, STEP: 16 });
    expect(facts.overrides).toEqual(['TURNED', 'WIDTH']);
    expect(facts.workgroup).toEqual([8, 4, 1]);
    expect([facts.file, facts.role, facts.code]).toEqual(['core/sample.wgsl', 'core', sample.trimEnd()]);
  });

  it('has no workgroup where there is no entry point', () => {
    expect(reflect('lib/a.wgsl', 'fn a() -> f32 { return 1.0; }').workgroup).toBeNull();
  });

  it('refuses what it cannot lay out or count', () => {
    const withField = (type: string) =>
      reflect('core/a.wgsl', `struct U { a: ${type} }\n@group(0) @binding(0) var<uniform> u: U;`);
    expect(() => withField('mat2x2f')).toThrow(/field a: .* got mat2x2/);
    expect(() => reflect('core/a.wgsl', 'override N: u32;\n@compute @workgroup_size(N) fn main() {}')).toThrow(
      /core\/a\.wgsl: @workgroup_size/,
    );
  });
});

describe('the plugin', () => {
  it('imports a shader as its text and facts', () => {
    expect(prelu).toEqual(reflect('act/prelu.wgsl', preluText));
    expect(prelu.role).toBe('act');
  });

  it('touches files below a folder shaders alone', () => {
    const { transform } = wgsl();
    if (typeof transform !== 'object') throw new Error('the plugin filters by id');
    const { id } = transform.filter as { readonly id: RegExp };
    expect(['/p/shaders/core/a.wgsl', '/p/src/a.wgsl', '/p/shaders/a.ts'].map((path) => id.test(path))).toEqual([
      true,
      false,
      false,
    ]);
  });
});
