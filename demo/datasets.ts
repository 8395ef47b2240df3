// The data sets that the page names: made, come with it, or downloaded. The page's worker alone needs this.
import { DataError, data } from '../src/index.ts';
import { type DataName, dataSets, type Sets } from './choices.ts';

/** All but those that somebody chooses. */
export type NamedData = Exclude<DataName, 'files'>;

export interface LoadOptions {
  /** Hears how far it is, in words; a download or a decoding takes long. */
  readonly onLoad?: ((text: string, done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal;
}

const CLOTHES = 'T-shirt,trousers,pullover,dress,coat,sandal,shirt,sneaker,bag,ankle boot';
const PHOTOGRAPHS = 'airplane,automobile,bird,cat,deer,dog,frog,horse,ship,truck';

type Loader = (options: data.LoadOptions) => Sets | Promise<Sets>;

const loaders: Readonly<Record<NamedData, Loader>> = {
  digits: () => data.digits(),
  glyphs: () => data.glyphs(),
  mnist: data.mnist,
  fashion_mnist: async (options) => ({ ...(await data.fashionMnist(options)), classNames: CLOTHES.split(',') }),
  cifar10: async (options) => normalized({ ...(await data.cifar10(options)), classNames: PHOTOGRAPHS.split(',') }),
  spiral: () => data.spiral(),
  circles: () => data.circles(),
  moons: () => data.moons(),
  xor: () => data.xor(),
};

/** Throws DataError, with a sentence that says what to do, and the reason of `signal`. */
export async function loadSets(name: NamedData, { onLoad, signal }: LoadOptions = {}): Promise<Sets> {
  const choice = dataSets[name];
  if (!('home' in choice)) return loaders[name]({});
  const { label, home } = choice;
  const loaded = new Map<string, number>();
  const onProgress = (bytes: number, _: number | undefined, file: string) => {
    loaded.set(file, bytes);
    const sum = [...loaded.values()].reduce((all, part) => all + part, 0);
    // Some servers unpack what they send: then more comes than is said.
    const text = sum < home.bytes ? `Downloading ${label}: ${megabytes(sum, home.bytes)}` : `Reading ${label}`;
    onLoad?.(text, Math.min(sum, home.bytes), home.bytes);
  };
  try {
    return await loaders[name]({ onProgress, ...(signal && { signal }) });
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    // What a program would do about it is of no use here.
    const what = error.message
      .replace(`${home.name}: ${home.url}`, `${label}: `)
      .replace(/\.? (Download \S+ by hand|Use data\.|Fetch the file)[\s\S]*$/, '');
    throw new DataError(
      `${what}. Try again, or take another data set; or fetch ${home.files.length > 1 ? 'its files' : 'its file'} from ${home.url} yourself and choose “Your files”.`,
      { cause: error },
    );
  }
}

/** Colours get mean 0 and variance 1 as the network's first layer. */
export function normalized(sets: Sets): Sets {
  const { train } = sets;
  if (train.shape.length !== 3 || train.shape[2] !== 3) return sets;
  const { mean, std } = data.meanAndStd(train);
  // What is the same everywhere stays so.
  return { ...sets, train: { ...train, normal: { mean, std } } };
}

function megabytes(done: number, total: number): string {
  const [some, all] = [done, total].map((bytes) => (bytes / 1e6).toFixed(1));
  return `${some} of ${all} MB`;
}
