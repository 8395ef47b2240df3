// The guide and the reference as a site: TypeDoc has no complaint (a public name without a docstring, a link to nowhere),
// every link of what it makes leads somewhere, and nothing is fetched from elsewhere. And what the guide quotes is so.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nn, type Rectifier, rectifiers } from '../src/index.ts';
import { blocksOf } from './support/guide.ts';

const root = join(import.meta.dirname, '..');
const guide = join(root, 'demo/guide');
const PAGES = ['train-in-a-page', 'your-own-loop', 'add-a-rectifier', 'rectifiers'];

describe('the site', () => {
  const site = mkdtempSync(join(tmpdir(), 'rectigrad-guide-'));
  const pages = new Map<string, string>();
  beforeAll(async () => {
    const typedoc = join(guide, 'node_modules/typedoc/bin/typedoc');
    const made = promisify(execFile)(process.execPath, [typedoc, '--out', site], { cwd: guide });
    await made.catch((error: { readonly stdout: string; readonly stderr: string }) => {
      throw new Error(`${error.stdout}${error.stderr}`);
    });
    for (const name of readdirSync(site).filter((name) => name.endsWith('.html')))
      pages.set(name, readFileSync(join(site, name), 'utf8'));
  }, 60_000);
  afterAll(() => rmSync(site, { recursive: true, force: true }));

  it('has the guide and a page for each public name', () => {
    for (const name of [
      ...PAGES,
      'index',
      'rectigrad.createEngine',
      'rectigrad.nn.prelu',
      'rectigrad_node.gpu',
      'rectigrad_worker.connect',
    ])
      expect([...pages.keys()]).toContain(`${name}.html`);
  });

  it('has no dead link', () => {
    const dead = [...pages].flatMap(([name, html]) =>
      [...html.matchAll(/<(?:a|link|script)\b[^>]*?\b(?:href|src)="([^"]+)"/g)]
        .map(([, target = '']) => target)
        // The demo lies one folder up; what others publish is theirs to keep.
        .filter((target) => target !== '../index.html' && !target.startsWith('https:'))
        .filter((target) => {
          const [path = '', fragment] = target.split('#');
          if (!existsSync(join(site, path))) return true;
          return fragment && !(pages.get(path || name) ?? '').includes(`id="${decodeURIComponent(fragment)}"`);
        })
        .map((target) => `${name}: ${target}`),
    );
    expect(dead).toEqual([]);
  });

  it('fetches nothing from elsewhere', () => {
    const texts = ['assets/custom.css', 'colors.css', 'rectifiers.css', 'assets/style.css', 'assets/highlight.css'].map(
      (name) => readFileSync(join(site, name), 'utf8'),
    );
    for (const text of [...pages.values(), ...texts]) {
      expect(text).not.toMatch(/<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)="(?:https?:)?\/\//);
      expect(text).not.toMatch(/(?:@import|url\()\s*["']?(?:https?:)?\/\//);
    }
  });

  describe.each<[string, Rectifier]>(Object.entries(rectifiers))('of the rectifier %s', (name, entry) => {
    /** What is told of it, from its heading to the next one. */
    const section = () =>
      pages
        .get('rectifiers.html')
        ?.split('<h2 ')
        .find((part) => part.startsWith(`id="${name}"`)) ?? '';
    const rows = () =>
      new Map(
        [...section().matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)].map(([, title = '', text = '']) => [
          title,
          text.replaceAll('<br>', '\n').replace(/<[^>]+>/g, ''),
        ]),
      );

    it('tells what the registry says', () => {
      const parameters = Object.entries(entry.parameters);
      const short = (value: number) => Number(value.toPrecision(6));
      const told = rows();
      const list = parameters.map(([key, { kind, value }]) => `${key} = ${short(value)}, ${kind}`);
      expect(told.get('Parameters')).toBe(list.join('\n') || 'none');
      const learnable = parameters.some(([, { kind }]) => kind === 'learned' || kind === 'fixed');
      expect(told.get('Shared')).toBe(learnable ? (entry.share ?? 'channel') : undefined);
      const presets = entry.presets?.map((values) => Object.entries(values).map(([key, value]) => `${key} = ${value}`));
      expect(told.get('Presets')).toBe(presets?.map((values) => values.join(', ')).join('\n'));
      expect(told.get('Gain')).toBe(nn.gain(entry).toFixed(6));
      expect(told.get('Initial weights')).toBe(entry.init ?? 'gain');
      expect(told.get('Source')).toBe(entry.source);
      expect(told.get('PyTorch')).toBe(entry.torch ?? 'none');
      expect(told.get('ONNX')).toBe(entry.onnx ?? 'none');
      for (const title of ['y', 'dy/dx', 'At the kink']) {
        expect(told.get(title)).toMatch(/\w/);
        expect(told.get(title)).not.toMatch(/\bp\.[xyzw]\b|undefined|NaN/);
      }
    });

    it('draws the curves of its formula, and joins nothing where they jump', () => {
      const p = Object.fromEntries(Object.entries(entry.parameters).map(([key, { value }]) => [key, value]));
      const f = (x: number) => entry.formula(x, p);
      const path = (line: string) => {
        const [, d = ''] = new RegExp(`class="curve-${line}"[^>]* d="([^"]*)"`).exec(section()) ?? [];
        return [...d.matchAll(/([ML])(\S+?) ([^ML]+)/g)].map(([, way, x, y]) => ({ way, x: Number(x), y: Number(y) }));
      };
      const [y, dx] = [path('y'), path('dx')];
      expect(y.length).toBeGreaterThanOrEqual(65);
      expect([y[0]?.x, y.at(-1)?.x]).toEqual([-4, 4]);
      for (const point of y)
        expect(Math.min(...[0, 1e-6].map((h) => Math.abs(f(point.x + h) - point.y)))).toBeLessThan(1e-3);
      for (const { x, y } of dx) {
        const sides = [-1e-3, 1e-3].map((h) => (f(x + 2 * h) - f(x + h)) / h);
        expect(Math.min(...sides.map((slope) => Math.abs(slope - y)))).toBeLessThan(5e-3);
      }
      for (const points of [y, dx])
        for (const [index, { way, x, y }] of points.entries()) {
          const before = points[index - 1];
          if (way === 'L' && before) expect(Math.abs(y - before.y), `${name} at ${x}`).toBeLessThan(0.25);
        }
    });

    it('is found by its picture', () => {
      const page = pages.get('rectifiers.html') ?? '';
      expect(page).toContain(`<a href="#${name}"><svg`);
      for (const id of [name, `curve-${name}`]) expect(page.split(`id="${id}"`)).toHaveLength(2);
      expect(page).toContain(`<use href="#curve-${name}"/>`);
    });
  });
});

describe('what the guide quotes', () => {
  const blocks = PAGES.flatMap(blocksOf);
  const codes = (language: string) => blocks.filter((block) => block.language === language).map(({ code }) => code);

  it('is of a language that a test checks', () => {
    expect([...new Set(blocks.map(({ language }) => language))].toSorted()).toEqual(
      ['html', 'js', 'sh', 'text', 'ts', 'wgsl'], // html, js and text: test/package and test/gpu
    );
    for (const [index, { language, code }] of blocks.entries())
      if (language === 'text') expect(blocks[index - 1]?.language, code).toBe('js');
  });

  it('are the shader and the registry line of PReLU', () => {
    expect(codes('wgsl')).toEqual([readFileSync(join(root, 'shaders/act/prelu.wgsl'), 'utf8')]);
    const registry = readFileSync(join(root, 'src/rectifiers.ts'), 'utf8');
    for (const line of codes('ts').join('').trim().split('\n')) expect(registry).toContain(line);
  });

  it('are commands that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const texts = [readme, ...['README', ...PAGES].map((page) => readFileSync(join(guide, `${page}.md`), 'utf8'))];
    for (const text of texts) {
      for (const [, script = ''] of text.matchAll(/\bnpm run ([\w:]+)/g)) expect(scripts).toHaveProperty([script]);
      for (const [path] of text.matchAll(/\b(?:src|shaders|test|demo)\/[\w./-]*\w/g))
        expect(existsSync(join(root, path)), path).toBe(true);
    }
  });
});
