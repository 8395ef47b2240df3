// CIFAR-10, by name: from the archive of its binary version, or the six files in it.
import { CIFAR10, cifar } from './cifar.ts';
import { contentOf, damaged, FETCH_AGAIN, type FileContent } from './content.ts';
import type { ByteDataset } from './dataset.ts';
import { HOMES } from './homes.ts';
import { checkLoad, type LoadOptions, load, named, need } from './load.ts';
import { filesOfTar } from './tar.ts';

const TEST = 'test_batch.bin';
const PARTS = [...[1, 2, 3, 4, 5].map((index) => `data_batch_${index}.bin`), TEST];

/**
 * CIFAR-10: ten classes of small photographs, 50,000 for training and 10,000 for testing, 170 MB.
 *
 * `x`: bytes `[count, 32, 32, 3]`, red, green, blue, worth byte / 255. `y`: labels 0..9: airplane, automobile, bird, cat,
 * deer, dog, frog, horse, ship, truck.
 *
 * Downloaded from its author's page, which is not ours and may change, and may not let pages of other sites read it:
 * then, download `cifar-10-binary.tar.gz` by hand and pass it as `files`, packed, or the six `.bin` files in it.
 * Throws `DataError` if the files cannot be had or are damaged, and the reason of `signal` if that cancels.
 * Source: A. Krizhevsky, 2009, https://www.cs.toronto.edu/~kriz/cifar.html.
 */
export async function cifar10(options: LoadOptions = {}): Promise<{ train: ByteDataset; test: ByteDataset }> {
  const home = HOMES.cifar10;
  checkLoad(home, options);
  if (options.files && areParts(named(options.files))) {
    options.signal?.throwIfAborted();
    const sets = await parse(need(home, options.files, PARTS));
    options.signal?.throwIfAborted();
    return sets;
  }
  return load(home, options, async ([archive]) => {
    const file = home.files[0] ?? '';
    const members = filesOfTar(await contentOf(archive as FileContent, file), file);
    const paths = [...members.keys()];
    return parse(
      PARTS.map((part) => {
        const found = members.get(paths.find((path) => path.endsWith(part)) ?? '');
        if (found) return found;
        throw damaged(file, `no ${part} in it`, 'the binary version of CIFAR-10', FETCH_AGAIN);
      }),
    );
  });
}

const areParts = (files: ReturnType<typeof named>) =>
  files.some(([name]) => /\.bin(\.gz)?$/i.test(name)) ||
  (files.length === PARTS.length && files.every(([name]) => !name));

async function parse(contents: readonly FileContent[]): Promise<{ train: ByteDataset; test: ByteDataset }> {
  const files = contents.map((content, index) => ({ content, file: PARTS[index] ?? '' }));
  return {
    train: await cifar(files.slice(0, -1), { name: 'cifar-10 train' }, CIFAR10),
    test: await cifar(files.slice(-1), { name: 'cifar-10 test' }, CIFAR10),
  };
}
