// The public namespace `data`; re-exports only.
export { type Cifar100Options, type CifarOptions, fromCifar10, fromCifar100 } from './cifar.ts';
export { cifar10 } from './cifar10.ts';
export type { FileContent } from './content.ts';
export { type CsvOptions, fromCsv } from './csv.ts';
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
export { HOMES as homes, type Home } from './homes.ts';
export { fromIdx, type IdxOptions } from './idx.ts';
export {
  fromImages,
  type ImageDataset,
  type ImageOptions,
  type ImageSource,
  type LabelledImage,
} from './images.ts';
export type { LoadOptions } from './load.ts';
export { fashionMnist, mnist } from './mnist.ts';
export { fromNpz, type NpzNames, type NpzOptions } from './npz.ts';
export { meanAndStd } from './statistics.ts';
export { circles, moons, type SyntheticOptions, spiral, xor } from './synthetic.ts';
