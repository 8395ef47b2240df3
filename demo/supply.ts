// The page's side of data: the worker has them; here is what is shown of them, and how the visitor's own files get there.
import type { DataName } from './choices.ts';
import type { LoadOptions } from './datasets.ts';
import type { Excerpt } from './excerpt.ts';
import type { NamedFile } from './ownparts.ts';
import type { Service } from './service.ts';
import { createDropZone, filesOf } from './views/dropzone.ts';
import { countText } from './views/paint.ts';
import type { Settings } from './views/settings.ts';

export interface Supply {
  /** The data set of the state is another, or the page begins anew: shows what is there of it, without a download. */
  readonly show: () => void;
  /** Has it loaded, by a download if need be; `Service.close` ends that. Throws what there is to tell. */
  readonly load: (onLoad: LoadOptions['onLoad']) => Promise<void>;
  readonly drop: (dropped: DataTransfer) => void;
  readonly stop: () => void;
}

export interface SupplyOptions {
  readonly service: () => Pick<Service, 'sets' | 'take'>;
  /** Of the state. */
  readonly name: () => DataName;
  /** Files were read: the state is to name them. */
  readonly onChoose: () => void;
  /** Null of data that are not here. */
  readonly onShown: (excerpt: Excerpt | null) => void;
  readonly tell: (error: unknown) => void;
}

export function createSupply(settings: Pick<Settings, 'place' | 'note'>, options: SupplyOptions): Supply {
  const { service, name, onChoose, onShown, tell } = options;
  /** Of what was asked for last. */
  let turn = 0;
  let reading = 0;
  /** The reading during which a run was asked for: it waits for these files, or is on other data. */
  let passed = 0;
  const zone = createDropZone(settings.place('data'), (files) => void take(files));

  async function ask(asked: Parameters<Service['sets']>[1]): Promise<void> {
    turn += 1;
    const own = turn;
    zone.show(name() === 'files');
    const excerpt = await service().sets(name(), asked);
    if (own !== turn) return;
    const { train, test } = excerpt?.counts ?? {};
    if (train) settings.note('data', `${countText(train)} train, ${countText(test)} test`);
    onShown(excerpt);
  }

  // What cannot be had is told when it is trained on.
  const show = () => void ask({}).catch(() => undefined);

  async function take(files: readonly NamedFile[]): Promise<void> {
    reading += 1;
    const own = reading;
    zone.show(true);
    zone.say(files.length === 1 ? `Reading ${files[0]?.path}` : `Reading ${files.length} files`);
    try {
      const excerpt = await service().take(files, { onLoad: (text) => own === reading && zone.progress(text) });
      if (own !== reading) return;
      if (own !== passed) onChoose();
      zone.say(about(excerpt));
    } catch (error) {
      if (own !== reading) return;
      zone.say('');
      tell(error);
    }
  }

  return {
    show,
    load(onLoad) {
      passed = reading;
      return ask({ fetch: true, onLoad });
    },
    drop: (dropped) => void filesOf(dropped).then(take, tell),
    stop() {
      turn += 1;
      reading += 1;
    },
  };
}

function about({ train, counts }: Excerpt): string {
  const [height, width, channels] = train.shape;
  const each =
    width === undefined ? `${height} numbers each` : `${height} × ${width}${channels === 3 ? ', in colour' : ''}`;
  return `Read: ${countText(counts.train + counts.test)} samples, ${each}, ${train.classes} classes.`;
}
