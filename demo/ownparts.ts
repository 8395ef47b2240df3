// What is known of chosen files before they are read: their paths, and which of them are for testing.
import type { Dataset } from '../src/index.ts';
import type { Sets } from './choices.ts';

/** `path`: with the folders that it was chosen or dropped with. */
export interface NamedFile {
  readonly path: string;
  readonly file: File;
}

/** One set, to be divided, or two. */
export type Found = Pick<Sets, 'train' | 'classNames'> & { readonly test?: Dataset };

const TEST = /(^|[^a-z])(t10k|test|testing|val|valid|validation)([^a-z]|$)/i;

/** Those for training, and those for testing; where all are for testing, they are all there is. */
export function parted(
  files: readonly NamedFile[],
): readonly [train: readonly NamedFile[], test: readonly NamedFile[]] {
  const folders = ({ path }: NamedFile) => path.split('/');
  // The name of the one folder that all lie in says nothing.
  const one = files.every((file) => folders(file).length > 1 && folders(file)[0] === files[0]?.path.split('/')[0]);
  const isTest = (file: NamedFile) => TEST.test(folders(file).slice(Number(one)).join('/'));
  const [train, test] = [files.filter((file) => !isTest(file)), files.filter(isTest)];
  return train.length > 0 ? [train, test] : [test, []];
}
