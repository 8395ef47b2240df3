// The packed tarball: what is in it, how large it is, its types, and that it trains in Node and in pages.
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserLaunch } from '../support/browser-launch.ts';
import { blocksOf } from '../support/guide.ts';
import { unpack } from '../support/software-gpu.ts';
import { type Consumer, install, node, root, serve, TSC, VITE } from './consumer.ts';

let consumer: Consumer;
beforeAll(async () => {
  consumer = await install();
}, 60_000);
afterAll(() => {
  rmSync(dirname(consumer.home), { recursive: true, force: true });
});

/** Writes a file of the consumer's project and returns its path. */
function write(path: string, text: string): string {
  const file = join(consumer.home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** A program that trains the digits and hands `done` the accuracy on the test set. */
const training = (rectigrad: string, source: string, done: string) => `
import { createEngine, data, nn, optim } from '${rectigrad}';
const engine = await createEngine({ seed: 0, ${source} });
const model = nn.sequential(nn.linear(64, 32), nn.prelu(), nn.linear(32, 10));
const { train, test } = await data.digits();
const options = { data: train, batchSize: 64, loss: nn.crossEntropy, optimizer: optim.adam({ lr: 3e-3 }) };
const trainer = await engine.trainer(model, options);
for await (const { loss } of trainer.run({ epochs: 5 })) {
  globalThis.gc?.();
  console.log(loss.toFixed(2));
}
const { accuracy } = await trainer.evaluate(test);
engine.destroy();
${done}(accuracy);
`;

describe('the tarball', () => {
  it('holds what was built, and nothing else', () => {
    const outside = consumer.files.filter((path) => !path.startsWith('dist/'));
    expect(outside).toEqual(['LICENSE', 'README.md', 'package.json']);
    const built = consumer.files.filter((path) => path.startsWith('dist/') && !path.endsWith('.d.ts'));
    for (const entry of ['index', 'node', 'worker'])
      expect(built).toEqual(expect.arrayContaining([`dist/${entry}.js`, `dist/${entry}.js.map`]));
    expect(built.filter((path) => !/\.js(\.map)?$/.test(path))).toEqual(['dist/digits.bin']);
  });

  it('has no complaint from publint', async () => {
    const tarball = Uint8Array.from(readFileSync(consumer.tarball)).buffer;
    const { messages } = await publint({ pack: { tarball }, strict: true });
    expect(messages).toEqual([]);
  });

  it('has shaders without comments, and source maps', () => {
    const text = readFileSync(join(consumer.installed, 'dist/index.js'), 'utf8');
    expect(text).toContain('@compute @workgroup_size(');
    expect(text).not.toContain('One thread');
    const map = JSON.parse(readFileSync(join(consumer.installed, 'dist/index.js.map'), 'utf8')) as {
      sources: string[];
    };
    expect(map.sources.some((source) => source.endsWith('src/engine.ts'))).toBe(true);
  });
});

describe('size', () => {
  // A download's size, and what it may be: a guard against growth by accident.
  const LIMITS = { everything: 86, core: 70 };
  const kilobytes = (code: string | Buffer) => gzipSync(code, { level: 9 }).length / 1000;

  it(`of everything but the digits: at most ${LIMITS.everything} kB`, () => {
    const folder = join(consumer.installed, 'dist');
    const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'));
    const size = scripts.reduce((sum, name) => sum + kilobytes(readFileSync(join(folder, name))), 0);
    process.stdout.write(`size, gzip: ${size.toFixed(1)} kB, everything but the digits\n`);
    expect(size).toBeLessThanOrEqual(LIMITS.everything);
  });

  it(`of the core with a multilayer perceptron: at most ${LIMITS.core} kB`, async () => {
    write(
      'core/main.js',
      `import { createEngine, nn, optim } from 'rectigrad';
       const engine = await createEngine();
       const model = nn.sequential(nn.linear(64, 32), nn.prelu(), nn.linear(32, 10));
       const options = { data: globalThis.samples, batchSize: 64, loss: nn.crossEntropy, optimizer: optim.adam({ lr: 1e-3 }) };
       for await (const report of (await engine.trainer(model, options)).run({ epochs: 5 })) console.log(report);`,
    );
    write('core/index.html', '<script type="module" src="./main.js"></script>');
    await node([VITE, 'build', '--outDir', '../core-built', '--logLevel', 'error'], join(consumer.home, 'core'));
    const assets = join(consumer.home, 'core-built/assets');
    const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'));
    const size = scripts.reduce((sum, name) => sum + kilobytes(readFileSync(join(assets, name))), 0);
    process.stdout.write(`size, gzip: ${size.toFixed(1)} kB, the core with a multilayer perceptron\n`);
    expect(size).toBeLessThanOrEqual(LIMITS.core);
  });
});

describe('types', () => {
  const program = `
import { createEngine, data, grad, nn, optim, type Report, type Tensor, UnsupportedError } from 'rectigrad';
import { gpu } from 'rectigrad/node';
import { connect, serve } from 'rectigrad/worker';

const engine = await createEngine({ seed: 0, gpu: await gpu() });
const model = nn.sequential(nn.linear(64, 32), nn.prelu({ share: 'channel' }), nn.linear(32, 10));
const optimizer = optim.adam({ lr: 3e-3 });
const { train } = await data.digits();
const trainer = await engine.trainer(model, { data: train, batchSize: 64, loss: nn.crossEntropy, optimizer });
for await (const { loss, rectifiers } of trainer.run({ epochs: 1 })) { const _: number = loss; rectifiers; }
export type Kept = Report;
export const unsupported = new UnsupportedError('none').message.length;
const step = await engine.compile({ x: [64, 64], labels: { shape: [64], dtype: 'u32' } }, ({ x, labels }) => {
  const hidden: Tensor = x.matmul(x).add(x.mul(2)).sub(x);
  const loss = nn.crossEntropy(model(hidden), labels);
  return { loss, total: x.sum().add(x.mean()), dx: grad(loss, x), ...optimizer.update(loss, model) };
});
step.run({ x: new Float32Array(4096), labels: new Uint32Array(64) });
const read: Float32Array = await step.read('loss');
read;
serve({ train: async (epochs: number) => epochs });
const { service } = connect<{ train: (epochs: number) => Promise<number> }>(new Worker('worker.js'));
export const epochs: number = await service.train(3);

// @ts-expect-error: a number, not a text
await service.train('3');
// @ts-expect-error: a number, not a text
await createEngine({ seed: '0' });
// @ts-expect-error: no such rectifier
nn.rectifier('funnel');
// @ts-expect-error: no such way to share
nn.prelu({ share: 'chanel' });
// @ts-expect-error: no optimizer
await engine.trainer(model, { data: train, batchSize: 64, loss: nn.crossEntropy });
// @ts-expect-error: not an output of the step
await step.read('los');
// @ts-expect-error: one input is missing
step.run({ x: new Float32Array(4096) });
// @ts-expect-error: a matrix product takes a tensor
export const wrong = (x: Tensor) => x.matmul(2);
// @ts-expect-error: no such method
export const missing = (x: Tensor) => x.matmull(x);
`;

  it.each([
    ['bundler', 'ESNext'],
    ['nodenext', 'NodeNext'],
  ])('right uses pass and wrong ones do not: moduleResolution %s', async (moduleResolution, module) => {
    write(`types-${moduleResolution}/program.ts`, program);
    const compilerOptions = { module, moduleResolution, target: 'ES2022', lib: ['ES2023', 'DOM'], types: [] };
    const rules = { strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, noEmit: true };
    const tsconfig = { compilerOptions: { ...compilerOptions, ...rules }, files: ['program.ts'] };
    const file = write(`types-${moduleResolution}/tsconfig.json`, JSON.stringify(tsconfig));
    expect((await node([TSC, '-p', file], consumer.home)).stdout).toBe('');
  });
});

describe('in Node', () => {
  const program = `import { gpu } from 'rectigrad/node';${training('rectigrad', 'gpu: await gpu()', 'console.log')}`;

  it('says what to install where the package webgpu is missing', async () => {
    const file = write('without-webgpu/train.js', program);
    await expect(node([file], consumer.home)).rejects.toThrow(
      /UnsupportedError\]?: gpu: the package 'webgpu'.* is not installed; run `npm install webgpu`/,
    );
  });

  it('trains the digits with the package webgpu, whatever is garbage-collected meanwhile', async () => {
    symlinkSync(join(root, 'node_modules/webgpu'), join(consumer.home, 'node_modules/webgpu'), 'junction');
    const folder = process.env.TEST_GPU === 'system' ? null : unpack('swiftshader');
    const driver: NodeJS.ProcessEnv = folder
      ? { LD_LIBRARY_PATH: folder, VK_DRIVER_FILES: `${folder}/vk_swiftshader_icd.json`, NODEVICE_SELECT: '1' }
      : {};
    const { stdout } = await node(['--expose-gc', write('train.js', program)], consumer.home, driver);
    process.stdout.write(`in Node: ${stdout.trim().replaceAll('\n', ' ')}\n`);
    expect(Number(stdout.trim().split('\n').at(-1))).toBeGreaterThan(0.9);
  });

  it('says what to do where there is no adapter', async () => {
    const none = "globalThis[Symbol.for('rectigrad.dawn')] = { requestAdapter: async () => null };\n";
    await expect(node([write('none.js', none + program)], consumer.home)).rejects.toThrow(
      /UnsupportedError\]?: gpu: Dawn found no adapter on \w+-\w+; install or update the graphics driver/,
    );
  });
});

