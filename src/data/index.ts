// The public namespace `data`; re-exports only.
export {
  type ByteDataset,
  type ByteFields,
  type Dataset,
  type DatasetBase,
  type DatasetFields,
  dataset,
  type FloatDataset,
  split,
  toFloats,
} from './dataset.ts';
export { digits, digitsAttribution } from './digits.ts';
export { type GlyphOptions, glyphs } from './glyphs.ts';
export { circles, moons, type SyntheticOptions, spiral, xor } from './synthetic.ts';
