// Pictures and downloads in a real page: its decoders, its canvas, its cache.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DataError, data } from '../../src/index.ts';

/** A PNG of one colour, or of two halves, left and right. */
async function picture(left: string, right = left, width = 12, height = 10): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  [left, right].forEach((colour, half) => {
    context.fillStyle = colour;
    context.fillRect((half * width) / 2, 0, width / 2, height);
  });
  return canvas.convertToBlob({ type: 'image/png' });
}

/** As from `<input type="file" webkitdirectory>`. */
const inFolder = (path: string, content: Blob): File =>
  Object.defineProperty(new File([content], path.replace(/^.*\//, '')), 'webkitRelativePath', { value: path });

const size = { height: 2, width: 4 };

describe('pictures', () => {
  it('become pixels of one size, labelled by their folders', async () => {
    const list = [
      inFolder('pets/dog/1.png', await picture('rgb(200, 100, 50)')),
      inFolder('pets/cat/1.png', await picture('white', 'black')),
      inFolder('pets/cat/2.png', await picture('rgb(0 0 0 / 0)')),
    ];
    const told: unknown[] = [];
    const set = await data.fromImages(list, { ...size, onProgress: (...state) => told.push(state) });
    expect([set.count, set.shape, set.classes, set.classNames]).toEqual([3, [2, 4, 3], 2, ['cat', 'dog']]);
    expect([[...set.y], set.scale, set.name]).toEqual([[1, 0, 0], 1 / 255, 'images']);
    expect([...set.x.subarray(0, 24)]).toEqual(Array(8).fill([200, 100, 50]).flat());
    expect([...set.x.subarray(24, 27), ...set.x.subarray(33, 36)]).toEqual([255, 255, 255, 0, 0, 0]);
    expect([...set.x.subarray(48)]).toEqual(Array(24).fill(0)); // transparent: black
    expect(told).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  it('become grey as the eye sees them', async () => {
    const colours = ['red', 'lime', 'blue', 'white', 'rgb(200, 100, 50)', 'rgb(255 255 255 / 0.5)'];
    const list = await Promise.all(colours.map(async (colour, label) => ({ image: await picture(colour), label })));
    const set = await data.fromImages(list, { ...size, channels: 1, scale: 1, name: 'colours' });
    expect([set.shape, set.scale, set.name, set.classes]).toEqual([[2, 4, 1], 1, 'colours', 6]);
    const grey = [76, 150, 29, 255, 124, 128];
    for (const [index, level] of grey.entries())
      expect(Math.abs(set.x[8 * index]! - level), colours[index]).toBeLessThanOrEqual(1);
  });

  it('come from addresses, ten and more', async () => {
    const url = URL.createObjectURL(await picture('red'));
    const list = Array.from({ length: 19 }, (_, index) => ({ image: url, label: index % 2 ? 'b' : 'a' }));
    const set = await data.fromImages(list, { ...size, classNames: ['b', 'a'] });
    expect([...set.y]).toEqual(Array.from({ length: 19 }, (_, index) => 1 - (index % 2)));
    expect([...set.x.subarray(-3)]).toEqual([255, 0, 0]);
  });

  it.each<[string, (image: Blob) => Parameters<typeof data.fromImages>, RegExp]>([
    ['no picture', () => [[inFolder('a/b.png', new Blob(['text']))], size], /^b\.png: got bytes that are no picture/],
    ['a page', () => [[{ image: '/', label: 0 }], size], /images: \/: got a web page, expected data/],
    ['no label', (image) => [[image], size], /picture 0 has neither a label nor a folder/],
    [
      'both labels',
      (image) => [
        [
          { image, label: 0 },
          { image, label: 'a' },
        ],
        size,
      ],
      /labels of both kinds/,
    ],
    [
      'no class',
      (image) => [[{ image, label: 'c' }], { ...size, classNames: ['a'] }],
      /got label c, expected one of a/,
    ],
    ['a fraction', (image) => [[{ image, label: 0.5 }], size], /label of sample 0 is 0\.5/],
    ['nothing', () => [[], size], /got no pictures/],
    [
      'no size',
      (image) => [[{ image, label: 0 }], { height: 0, width: 4 }],
      /height must be a whole number in 1\.\.16384/,
    ],
    [
      'two channels',
      (image) => [[{ image, label: 0 }], { ...size, channels: 2 as 1 }],
      /channels must be 1 or 3, got 2/,
    ],
    [
      'too many',
      (image) => [Array(9).fill({ image, label: 0 }), { height: 16384, width: 16384 }],
      /dimensions 9 x 16384/,
    ],
  ])('are refused: %s', async (_what, make, message) => {
    await expect(data.fromImages(...make(await picture('red')))).rejects.toThrow(message);
  });

  it('can be cancelled', async () => {
    const why = new Error('enough');
    for (const count of [40, 1]) {
      const controller = new AbortController();
      const onProgress = () => controller.abort(why);
      const list = Array(count).fill({ image: await picture('red'), label: 0 });
      await expect(data.fromImages(list, { ...size, signal: controller.signal, onProgress })).rejects.toBe(why);
    }
  });
});

describe('the cache of the browser', () => {
  const url = `${location.origin}/no-such-sets`;
  const idx = (dimensions: readonly number[], value: number) => {
    const size = dimensions.reduce((product, length) => product * length, 1);
    const bytes = new Uint8Array(4 + 4 * dimensions.length + size).fill(value);
    const view = new DataView(bytes.buffer);
    for (const [index, word] of [0x800 + dimensions.length, ...dimensions].entries()) view.setUint32(4 * index, word);
    return bytes;
  };
  const files = { images: idx([3, 28, 28], 7), labels: idx([3], 2) };
  afterEach(async () => {
    vi.unstubAllGlobals();
    await caches.delete('rectigrad-data');
  });

  it('keeps what was downloaded and parsed, and nothing else', async () => {
    const fetched = vi.fn(
      async (address: string) => new Response(files[address.includes('images') ? 'images' : 'labels']),
    );
    vi.stubGlobal('fetch', fetched);
    const first = await data.mnist({ url });
    expect([first.train.count, ...first.test.y]).toEqual([3, 2, 2, 2]);
    expect(await data.mnist({ url })).toEqual(first);
    expect(fetched).toHaveBeenCalledTimes(4);
    expect((await (await caches.open('rectigrad-data')).keys()).length).toBe(4);
    const other = { url: `${url}/other` };
    vi.stubGlobal('fetch', async () => new Response(files.labels));
    await expect(data.mnist(other)).rejects.toThrow(DataError);
    expect((await (await caches.open('rectigrad-data')).keys()).length).toBe(4);
  });
});
