import { beforeAll, describe, expect, it } from 'vitest';
import { compose, kernelName } from '../../src/wgsl/compose.ts';
import { reflect } from '../../src/wgsl/reflect.ts';
import { complaints, nullDevice } from './shaders.ts';

const core = reflect(
  'core/map.wgsl',
  `// out = store(load(x))
struct Map { n: u32 }
@group(0) @binding(0) var<uniform> dims: Map;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < dims.n) { store(load_a(vec4u(), id.x), id.x, 0u); }
}`,
);
const load = reflect(
  'load/scaled.wgsl',
  `@group(0) @binding(20) var<storage, read> x: array<f32>;
override GAIN: f32 = 1.0;
fn bent(v: f32) -> f32 { return v * GAIN; }
fn load_rows(rows: vec4u) -> vec4u { return rows; }
fn load_a(rows: vec4u, at: u32) -> f32 { return bent(x[at]); }
fn load_b(cols: vec4u, at: u32) -> f32 { return 0.0; }`,
);
const store = reflect(
  'store/bent.wgsl',
  `// bent is this file's own, like the load's.
@group(0) @binding(40) var<storage, read_write> out: array<f32>;
struct Pair { bent: f32, other: f32 }
const LIFT = 2.0;
fn bent(v: f32) -> f32 { return twice(v) + LIFT; }
fn store(value: f32, row: u32, col: u32) { out[row] = bent(value); }`,
);
const twice = reflect('lib/twice.wgsl', 'fn twice(v: f32) -> f32 { return once(v) + once(v); }');
const once = reflect('lib/once.wgsl', 'fn once(v: f32) -> f32 { return v; }');
const unused = reflect(
  'lib/unused.wgsl',
  '// once and twice are named here in a comment\nfn thrice(v: f32) -> f32 { return v; }',
);
const clock = reflect('lib/clock.wgsl', 'struct Clock { t: u32 }\n@group(1) @binding(0) var<uniform> clock: Clock;');
const libs = [once, twice, unused, clock];

let device: GPUDevice;
beforeAll(async () => {
  device = await nullDevice();
});

