// Values by field name → the bytes of a uniform struct, at the offsets that the WGSL struct has.
import type { Binding, Fragment } from './fragment.ts';

export type UniformValue = number | readonly number[];

/** Writes the fields of `binding` that `values` names at `offset`. Throws if a field has no value, or one of the wrong length. */
export function pack(
  binding: Binding,
  values: Readonly<Record<string, UniformValue>>,
  target: DataView,
  offset = 0,
): void {
  for (const { name, offset: at, type, length } of binding.fields) {
    const value = values[name];
    const list = typeof value === 'number' ? [value] : value;
    if (list?.length !== length)
      throw new Error(`uniform ${binding.name}.${name} needs ${length} ${type}, got ${JSON.stringify(value)}`);
    list.forEach((number, index) => {
      const place = offset + at + 4 * index;
      if (type === 'f32') target.setFloat32(place, number, true);
      else if (type === 'u32') target.setUint32(place, number, true);
      else target.setInt32(place, number, true);
    });
  }
}

/** A buffer with the rows of a table, laid out as the array of structs that `core` binds as `name`. */
export function tableOf(core: Fragment, name: string, rows: readonly Readonly<Record<string, UniformValue>>[]) {
  const layout = core.bindings.find((binding) => binding.name === name);
  if (!layout) throw new Error(`${core.file} binds no ${name}`);
  const bytes = layout.size * rows.length;
  const initial = () => {
    const words = new Uint32Array(bytes / 4);
    rows.forEach((row, index) => {
      pack(layout, row, new DataView(words.buffer), index * layout.size);
    });
    return words;
  };
  return { name, bytes, initial };
}
