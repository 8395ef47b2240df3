// Where the public data sets lie: the only place that knows addresses. They belong to others, may change, and are
// not what is tested: tests have a server of their own. `LoadOptions.url` names another, `LoadOptions.files` needs none.

/** Where a public data set lies. */
export interface Home {
  /** For messages and reports. */
  readonly name: string;
  /** The address before the names of the files. */
  readonly url: string;
  /**
   * Whether its server lets pages of other sites read the files (CORS), as far as is known. Where it does not, a page
   * cannot load them, and says what to do; Node always can.
   */
  readonly cors: 'unknown' | 'yes' | 'no';
  /** Their names at the address. */
  readonly files: readonly string[];
  /** Of all files together, as they are published. */
  readonly bytes: number;
  /** Bytes of the largest file, with room. A server that sends more sends something else. */
  readonly largest: number;
}

/** Training images and labels, test images and labels. */
const IDX_FILES = [
  'train-images-idx3-ubyte.gz',
  'train-labels-idx1-ubyte.gz',
  't10k-images-idx3-ubyte.gz',
  't10k-labels-idx1-ubyte.gz',
];
/** Unpacked, too: some servers unpack what they send. */
const IDX_LARGEST = 64e6;

/** The homes of the public data sets, for those who tell where from and how much before they download. */
export const HOMES = {
  // The mirror of the CVDF, https://github.com/cvdfoundation/mnist; the first home, yann.lecun.com, refuses visitors.
  mnist: {
    name: 'mnist',
    url: 'https://storage.googleapis.com/cvdf-datasets/mnist/',
    cors: 'unknown',
    files: IDX_FILES,
    bytes: 11_594_722,
    largest: IDX_LARGEST,
  },
  // The mirror that Keras loads from: keras/src/datasets/fashion_mnist.py.
  fashionMnist: {
    name: 'fashion-mnist',
    url: 'https://storage.googleapis.com/tensorflow/tf-keras-datasets/',
    cors: 'unknown',
    files: IDX_FILES,
    bytes: 30_878_645,
    largest: IDX_LARGEST,
  },
  // Its author's page, https://www.cs.toronto.edu/~kriz/cifar.html; 170 MB.
  cifar10: {
    name: 'cifar-10',
    url: 'https://www.cs.toronto.edu/~kriz/',
    cors: 'unknown',
    files: ['cifar-10-binary.tar.gz'],
    bytes: 170_052_171,
    largest: 200e6,
  },
} satisfies Record<string, Home>;
