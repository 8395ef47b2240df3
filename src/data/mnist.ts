// MNIST and its followers, by name.
import { damaged, type FileContent } from './content.ts';
import type { ByteDataset } from './dataset.ts';
import { HOMES, type Home } from './homes.ts';
import { idx } from './idx.ts';
import { type LoadOptions, load } from './load.ts';

/**
 * MNIST: handwritten digits 0 to 9, 60,000 images for training and 10,000 for testing, 11 MB.
 *
 * `x`: bytes `[count, 28, 28, 1]`, worth byte / 255: 0 (paper) to 1 (ink). `y`: labels 0..9.
 *
 * Downloaded from a mirror by the Common Visual Data Foundation, which is not ours and may change; with `files`, from
 * nowhere. Throws `DataError` if the files cannot be had or are damaged, and the reason of `signal` if that cancels.
 * Source: Y. LeCun, C. Cortes, C. J. C. Burges, https://github.com/cvdfoundation/mnist.
 */
export function mnist(options: LoadOptions = {}): Promise<{ train: ByteDataset; test: ByteDataset }> {
  return loadIdx(HOMES.mnist, options);
}

/**
 * Fashion-MNIST: ten classes of clothes, 60,000 images for training and 10,000 for testing, 31 MB.
 *
 * `x`: bytes `[count, 28, 28, 1]`, worth byte / 255. `y`: labels 0..9: T-shirt, trousers, pullover, dress, coat, sandal,
 * shirt, sneaker, bag, ankle boot.
 *
 * Downloaded from the mirror of Keras, which is not ours and may change; with `files`, from nowhere. Throws `DataError`
 * if the files cannot be had or are damaged, and the reason of `signal` if that cancels.
 * Source: H. Xiao, K. Rasul, R. Vollgraf, 2017, https://github.com/zalandoresearch/fashion-mnist, MIT licence.
 */
export function fashionMnist(options: LoadOptions = {}): Promise<{ train: ByteDataset; test: ByteDataset }> {
  return loadIdx(HOMES.fashionMnist, options);
}

function loadIdx(home: Home, options: LoadOptions): Promise<{ train: ByteDataset; test: ByteDataset }> {
  return load(home, options, async (files) => {
    const set = async (part: string, at: number): Promise<ByteDataset> => {
      const [images, labels] = [files[at] as FileContent, files[at + 1] as FileContent];
      const [imageFile = '', labelFile = ''] = home.files.slice(at);
      const made = await idx({ name: `${home.name} ${part}`, images, labels, classes: 10 }, imageFile, labelFile);
      if (made.shape.join() === '28,28,1') return made;
      throw damaged(imageFile, `images of ${made.shape.slice(0, 2).join(' x ')}`, '28 x 28', 'Use data.fromIdx.');
    };
    return { train: await set('train', 0), test: await set('test', 2) };
  });
}
