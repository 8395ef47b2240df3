// The guide's programs run as printed and print what the guide says: the js blocks of a page are one program, and the
// text block after one of them is what that one prints. Blocks that begin with a file's name have a scope of their own. The page of html runs in test/package, from the packed package.
import { describe, expect, it } from 'vitest';
import * as rectigrad from '../../src/index.ts';
import * as worker from '../../src/worker/index.ts';
import { blocksOf } from '../support/guide.ts';
import { getAdapter } from '../support/node-gpu.ts';

const gpu = { requestAdapter: getAdapter } as unknown as GPU;
const library = {
  ...rectigrad,
  createEngine: (options: rectigrad.EngineOptions) => rectigrad.createEngine({ gpu, ...options }),
};

const AsyncFunction = (async () => undefined).constructor as new (
  ...text: string[]
) => (...values: unknown[]) => Promise<void>;

/** What each js block of a page prints. */
async function run(codes: readonly string[]): Promise<string[]> {
  const printed: string[][] = [];
  const console = { log: (...values: unknown[]) => printed.at(-1)?.push(values.join(' ')) };
  // A worker's program and its page's run side by side here.
  const { port1, port2 } = new MessageChannel();
  function Worker() {
    return port1;
  }
  const messages = { ...worker, serve: (service: object) => worker.serve(service, port2) };
  const names = { library, messages, Worker, console, next: () => printed.push([]) };
  const program = codes
    .map((code) => (/^\/\/ \S+\.js\n/.test(code) ? `{\n${code}\n}` : code))
    .map((code) => code.replace(/^import (\{.*\}) from 'rectigrad';$/m, 'const $1 = library;'))
    .map((code) => code.replace(/^import (\{.*\}) from 'rectigrad\/worker';$/m, 'const $1 = messages;'))
    .map((code) => `next();\n${code.replace('import.meta.url', "'https://localhost/'")}`)
    .join('\n');
  await new AsyncFunction(...Object.keys(names), program)(...Object.values(names));
  return printed.map((lines) => lines.join('\n'));
}

const NUMBER = /(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)/;

/** Words must be equal, and whole numbers; others may differ by 2 of their last decimal, as other devices round. */
function expectPrinted(printed: string, wanted: string): void {
  // Which kernel a product takes, and in how many workgroups, depends on the device.
  const [got = '', then = ''] = [printed, wanted].map((text) =>
    text.replace(/^gemm[a-z0-9_]*(\S*) \[\d+\]/gm, 'gemm$1'),
  );
  const [parts, expected] = [got.split(NUMBER), then.split(NUMBER)];
  const same = expected.map((part, index) => {
    const decimals = /\.(\d+)/.exec(part)?.[1]?.length;
    if (index % 2 === 0 || decimals === undefined) return part;
    return Math.abs(Number(parts[index]) - Number(part)) <= 2.001 * 10 ** -decimals ? parts[index] : part;
  });
  expect(got).toBe(same.join(''));
}

describe.each(['train-in-a-page', 'your-own-loop', 'add-a-rectifier'])('%s', (page) => {
  it('runs, and prints what it says', async () => {
    const blocks = blocksOf(page);
    const codes = blocks.filter(({ language }) => language === 'js');
    const printed = await run(codes.map(({ code }) => code));
    for (const [index, code] of codes.entries()) {
      const next = blocks[blocks.indexOf(code) + 1];
      expectPrinted(printed[index] ?? '', next?.language === 'text' ? next.code.trimEnd() : '');
    }
  });
});
