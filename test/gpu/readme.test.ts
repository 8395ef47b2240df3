// The README's example runs as printed and prints what the README says.
import { expect, it } from 'vitest';
import readme from '../../README.md?raw';
import { createEngine, data, nn, optim } from '../../src/index.ts';
import { getAdapter } from '../support/node-gpu.ts';

it('runs the example', async () => {
  const [, code = ''] = /```js\nimport .*\n([\s\S]*?)```/.exec(readme) ?? [];
  const [, expected = ''] = /```text\n([\s\S]*?)```/.exec(readme) ?? [];
  expect(code).toContain('createEngine({ seed: 0 })');
  const printed: string[] = [];
  const console = { log: (...values: unknown[]) => printed.push(values.join(' ')) };
  const gpu = { requestAdapter: getAdapter } as unknown as GPU;
  const names = { createEngine: () => createEngine({ seed: 0, gpu }), data, nn, optim, console };
  const AsyncFunction = (async () => undefined).constructor as new (
    ...text: string[]
  ) => (...values: unknown[]) => Promise<void>;
  await new AsyncFunction(...Object.keys(names), code)(...Object.values(names));
  const numbers = (text: string) => text.trim().split(/\s+/).map(Number);
  const [got, wanted] = [numbers(printed.join('\n')), numbers(expected)];
  process.stdout.write(`${printed.join('\n')}\n`);
  expect(got).toHaveLength(wanted.length);
  // Two decimals; other devices round otherwise, and five epochs let that grow a little.
  for (const [index, value] of got.entries()) expect(Math.abs(value - wanted[index]!)).toBeLessThanOrEqual(0.02);
});
