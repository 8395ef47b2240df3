// The package as its users get it: built, packed, and installed into a project that lies outside this one.
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { promisify } from 'node:util';

export const root = join(import.meta.dirname, '../..');

const execute = promisify(execFile);

/** Runs Node with `args`. Rejects with what it printed. */
export async function node(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
  // The tests' own NODE_ENV would have Vite build for tests.
  const environment = { ...process.env, NODE_ENV: undefined, VITEST: undefined, ...env };
  try {
    return await execute(process.execPath, args, { cwd, env: environment });
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    throw new Error(`node ${args.join(' ')}\n${stdout}${stderr}`, { cause: error });
  }
}

export const VITE = join(root, 'node_modules/vite/bin/vite.js');
export const TSC = join(root, 'node_modules/typescript/bin/tsc');

export interface Consumer {
  readonly tarball: string;
  /** Paths in the tarball. */
  readonly files: readonly string[];
  /** A project that has only the package installed. */
  readonly home: string;
  /** The package in the project's node_modules. */
  readonly installed: string;
}

/** Leaves the repository's own `dist` alone: others may be using it. */
export async function install(): Promise<Consumer> {
  const work = mkdtempSync(join(tmpdir(), 'rectigrad-'));
  const [source, home] = [join(work, 'source'), join(work, 'home')];
  mkdirSync(source);
  mkdirSync(home);
  for (const file of ['package.json', 'README.md', 'LICENSE']) copyFileSync(join(root, file), join(source, file));
  await Promise.all([
    node([VITE, 'build', '--mode', 'library', '--outDir', join(source, 'dist')], root),
    node([TSC, '-p', 'tsconfig.build.json', '--outDir', join(source, 'dist')], root),
  ]);
  const packed = await npm(['pack', '--ignore-scripts', '--json', '--pack-destination', work], source);
  const { filename, files } = readPacked(packed);
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  const tarball = join(work, filename);
  await npm(['install', '--offline', '--no-audit', '--no-fund', tarball], home);
  return { tarball, files, home, installed: join(home, 'node_modules/rectigrad') };
}

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** npm before version 12 prints a list of packages, later ones an object by their names. */
function readPacked(json: string): { readonly filename: string; readonly files: readonly string[] } {
  const packed = Object.values(JSON.parse(json) as readonly Packed[] | Readonly<Record<string, Packed>>)[0];
  if (!packed) throw new Error(`npm pack printed ${json}`);
  return { filename: packed.filename, files: packed.files.map(({ path }) => path).sort() };
}

async function npm(args: readonly string[], cwd: string): Promise<string> {
  const windows = process.platform === 'win32';
  return (await execute(windows ? 'npm.cmd' : 'npm', args, { cwd, shell: windows })).stdout;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.bin': 'application/octet-stream',
};

/** Serves the files of `folder` and does nothing else, as any web host would, with `headers`. Resolves with its address. */
export async function serve(
  folder: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly server: Server; readonly address: string }> {
  const server = createServer(({ url = '/' }, response) => {
    const path = normalize(new URL(url, 'http://localhost').pathname).replace(/[\\/]$/, '/index.html');
    try {
      const body = readFileSync(join(folder, path));
      response.writeHead(200, { ...headers, 'content-type': TYPES[extname(path)] ?? 'text/plain' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as { readonly port: number };
  return { server, address: `http://localhost:${port}` };
}
