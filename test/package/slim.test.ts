// Shaders as they are built into the package: shorter texts of the same tokens, on the same lines.
import { beforeAll, expect, it } from 'vitest';
import { compose, type Parts } from '../../src/wgsl/compose.ts';
import type { Fragment } from '../../src/wgsl/fragment.ts';
import { namesOf } from '../../src/wgsl/names.ts';
import { slim } from '../../src/wgsl/plugin.ts';
import { complaints, fragments, kernels, nullDevice, ofRole } from '../wgsl/shaders.ts';

let device: GPUDevice;
beforeAll(async () => {
  device = await nullDevice();
});

const uncommented = (code: string) => code.replace(/\/\/.*|\/\*[\s\S]*?\*\//g, '');
const TOKEN = /\w+(?:\.\d\w*)?|\S/g;

it('drops comments and spaces, and nothing else', () => {
  expect(slim('let a = b - -c; // why\n\n  /* x\n y */ if (a < 1.0) { f(a, b); }')).toBe(
    'let a=b - -c;\n\n\nif(a<1.0){f(a,b);}',
  );
  for (const fragment of fragments) {
    const { file, code } = fragment;
    const lines = slim(code).split('\n');
    expect(namesOf({ ...fragment, code: slim(code) }), file).toEqual(namesOf(fragment));
    expect(
      lines.map((line) => line.match(TOKEN) ?? []),
      file,
    ).toEqual(code.split('\n').map((line) => uncommented(line).match(TOKEN) ?? []));
  }
});

it('leaves kernels that compile', { timeout: 60_000 }, async () => {
  const short = (fragment: Fragment): Fragment => ({ ...fragment, code: slim(fragment.code) });
  // A text is shortened by itself: one kernel for each will do.
  const seen = new Set<string>();
  for (const { parts } of ofRole('core').flatMap(kernels)) {
    const files = Object.values(parts).map((part) => (part as Fragment).file);
    if (files.every((file) => seen.has(file))) continue;
    for (const file of files) seen.add(file);
    const slimmed = Object.fromEntries(Object.entries(parts).map(([role, part]) => [role, short(part as Fragment)]));
    const kernel = compose(slimmed as unknown as Parts, ofRole('lib').map(short));
    expect(await complaints(device, kernel), kernel.name).toEqual([]);
  }
});
