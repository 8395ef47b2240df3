// Public data sets from a server, here one of our own: progress, cancelling, the cache, and all that comes in place of data.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { cifar10, fashionMnist, fromImages, type LoadOptions, mnist } from '../../src/data/index.ts';
import { ArgumentError, DataError, UnsupportedError } from '../../src/errors.ts';
import { bytes, cifar, idx, tar } from './make.ts';

const pixels = (count: number) => Uint8Array.from({ length: 784 * count }, (_, index) => (index * 7919) % 256);
const pack = (content: Uint8Array) => Uint8Array.from(gzipSync(content));
const GOOD: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  'train-images-idx3-ubyte.gz': pack(idx([30, 28, 28], pixels(30))),
  'train-labels-idx1-ubyte.gz': pack(
    idx(
      [30],
      Array.from({ length: 30 }, (_, index) => index % 10),
    ),
  ),
  't10k-images-idx3-ubyte.gz': pack(idx([2, 28, 28], pixels(2))),
  't10k-labels-idx1-ubyte.gz': pack(idx([2], [4, 2])),
};
const [TRAIN_IMAGES = '', , , TEST_LABELS = ''] = Object.keys(GOOD);

type Answer = (response: ServerResponse, request: IncomingMessage) => void;
let answers: Record<string, Answer>;
let asked: string[];
let closed: string[];
const server = createServer((request, response) => {
  const file = (request.url ?? '').replace(/^.*\//, '');
  asked.push(file);
  response.setHeader('connection', 'close'); // tests that break connections shall not meet
  response.on('close', () => closed.push(file));
  const answer = answers[file];
  if (answer) answer(response, request);
  else response.writeHead(404).end('no such file');
});
let url: string;
const data =
  (content: Uint8Array): Answer =>
  (response) =>
    response.writeHead(200, { 'content-length': content.length }).end(content);

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sets`;
});
beforeEach(() => {
  [asked, closed] = [[], []];
  answers = Object.fromEntries(Object.entries(GOOD).map(([file, content]) => [file, data(content)]));
});
afterEach(() => {
  vi.unstubAllGlobals();
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Of what a page keeps, as much as is used here. */
function cacheOf(): Map<string, Uint8Array<ArrayBuffer>> {
  const kept = new Map<string, Uint8Array<ArrayBuffer>>();
  const cache = {
    match: async (key: string) => (kept.has(key) ? new Response(kept.get(key) ?? null) : undefined),
    put: async (key: string, response: Response) => void kept.set(key, new Uint8Array(await response.arrayBuffer())),
    delete: async (key: string) => kept.delete(key),
  };
  vi.stubGlobal('caches', { open: async () => cache });
  return kept;
}

describe('a download', () => {
  it.each([
    ['mnist', mnist],
    ['fashion-mnist', fashionMnist],
  ] as const)('comes to the two sets of %s', async (name, load) => {
    const { train, test } = await load({ url });
    expect([train.name, train.count, train.shape, train.classes]).toEqual([`${name} train`, 30, [28, 28, 1], 10]);
    expect([test.name, test.count, test.scale, ...test.y]).toEqual([`${name} test`, 2, 1 / 255, 4, 2]);
    expect(train.x).toEqual(pixels(30));
    expect(asked.toSorted()).toEqual(Object.keys(GOOD).toSorted());
  });

  it('comes to CIFAR-10 from its archive', async () => {
    const names = [1, 2, 3, 4, 5].map((index) => `data_batch_${index}.bin`);
    const members = [...names, 'test_batch.bin'].map((name, index) => [
      `cifar-10-batches-bin/${name}`,
      cifar(2, () => [index]),
    ]);
    answers['cifar-10-binary.tar.gz'] = data(pack(tar(Object.fromEntries(members))));
    const { train, test } = await cifar10({ url: `${url}/` });
    expect([train.count, test.count, ...test.y]).toEqual([10, 2, 5, 5]);
  });

  it('tells how far it is', async () => {
    const told: Record<string, (readonly [number, number | undefined])[]> = Object.fromEntries(
      Object.keys(GOOD).map((file) => [file, []]),
    );
    const content = GOOD[TRAIN_IMAGES]!;
    // Of one file, the server tells no length.
    answers[TEST_LABELS] = (response) => response.writeHead(200).end(GOOD[TEST_LABELS]);
    answers[TRAIN_IMAGES] = (response) => {
      response.writeHead(200, { 'content-length': content.length }).write(content.subarray(0, 200));
      setTimeout(() => response.end(content.subarray(200)), 30);
    };
    await mnist({ url, onProgress: (loaded, total, file) => told[file]?.push([loaded, total]) });
    expect(told[TRAIN_IMAGES]?.length).toBeGreaterThan(1);
    expect(told[TRAIN_IMAGES]?.[0]).toEqual([200, content.length]);
    expect(told[TRAIN_IMAGES]?.at(-1)).toEqual([content.length, content.length]);
    expect(told[TEST_LABELS]?.at(-1)).toEqual([GOOD[TEST_LABELS]!.length, undefined]);
  });

  it('takes files that the server has unpacked, or sends as a transfer packed by gzip', async () => {
    answers[TEST_LABELS] = data(idx([2], [9, 8]));
    answers[TRAIN_IMAGES] = (response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(GOOD[TRAIN_IMAGES]);
    const totals: unknown[] = [];
    const { train, test } = await mnist({
      url,
      onProgress: (_, total, file) => file === TRAIN_IMAGES && totals.push(total),
    });
    expect([...test.y]).toEqual([9, 8]);
    expect(train.x).toEqual(pixels(30));
    expect(totals.filter(Boolean)).toEqual([]);
  });

  const page = '<!DOCTYPE html>\n<html><body>Sign in</body></html>';
  const type =
    (contentType: string): Answer =>
    (response) =>
      response.writeHead(200, { 'content-type': contentType }).end(page);
  it.each<[string, Answer, RegExp]>([
    ['no file', (response) => response.writeHead(404).end(), /got HTTP status 404, expected the file/],
    ['a failure', (response) => response.writeHead(503).end(), /got HTTP status 503/],
    ['a page', type('text/html; charset=utf-8'), /got a web page, expected data/],
    ['a page that says it is data', type('application/octet-stream'), /got a web page, expected data/],
    [
      'the start of the data',
      (response) => {
        response.writeHead(200, { 'content-length': 5000 }).write(GOOD[TRAIN_IMAGES]!.subarray(0, 2000));
        setTimeout(() => response.destroy(), 20);
      },
      /cannot be downloaded \(\w+\): you are offline, or its server lets no page/,
    ],
    ['a connection that ends', (response) => response.destroy(), /cannot be downloaded/],
    [
      'more than it may be',
      (response) => response.writeHead(200, { 'content-length': 1e9 }).write('x'),
      /got 1000000000 bytes or more/,
    ],
  ])('says what came instead: %s', async (_what, answer, message) => {
    const kept = cacheOf();
    answers[TRAIN_IMAGES] = answer;
    const error = await mnist({ url }).then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    expect(error).toBeInstanceOf(DataError);
    expect(error?.message).toMatch(message);
    expect(error?.message).toContain(`mnist: ${url}/${TRAIN_IMAGES}: `);
    expect(error?.message).toContain(`Download ${TRAIN_IMAGES} by hand and pass it: { files: [...] }`);
    expect(kept.size).toBe(0);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['truncated', GOOD[TEST_LABELS]!.slice(0, -4), /^t10k-labels-idx1-ubyte\.gz: got/],
    ['of other data', pack(bytes('{"a": 1}')), /^t10k-labels-idx1-ubyte\.gz: got magic number 2065850658/],
    [
      'of another set',
      pack(idx([3], [1, 2, 3])),
      /^t10k-labels-idx1-ubyte\.gz: got 3 labels, expected 2, .* t10k-images/,
    ],
    ['empty', bytes(), /^t10k-labels-idx1-ubyte\.gz: got 0 bytes/],
  ])('keeps no file that is %s', async (_what, content, message) => {
    const kept = cacheOf();
    answers[TEST_LABELS] = data(content);
    await expect(mnist({ url })).rejects.toThrow(message);
    await expect(mnist({ url })).rejects.toBeInstanceOf(DataError);
    expect(kept.size).toBe(0);
  });

  it('refuses images of another size', async () => {
    answers['t10k-images-idx3-ubyte.gz'] = data(pack(idx([2, 4, 4], Array(32).fill(1))));
    await expect(mnist({ url })).rejects.toThrow(/^t10k-images-idx3-ubyte\.gz: got images of 4 x 4, expected 28 x 28/);
  });

  it('says that there is no server', async () => {
    const offline = fashionMnist({ url: 'http://127.0.0.1:1/' });
    await expect(offline).rejects.toThrow(/fashion-mnist: http:\/\/127\.0\.0\.1:1\/\S+: cannot be downloaded/);
    await expect(offline).rejects.toBeInstanceOf(DataError);
  });

  it('says of a home that it is not known to let pages in', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    await expect(cifar10()).rejects.toThrow(
      /^cifar-10: https:\/\/www\.cs\.toronto\.edu\/~kriz\/cifar-10-binary\.tar\.gz: cannot be downloaded \(Failed to fetch\): .*Download cifar-10-binary\.tar\.gz by hand \(whether its home lets pages read it is not known\)/,
    );
  });
});

describe('cancelling', () => {
  const why = new Error('enough');

  it('ends the downloads, with the reason, and keeps nothing', async () => {
    const kept = cacheOf();
    const controller = new AbortController();
    answers[TRAIN_IMAGES] = (response) =>
      response.writeHead(200, { 'content-length': 10_000 }).write(GOOD[TRAIN_IMAGES]!.subarray(0, 3000));
    const onProgress: LoadOptions['onProgress'] = (_, __, file) => {
      if (file === TRAIN_IMAGES) controller.abort(why);
    };
    await expect(mnist({ url, signal: controller.signal, onProgress })).rejects.toBe(why);
    await vi.waitFor(() => expect(closed).toContain(TRAIN_IMAGES));
    expect(kept.size).toBe(0);
  });

  it('while given files are read', async () => {
    const parts = Object.fromEntries(
      ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'].map((name) => [
        `${name}.bin`,
        cifar(1, () => [7]),
      ]),
    );
    const controller = new AbortController();
    const loaded = cifar10({ files: parts, signal: controller.signal });
    controller.abort(why);
    await expect(loaded).rejects.toBe(why);
  });

  it('before the start asks for nothing', async () => {
    const signal = AbortSignal.abort(why);
    await expect(mnist({ url, signal })).rejects.toBe(why);
    await expect(mnist({ files: GOOD, signal })).rejects.toBe(why);
    await expect(cifar10({ files: { 'test_batch.bin': bytes() }, signal })).rejects.toBe(why);
    expect(asked).toEqual([]);
  });

  it('while the last file comes into the cache takes out the others', async () => {
    const kept = cacheOf();
    const controller = new AbortController();
    const { put } = (await caches.open('')) as unknown as { put: (key: string, response: Response) => Promise<void> };
    Object.assign(await caches.open(''), {
      put: async (key: string, response: Response) => {
        await put(key, response);
        if (kept.size === 3) controller.abort(why);
      },
    });
    await expect(mnist({ url, signal: controller.signal })).rejects.toBe(why);
    expect(kept.size).toBe(0);
  });

  it('by a failure of one file ends the other downloads', async () => {
    answers[TRAIN_IMAGES] = (response) => void response.writeHead(200).write('\x1f\x8b');
    delete answers[TEST_LABELS];
    await expect(mnist({ url })).rejects.toThrow(/404/);
    await vi.waitFor(() => expect(closed).toContain(TRAIN_IMAGES));
  });
});

describe('the cache', () => {
  it('saves the second download', async () => {
    const kept = cacheOf();
    const first = await mnist({ url });
    expect([...kept.keys()].toSorted()).toEqual(
      Object.keys(GOOD)
        .map((file) => `${url}/${file}`)
        .toSorted(),
    );
    const told: unknown[] = [];
    expect(await mnist({ url, onProgress: (...state) => told.push(state) })).toEqual(first);
    expect(asked).toHaveLength(4);
    expect(told).toContainEqual([GOOD[TEST_LABELS]!.length, GOOD[TEST_LABELS]!.length, TEST_LABELS]);
    await mnist({ url, cache: false });
    expect(asked).toHaveLength(8);
  });

  it('is mended where it is spoilt', async () => {
    const kept = cacheOf();
    await mnist({ url });
    kept.set(`${url}/${TEST_LABELS}`, bytes('spoilt'));
    expect([...(await mnist({ url })).test.y]).toEqual([4, 2]);
    expect(kept.get(`${url}/${TEST_LABELS}`)).toEqual(GOOD[TEST_LABELS]);
  });

  it('is mended where what it holds cannot be read', async () => {
    const kept = cacheOf();
    await mnist({ url });
    const cache = await caches.open('');
    Object.assign(cache, { match: async () => ({ arrayBuffer: () => Promise.reject(new Error('unreadable')) }) });
    expect((await mnist({ url })).train.count).toBe(30);
    expect([asked.length, kept.size]).toEqual([8, 4]);
  });

  it('keeps what is good where another file cannot be had', async () => {
    const kept = cacheOf();
    await mnist({ url });
    kept.delete(`${url}/${TEST_LABELS}`);
    delete answers[TEST_LABELS];
    await expect(mnist({ url })).rejects.toThrow(/404/);
    expect(kept.size).toBe(3);
  });

  it.each([
    ['cannot be opened', { open: () => Promise.reject(new Error('insecure')) }],
    ['is full', { open: async () => ({ match: async () => undefined, put: () => Promise.reject(new Error('full')) }) }],
  ])('is done without where it %s', async (_what, none) => {
    vi.stubGlobal('caches', none);
    expect((await mnist({ url })).train.count).toBe(30);
  });
});

describe('files', () => {
  const dropped = (name: string, content: Uint8Array<ArrayBuffer>) => new File([content], name);

  it.each<[string, NonNullable<LoadOptions['files']>]>([
    ['by name', GOOD],
    ['in a list of four', Object.values(GOOD)],
    ['in what can be iterated, as a FileList', new Set(Object.values(GOOD))],
    [
      'dropped in any order, with others',
      [
        ...Object.entries(GOOD).map(([name, content]) => dropped(name, content)),
        dropped('README', bytes('hi')),
      ].reverse(),
    ],
    [
      'as some sites name them',
      Object.fromEntries(
        Object.entries(GOOD).map(([name, content]) => [
          `raw\\${name.replace('-idx', '.idx').replace('.gz', ' (1).gz')}`,
          content,
        ]),
      ),
    ],
  ])('come %s', async (_what, files) => {
    const { train, test } = await mnist({ files });
    expect([train.count, ...test.y]).toEqual([30, 4, 2]);
    expect(asked).toEqual([]);
  });

  it('says which are missing', async () => {
    const made = mnist({ files: [dropped(TRAIN_IMAGES, GOOD[TRAIN_IMAGES]!), GOOD[TEST_LABELS]!] });
    await expect(made).rejects.toThrow(
      'mnist: got the files train-images-idx3-ubyte.gz, one without a name; train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz missing. Add them to files.',
    );
    await expect(made).rejects.toBeInstanceOf(DataError);
    await expect(mnist({ files: [] })).rejects.toThrow(/got the files none/);
  });

  it.each([[GOOD[TRAIN_IMAGES]], ['name.gz'], [new Blob([])]])('must be a list or a record: not %o', async (files) => {
    await expect(mnist({ files: files as never })).rejects.toThrow(ArgumentError);
  });
});

it('pictures need a browser', async () => {
  await expect(fromImages(['a/1.png'], { height: 8, width: 8 })).rejects.toThrow(UnsupportedError);
});
