// `npm run train`, as a person runs it.
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { rectifiers } from '../../src/index.ts';

function train(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['demo/terminal/run.mjs', ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr, last: stdout.trim().split('\n').at(-1) ?? '' };
}

it('trains, and ends with one JSON object on request', () => {
  const { status, stdout, last } = train(
    '--json',
    '--epochs',
    '2',
    '--model',
    '64-8x2-10',
    '--share',
    'layer',
    '--seed',
    '3',
  );
  expect(status).toBe(0);
  expect(stdout).toMatch(/test {3}loss \d+\.\d+ {2}accuracy \d+\.\d+ %/);
  const {
    adapter,
    trainLoss,
    testAccuracy,
    rectifiers: learned,
    ...rest
  } = JSON.parse(last) as Record<string, unknown>;
  expect(rest).toEqual({
    data: 'digits',
    model: '64-8x2-10',
    rectifier: 'prelu',
    share: 'layer',
    param: {},
    optimizer: 'adam',
    lr: 0.001,
    momentum: 0,
    weightDecay: 0,
    decaySlopes: 0,
    clipNorm: 0,
    pretrain: 0,
    batch: 64,
    epochs: 2,
    init: 'auto',
    seed: 3,
    steps: 46,
  });
  expect(adapter).toBeTypeOf('string');
  expect(trainLoss).toBeGreaterThan(0);
  expect(testAccuracy).toBeGreaterThan(0);
  expect(learned).toEqual([
    { layer: '1', params: { a: [expect.any(Number)] } },
    { layer: '3', params: { a: [expect.any(Number)] } },
  ]);
});

it('takes parameters, and which of them are learned', () => {
  const own = ['--rectifier', 'dprelu', '--param', 'alpha=0.25', '--param', 'beta=0.9', '--learn', 'alpha'];
  const { last } = train('--json', '--epochs', '1', '--model', '64-4-10', '--init', 'dprelu', ...own);
  expect(JSON.parse(last)).toMatchObject({
    share: 'channel',
    param: { alpha: 0.25, beta: 0.9 },
    learn: ['alpha'],
    init: 'dprelu',
    rectifiers: [{ params: { alpha: Array(4).fill(expect.any(Number)), beta: [Math.fround(0.9)], t: [0], b: [0] } }],
  });
});

it('decays slopes on request, and only on request', () => {
  const slopesOf = (...more: string[]) => {
    const args = [
      '--json',
      '--epochs',
      '3',
      '--model',
      '64-8-10',
      '--share',
      'layer',
      '--optimizer',
      'sgd',
      '--lr',
      '0.05',
    ];
    const { last } = train(...args, ...more);
    return (JSON.parse(last) as { rectifiers: { params: { a: number[] } }[] }).rectifiers[0]?.params.a[0] ?? Number.NaN;
  };
  const [free, weights, slopes] = [slopesOf(), slopesOf('--weight-decay', '0.001'), slopesOf('--decay-slopes', '0.5')];
  expect(Math.abs(weights - free)).toBeLessThan(0.02);
  expect(slopes).toBeLessThan(free - 0.05);
});

it('pre-trains and clips on request', () => {
  const args = ['--json', '--epochs', '1', '--model', '64-8-10', '--seed', '1'];
  const lossOf = (...more: string[]) => (JSON.parse(train(...args, ...more).last) as { trainLoss: number }).trainLoss;
  const losses = [lossOf('--pretrain', '5'), lossOf('--clip-norm', '0.1'), lossOf()];
  expect(new Set(losses).size).toBe(3);
});

it.each([
  [['--foo'], /foo/],
  [['--model', '10-10'], /--model 10-10: digits needs 64 inputs and 10 outputs/],
  [['--optimizer', 'sgd', '--momentum', '2'], /momentum must be in \[0, 1\), got 2/],
])('refuses %j with the usage and status 2', (args, message) => {
  const { status, stderr, stdout } = train(...args);
  expect(status).toBe(2);
  expect(stderr).toMatch(message);
  expect(stderr).toContain('npm run train -- [options]');
  expect(stdout).toBe('');
});

it('lists every rectifier', () => {
  const { status, stdout } = train('--list');
  expect(status).toBe(0);
  for (const name of Object.keys(rectifiers)) expect(stdout).toContain(`| ${name} |`);
});
