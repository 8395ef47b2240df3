// The public namespace `data`; re-exports only.
export { type Dataset, type DatasetFields, dataset, split } from './dataset.ts';
export { digits, digitsAttribution } from './digits.ts';
export { type GlyphOptions, glyphs } from './glyphs.ts';
export { circles, moons, type SyntheticOptions, spiral, xor } from './synthetic.ts';
