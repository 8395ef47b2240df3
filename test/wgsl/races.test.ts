// Every kernel with a barrier, run in lockstep at toy size by wgsl_reflect: no two threads of a workgroup touch the same
// bytes between two barriers, unless both read. Its results are not looked at; the GPU tests do that.
import { describe, expect, it } from 'vitest';
import { detectRaces } from 'wgsl_reflect/wgsl_reflect.module.js';
import type { Kernel, Parts } from '../../src/wgsl/compose.ts';
import type { Binding } from '../../src/wgsl/fragment.ts';
import { pack, type UniformValue } from '../../src/wgsl/pack.ts';
import { kernels, ofRole } from './shaders.ts';

type Uniforms = Readonly<Record<string, UniformValue>>;

/** Of the end of a loss's kernel; the shuffle is too slow for the interpreter. */
const TURN = { samples: 7, batch: 4, cursor: 2, upcoming: 4, past: 8, table: 3, shuffle: 0 };

/** What the loops of each core need to run over something, but not for long. Fields that are not named are 1. */
const UNIFORMS: Readonly<Record<string, Uniforms>> = {
  'core/gemm_shared.wgsl': { m: 5, n: 3, k: 9, out_at: 0, last_row_at: 64 },
  'core/softmax_cross_entropy.wgsl': { rows: 5, classes: 3, ...TURN },
  'core/mse.wgsl': { rows: 5, cols: 3, ...TURN },
  'core/bce_with_logits.wgsl': { rows: 5, cols: 3, ...TURN },
  'core/conclude.wgsl': TURN,
  'core/norm_squares.wgsl': { size: 200 },
  'core/fold_parameters.wgsl': { p_offset: [0, 64, 0, 0], p_count: [1, 1, 0, 0], chunks: 3, width: 2, size: 65 },
  'core/update_pool.wgsl': { segments: 1, at: 0, count: 1, first: 0, chunks: 3, stride: 1, row: 0 },
  'core/batch_statistics.wgsl': { rows: 9, width: 3, batch: 9, chunk_rows: 2, chunks: 5, columns: 2, upcoming: 8 },
  'core/batch_norm_fold.wgsl': { rows: 9, width: 3, batch: 9, chunks: 5, columns: 2, upcoming: 8 },
  'core/layer_norm.wgsl': { rows: 5, width: 6, lanes: 4 },
  'core/layer_norm_dx.wgsl': { rows: 5, width: 6, lanes: 4 },
  'core/histogram.wgsl': { rows: 3, width: 3, batch: 3, valid: 3 },
  'core/statistics.wgsl': {
    rows: 3,
    width: 3,
    batch: 3,
    valid: 3,
    p_value: [0, 0, 0, 0],
    p_offset: [0, 0, 0, 0],
    p_count: [0, 0, 0, 0],
  },
};
const GROUPS = [2, 1, 1];

/** One for all that differ in partners that only read: two reads are no race. */
const synchronised = ofRole('core')
  .flatMap(kernels)
  .filter(({ kernel }) => /\b(workgroup|storage)Barrier\s*\(/.test(kernel.code))
  .filter(({ parts }, index, all) => all.findIndex((other) => writers(other.parts) === writers(parts)) === index);

function writers({ core, store, end }: Parts): string {
  return [core, store, end].map((part) => part?.file).join();
}

/** The interpreter does not know `override`; threads that can share a sum do. */
const fixed = (code: string) =>
  code.replace('TEAMS: bool = false', 'TEAMS: bool = true').replace(/\boverride\s+(\w+)([^;=]*=)/g, 'const $1$2');

function races({ code, bindings }: Kernel, values: Uniforms): string[] {
  const groups: Record<string, Record<string, unknown>> = {};
  for (const binding of bindings) {
    const buffer = bytes(binding, values);
    const entry = binding.kind === 'uniform' ? { uniform: buffer } : buffer;
    groups[binding.group] = { ...groups[binding.group], [binding.binding]: entry };
  }
  const found = detectRaces(fixed(code), 'main', GROUPS, groups);
  return [...found.errors, ...found.races.map(({ message }) => message)];
}

function bytes(binding: Binding, values: Uniforms): ArrayBuffer {
  if (binding.fields.length === 0) return new ArrayBuffer(4096);
  // Of an array of structs, the first one is filled.
  const buffer = new ArrayBuffer(binding.kind === 'uniform' ? binding.size : 4096);
  const fill = Object.fromEntries(
    binding.fields.map(({ name, length }) => [name, values[name] ?? Array<number>(length).fill(1)]),
  );
  pack(binding, fill, new DataView(buffer));
  return buffer;
}

it('there are kernels with a barrier, and each has its uniforms above', () => {
  expect(synchronised.length).toBeGreaterThan(0);
  const missing = synchronised.map(({ parts }) => parts.core.file).filter((file) => !(file in UNIFORMS));
  expect([...new Set(missing)]).toEqual([]);
});

describe.each(synchronised.map((each) => [each.name, each] as const))('%s', (_name, { parts, kernel }) => {
  const values = UNIFORMS[parts.core.file] ?? {};

  it('has no race', () => {
    expect(races(kernel, values)).toEqual([]);
  });

  it('has one without its barriers', () => {
    const code = kernel.code.replace(/\b(workgroup|storage)Barrier\s*\(\s*\)\s*;/g, '');
    expect(races({ ...kernel, code }, values).length).toBeGreaterThan(0);
  });
});
