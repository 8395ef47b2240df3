// A software Vulkan driver (SwiftShader with its loader) and a headless Chromium, unpacked from the npm package
// @sparticuz/chromium: no network, no system packages. Linux x64 only; elsewhere there is a system GPU or none.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

const ARCHIVES = {
  swiftshader: ['swiftshader'],
  // al2023 holds the libraries (NSS and friends) that Chromium misses on a bare system.
  chromium: ['swiftshader', 'al2023', 'fonts'],
} as const;

/**
 * The folder that holds the unpacked files; null where the package has none for this platform.
 * Not the package's own `executablePath()`, which reuses whatever version lies in the system's temporary folder.
 */
export function unpack(what: keyof typeof ARCHIVES): string | null {
  const home = packageFolder();
  if (!home) return null;
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
  const folder = join(home, '..', '..', '.cache', `${what}-${version}`);
  if (existsSync(folder)) return folder;

  const partial = `${folder}.${process.pid}`;
  const unbrotli = (name: string) => brotliDecompressSync(readFileSync(join(home, 'bin', name)));
  mkdirSync(partial, { recursive: true });
  for (const archive of ARCHIVES[what]) untar(unbrotli(`${archive}.tar.br`), partial);
  if (what === 'chromium') {
    writeFileSync(join(partial, 'chromium'), unbrotli('chromium.br'), { mode: 0o755 });
    // Its own looks for fonts in folders of the cloud; without any, text is invisible and slow to lay out.
    writeFileSync(join(partial, 'fonts.conf'), fontsConf(folder));
  }
  try {
    renameSync(partial, folder);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(folder)) throw error; // else another process was faster
  }
  return folder;
}

function fontsConf(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/fonts-cache</cachedir></fontconfig>
`;
}

function packageFolder(): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null;
  let folder: string;
  try {
    folder = dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium'));
  } catch {
    return null;
  }
  while (!existsSync(join(folder, 'bin', 'chromium.br'))) {
    if (folder === dirname(folder)) return null;
    folder = dirname(folder);
  }
  return folder;
}

/** Plain ustar (512-byte headers, names up to 100 bytes) is all that these archives use. */
function untar(archive: Buffer, into: string): void {
  const text = (at: number, length: number) => archive.toString('latin1', at, at + length).replace(/\0.*$/s, '');
  const octal = (at: number, length: number) => Number.parseInt(text(at, length) || '0', 8);
  let header = 0;
  while (header + 512 <= archive.length && text(header, 100) !== '') {
    const size = octal(header + 124, 12);
    const type = text(header + 156, 1);
    if (type === '0' || type === '') {
      const path = join(into, text(header, 100));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, archive.subarray(header + 512, header + 512 + size), { mode: octal(header + 100, 8) });
    }
    header += 512 + Math.ceil(size / 512) * 512;
  }
}