it("trains in the guide's worker in a Vite app", { timeout: 60_000 }, async () => {
  const blocks = blocksOf('train-in-a-page').filter(({ code }) => /^\/\/ (worker|page)\.js\n/.test(code));
  expect(blocks).toHaveLength(2);
  for (const { code } of blocks) write(`work/${code.slice(3, code.indexOf('\n'))}`, code);
  write('work/index.html', '<script type="module" src="./page.js"></script>');
  await node(
    [VITE, 'build', '--base', './', '--outDir', '../work-built', '--logLevel', 'warn'],
    join(consumer.home, 'work'),
  );
  const { server, address } = await serve(consumer.home);
  const browser = await chromium.launch(browserLaunch());
  try {
    const tab = await browser.newPage();
    const told: string[] = [];
    tab.on('pageerror', (error) => told.push(error.message));
    tab.on('console', (message) => told.push(message.text()));
    await tab.goto(`${address}/work-built/index.html`);
    await expect.poll(() => told.at(-1), { timeout: 30_000 }).toMatch(/^accuracy \S+ after epoch 10$/);
    process.stdout.write(`in a worker: ${told.join(', ')}\n`);
  } finally {
    await browser.close();
    server.close();
  }
});

it("trains the guide's page in a Vite app, and without a bundler", { timeout: 60_000 }, async () => {
  const page = blocksOf('train-in-a-page').find(({ language }) => language === 'html')?.code ?? '';
  const [, script = ''] = /<script type="module">\n([\s\S]*?)<\/script>/.exec(page) ?? [];
  write('app/main.js', script.replace("'./rectigrad/index.js'", "'rectigrad'"));
  write('app/index.html', page.replace(/<script[\s\S]*<\/script>/, '<script type="module" src="./main.js"></script>'));
  await node(
    [VITE, 'build', '--base', './', '--outDir', '../app-built', '--logLevel', 'warn'],
    join(consumer.home, 'app'),
  );
  write('plain/digits.html', page);
  symlinkSync(join(consumer.installed, 'dist'), join(consumer.home, 'plain/rectigrad'), 'junction');

  const { server, address } = await serve(consumer.home);
  const browser = await chromium.launch(browserLaunch());
  try {
    for (const path of ['app-built/index.html', 'plain/digits.html']) {
      const tab = await browser.newPage();
      const failures: string[] = [];
      tab.on('pageerror', (error) => failures.push(error.message));
      await tab.goto(`${address}/${path}`);
      await tab.getByRole('button', { name: 'Train' }).click();
      const told = async () => failures[0] ?? (await tab.getByRole('status').textContent());
      await expect.poll(told, { timeout: 30_000 }).toMatch(/^It reads 9\d % of digits/);
      process.stdout.write(`${path}: ${await told()}\n`);
    }
  } finally {
    await browser.close();
    server.close();
  }
});
