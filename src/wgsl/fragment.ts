// What is known of one WGSL file. These facts are read from the file itself, when the project is built;
// no other TypeScript states a binding number, a struct offset or a workgroup size.

/** The folder below `shaders/` a file lies in; it decides which functions the file must define. */
export type Role = 'core' | 'load' | 'store' | 'act' | 'param' | 'sample' | 'pool' | 'end' | 'rule' | 'lib';

/** A scalar or vector field of a uniform struct. */
export interface Field {
  readonly name: string;
  readonly offset: number;
  readonly type: 'u32' | 'i32' | 'f32';
  /** 1 for a scalar, 2 to 4 for a vector. */
  readonly length: number;
}

export interface Binding {
  readonly name: string;
  readonly group: number;
  readonly binding: number;
  readonly kind: 'read' | 'read_write' | 'uniform';
  /** Bytes of a struct (uniforms, the step state), or of one of an array of structs; 0 for an array of numbers. */
  readonly size: number;
  /** The fields of that struct; empty for an array of numbers. */
  readonly fields: readonly Field[];
}

export interface Fragment {
  /** Path below `shaders/`, for messages: `core/gemm.wgsl`. */
  readonly file: string;
  readonly role: Role;
  readonly code: string;
  readonly bindings: readonly Binding[];
  readonly overrides: readonly string[];
  /** WGSL's extensions that it enables; a device has them as features of the same names. */
  readonly enables: readonly string[];
  /** Module-scope `const`s with a plain number: tile sizes and the like. */
  readonly constants: Readonly<Record<string, number>>;
  /** Of `@compute fn main`; null without one. */
  readonly workgroup: readonly [number, number, number] | null;
}

/** A directive by which a fragment enables an extension, on a line of its own. */
export const ENABLE = /^enable\s+(\w+)\s*;$/gm;

/** The functions through which fragments of one kernel call each other; they keep their names when composed. */
export const CONTRACT: Readonly<Record<Role, readonly string[]>> = {
  core: ['main'],
  load: ['load_rows', 'load_cols', 'load_step', 'load_a', 'load_b'],
  store: ['store', 'finish'],
  act: ['forward', 'dx', 'dp'],
  param: ['parameters'],
  sample: ['sample'],
  pool: ['expand_pixels', 'expand_channels'],
  end: ['valid_rows', 'conclude'],
  rule: ['learn'],
  lib: [],
};

/** Binding numbers (of group 0) that belong to a role, first to last. */
export const BINDING_RANGE: Readonly<Record<Role, readonly [number, number]>> = {
  core: [0, 19],
  load: [20, 39],
  store: [40, 59],
  act: [-1, -1],
  param: [60, 79],
  sample: [80, 89],
  end: [90, 99],
  rule: [100, 109],
  pool: [110, 119],
  lib: [-1, -1],
};
