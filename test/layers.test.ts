// The rules that hold the project's shape: which way imports point, where GPU types stand, how long a file may be.
// They are read from the sources as text, so that a broken rule fails here and not in review.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';

/** From the ground up: a file may import from its own layer and from those before it. */
const LAYERS: readonly (readonly string[])[] = [
  ['shaders'],
  ['src/wgsl'],
  ['src/graph'],
  ['src/ops', 'src/rectifier.ts', 'src/rectifiers.ts', 'src/random.ts'],
  ['src/nn', 'src/optim'],
  ['src/plan'],
  ['src/gpu'],
  ['src/data', 'src/train', 'src/formats'],
  ['src/engine.ts', 'src/worker'],
  ['src/index.ts', 'src/node.ts'],
  ['demo'],
];
/** Importable by all. */
const GROUND = ['src/errors.ts', 'src/options.ts'];
/** What the demo may know of the engine. */
const PUBLIC = ['src/index.ts', 'src/node.ts', 'src/worker/index.ts'];
/** Read by the build and by tests; never shipped. */
const BUILD_ONLY = ['src/wgsl/reflect.ts', 'src/wgsl/plugin.ts'];
/** Start the build themselves, so that Node can run what is written in TypeScript and WGSL; imported by nothing. */
const LAUNCHERS = ['demo/terminal/run.mjs', 'demo/guide/plugin.mjs'];
/** The packages that a file of src may import. Everything else is written here, so that users install nothing. */
const PACKAGES: Readonly<Record<string, RegExp>> = {
  'src/wgsl/reflect.ts': /^wgsl_reflect\//,
  'src/wgsl/plugin.ts': /^vite$/,
  'src/wgsl/wgsl.d.ts': /^wgsl_reflect$/,
  'src/node.ts': /^(webgpu$|node:)/,
};
const MAX_LINES = 300;

const root = posix.join(import.meta.dirname, '..');

interface Source {
  readonly file: string;
  readonly text: string;
}

function sources(folder: string, pattern: RegExp): Source[] {
  if (!existsSync(posix.join(root, folder))) return [];
  return readdirSync(posix.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => pattern.test(name) && !name.includes('node_modules'))
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
    .map((file) => ({ file, text: readFileSync(posix.join(root, file), 'utf8') }));
}

const COMMENT_OR_STRING = /\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;

function withoutComments(text: string): string {
  return text.replace(COMMENT_OR_STRING, (token) => (/^\/[/*]/.test(token) ? ' ' : token));
}

function withoutStrings(text: string): string {
  return text.replace(COMMENT_OR_STRING, ' ');
}

/** What `source` imports: paths from the root, or names of packages. */
function imports({ file, text }: Source): { readonly paths: string[]; readonly packages: string[] } {
  const pattern = /(?:\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\(\s*)(['"])([^'"]+)\1/g;
  const found = [...withoutComments(text).matchAll(pattern)].map((match) => match[2]!);
  return {
    paths: found.filter((name) => name.startsWith('.')).map((name) => posix.join(posix.dirname(file), name)),
    packages: found.filter((name) => !name.startsWith('.')),
  };
}

const within = (file: string, place: string) => file === place || file.startsWith(`${place}/`);

function layer(file: string): number {
  return LAYERS.findIndex((places) => places.some((place) => within(file, place)));
}

/** Every import of `all` that points up, or to a place that belongs to no layer. */
function wrongArrows(all: readonly Source[]): string[] {
  return all.flatMap((source) =>
    imports(source)
      .paths.filter((path) => !GROUND.includes(path) && within(path, 'test') === false)
      .filter((path) => layer(path) < 0 || GROUND.includes(source.file) || layer(path) > layer(source.file))
      .map((path) => `${source.file} imports ${path}`),
  );
}

const engine = sources('src', /\.ts$/);
const demo = sources('demo', /\.(ts|tsx|mjs)$/);

describe('layers', () => {
  it('every file of src belongs to one', () => {
    expect(engine.length).toBeGreaterThan(0);
    expect(engine.map(({ file }) => file).filter((file) => layer(file) < 0 && !GROUND.includes(file))).toEqual([]);
  });

  it('imports point one way only', () => {
    expect(wrongArrows([...engine, ...demo])).toEqual([]);
  });

  it('finds a wrong arrow, however it is written', () => {
    const wrong = [
      "import { a } from '../plan/a.ts';",
      "import type { A } from '../plan/a.ts';",
      "export * from '../plan/a.ts';",
      "import '../plan/a.ts';",
      "const a = await import('../plan/a.ts');",
      "type A = import('../plan/a.ts').A;",
      "new Worker(new URL('../plan/a.ts', import.meta.url));",
    ];
    for (const text of wrong)
      expect(wrongArrows([{ file: 'src/ops/x.ts', text }]), text).toEqual(['src/ops/x.ts imports src/plan/a.ts']);
    expect(wrongArrows([{ file: 'src/ops/x.ts', text: `// ${wrong[0]}` }])).toEqual([]);
    expect(wrongArrows([{ file: 'src/plan/x.ts', text: "import '../errors.ts'; import '../ops/a.ts';" }])).toEqual([]);
    expect(wrongArrows([{ file: 'src/errors.ts', text: "import './graph/a.ts';" }])).toHaveLength(1);
  });

  it('the demo knows the public entries of the engine only', () => {
    const allowed = (file: string) => (LAUNCHERS.includes(file) ? [...PUBLIC, ...BUILD_ONLY] : PUBLIC);
    const inside = demo.flatMap((source) =>
      imports(source)
        .paths.filter(
          (path) => (within(path, 'src') || within(path, 'shaders')) && !allowed(source.file).includes(path),
        )
        .map((path) => `${source.file} imports ${path}`),
    );
    expect(inside).toEqual([]);
  });

  it('nothing shipped imports what only the build needs', () => {
    const users = [...engine, ...demo]
      .filter(({ file }) => !LAUNCHERS.includes(file) && !BUILD_ONLY.includes(file))
      .filter((source) => imports(source).paths.some((path) => BUILD_ONLY.includes(path)));
    expect(users.map(({ file }) => file)).toEqual([]);
  });

  it('the engine imports no package, and its users install none', () => {
    const foreign = engine.flatMap((source) =>
      imports(source)
        .packages.filter((name) => !PACKAGES[source.file]?.test(name))
        .map((name) => `${source.file} imports ${name}`),
    );
    expect(foreign).toEqual([]);
    const manifest = JSON.parse(readFileSync(posix.join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
    expect(manifest).not.toHaveProperty('dependencies');
  });
});

describe('every file', () => {
  it('names GPU types in src/gpu alone', () => {
    const naming = [...engine, ...demo]
      .filter(({ file }) => !within(file, 'src/gpu'))
      .filter(({ text }) => /\bGPU[A-Z]\w*/.test(text) || /\bGPU\b/.test(withoutStrings(text)));
    expect(naming.map(({ file }) => file)).toEqual([]);
  });

  it('draws no number that a seed does not decide', () => {
    const drawing = [...engine, ...demo].filter(({ text }) => /\bMath\s*\.\s*random\b/.test(text));
    expect(drawing.map(({ file }) => file)).toEqual([]);
  });

  it(`has at most ${MAX_LINES} lines`, () => {
    const all = ['src', 'shaders', 'demo'].flatMap((folder) => sources(folder, /\.(ts|tsx|mjs|wgsl|css|html)$/));
    const long = all.map(({ file, text }) => ({ file, lines: text.split('\n').length - 1 }));
    expect(long.filter(({ lines }) => lines > MAX_LINES)).toEqual([]);
  });
});