describe('compose', () => {
  const kernel = compose({ core, load, store }, libs);

  it('joins fragments and facts, and compiles', async () => {
    expect(kernel.name).toBe('map+scaled+bent');
    expect(kernelName({ store, load, core })).toBe(kernel.name);
    expect(kernel.bindings.map(({ name, binding }) => [name, binding])).toEqual([
      ['dims', 0],
      ['x', 20],
      ['out', 40],
    ]);
    expect(kernel.overrides).toEqual(['GAIN']);
    expect(kernel.workgroup).toEqual([64, 1, 1]);
    expect(await complaints(device, kernel)).toEqual([]);
    expect(await complaints(device, kernel, { GAIN: 2 })).toEqual([]);
  });

  it('takes the libraries whose names occur, and those they need, in their own order', () => {
    expect(kernel.code.indexOf('fn once')).toBeGreaterThan(-1);
    expect(kernel.code.indexOf('fn once')).toBeLessThan(kernel.code.indexOf('fn twice'));
    expect(kernel.code).not.toContain('thrice');
    expect(kernel.code).not.toContain('clock');
  });

  it('suffixes private names by role, so that two fragments may use one name', () => {
    expect(kernel.code).toContain('fn bent_load(v: f32)');
    expect(kernel.code).toContain('fn bent_store(v: f32)');
    expect(kernel.code).toContain('LIFT_store');
    expect(kernel.code).toContain("// bent is this file's own"); // comments stay
  });

  it('keeps contract functions, bindings and overrides, which others name', () => {
    expect(kernel.code).not.toMatch(/\b(store|load_a|x|out|GAIN)_(load|store)\b/);
    expect(kernel.code).toContain('fn store(value');
    expect(kernel.code).toContain('override GAIN');
  });

  it('leaves members alone that are spelled like a private name', async () => {
    const member = reflect(
      'store/member.wgsl',
      `@group(0) @binding(40) var<storage, read_write> out: array<vec2f>;
fn y(v: f32) -> f32 { return v; }
fn store(value: f32, row: u32, col: u32) { out[row].y = y(value); }`,
    );
    const joined = compose({ core, load, store: member }, libs);
    expect(joined.code).toContain('out[row].y = y_store(value)');
    expect(await complaints(device, joined)).toEqual([]);
  });

  it('binds the group of a library only where the kernel names the variable', async () => {
    const timed = reflect('store/timed.wgsl', store.code.replace('twice(v)', 'f32(clock.t)'));
    const bound = compose({ core, load, store: timed }, libs);
    expect(bound.bindings.filter(({ group }) => group === 1).map(({ name }) => name)).toEqual(['clock']);
    expect(await complaints(device, bound)).toEqual([]);

    const typed = reflect('store/typed.wgsl', `${store.code}\nfn unused(v: Clock) -> u32 { return v.t; }`);
    expect(compose({ core, load, store: typed }, libs).bindings.some(({ group }) => group === 1)).toBe(false);
  });

  it('puts what a fragment enables before everything else, and keeps the lines', async () => {
    const quads = reflect(
      'store/quads.wgsl',
      store.code.replace('struct Pair', 'enable subgroups;\nstruct Pair').replace('twice(v)', 'quadSwapX(v)'),
    );
    const joined = compose({ core, load, store: quads }, libs);
    expect(quads.enables).toEqual(['subgroups']);
    expect(joined.code).toMatch(/^enable subgroups; /);
    expect(joined.code.split('\n')).toHaveLength([core, load, quads].flatMap(({ code }) => code.split('\n')).length);
    expect(await complaints(device, { ...joined, code: joined.code.replace('if (id.x < dims.n)', '') })).toEqual([]);
  });

  it('refuses a binding number or name that is taken', () => {
    const sameNumber = reflect('store/a.wgsl', store.code.replace('@binding(40)', '@binding(20)'));
    expect(() => compose({ core, load, store: sameNumber }, libs)).toThrow(
      /store\/a\.wgsl binds out at 0\.20, which x has/,
    );
    const sameName = reflect('store/b.wgsl', store.code.replaceAll('out', 'x'));
    expect(() => compose({ core, load, store: sameName }, libs)).toThrow(
      /store\/b\.wgsl binds x at 0\.40, which x has/,
    );
  });

  it('refuses a core without an entry point', () => {
    expect(() => compose({ core: once }, libs)).toThrow('lib/once.wgsl has no @compute fn main');
  });
});

describe('locate', () => {
  /** A store whose fifth line has an error after `before`, composed and compiled. */
  async function errorAfter(before: string): Promise<string> {
    const broken = reflect(
      'store/broken.wgsl',
      store.code.replace('return twice(v) + LIFT', `return ${before}nowhere`),
    );
    const found = await complaints(device, compose({ core, load, store: broken }, libs));
    expect(found).toHaveLength(1);
    return found[0]!;
  }

  it('says where a compile error stands in the fragment itself', async () => {
    // The column is that of `nowhere` in 'fn bent(v: f32) -> f32 { return ...', although `bent` and LIFT have grown.
    expect(await errorAfter('')).toMatch(/^store\/broken\.wgsl:5:33 unresolved value 'nowhere'/);
    expect(await errorAfter('LIFT + ')).toMatch(/^store\/broken\.wgsl:5:40 unresolved value 'nowhere'/);
    expect(await errorAfter('LIFT * LIFT + ')).toMatch(/^store\/broken\.wgsl:5:47 unresolved value 'nowhere'/);
  });

  it('finds the first and last line of each file', () => {
    const kernel = compose({ core, load, store }, libs);
    const lines = kernel.code.split('\n');
    const at = (text: string) => kernel.locate(lines.findIndex((line) => line.startsWith(text)) + 1, 1);
    expect(at('fn once')).toEqual({ file: 'lib/once.wgsl', line: 1, column: 1 });
    expect(at('// out = store')).toEqual({ file: 'core/map.wgsl', line: 1, column: 1 });
    expect(at('@group(0) @binding(20)')).toEqual({ file: 'load/scaled.wgsl', line: 1, column: 1 });
    expect(at('fn store')).toEqual({ file: 'store/bent.wgsl', line: 6, column: 1 });
    expect(lines).toHaveLength(
      kernel.locate(lines.length, 1).line + lines.findIndex((line) => line.startsWith('// bent')),
    );
  });
});
