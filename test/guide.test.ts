// The guide and the reference as a site: TypeDoc has no complaint (a public name without a docstring, a link to nowhere),
// every link of what it makes leads somewhere, and nothing is fetched from elsewhere. And what the guide quotes is so.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf } from './support/guide.ts';

const root = join(import.meta.dirname, '..');
const guide = join(root, 'demo/guide');
const PAGES = ['train-in-a-page', 'your-own-loop', 'add-a-rectifier'];

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
    for (const name of [...PAGES, 'index', 'rectigrad.createEngine', 'rectigrad.nn.prelu', 'rectigrad_node.gpu'])
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
    const texts = ['assets/custom.css', 'colors.css', 'assets/style.css', 'assets/highlight.css'].map((name) =>
      readFileSync(join(site, name), 'utf8'),
    );
    for (const text of [...pages.values(), ...texts]) {
      expect(text).not.toMatch(/<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)="(?:https?:)?\/\//);
      expect(text).not.toMatch(/(?:@import|url\()\s*["']?(?:https?:)?\/\//);
    }
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
