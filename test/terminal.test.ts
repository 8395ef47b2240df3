// What the command line of `npm run train` means; test/gpu/terminal.test.ts runs it.
import { expect, it } from 'vitest';
import { parseOptions } from '../demo/terminal/options.ts';
import { ArgumentError } from '../src/index.ts';

it('takes parameters, which of them are learned, and the registry’s own sharing', () => {
  const own = ['--rectifier', 'elu', '--param', 'alpha=0.25', '--learn', 'alpha', '--share', 'element'];
  expect(parseOptions(own)).toMatchObject({ param: { alpha: 0.25 }, learn: ['alpha'], share: 'element' });
  expect(parseOptions(['--rectifier', 'frelu'])).toMatchObject({ param: {}, learn: undefined, share: 'layer' });
  expect(parseOptions([])).toMatchObject({ rectifier: 'prelu', share: 'channel', init: 'auto' });
});

it.each([
  [['--foo'], /foo/],
  [['--param', 'alpha=1'], /'prelu' has no parameter 'alpha'; it has a/],
  [['--param', 'a'], /--param a: must be a name and a number, such as a=0.25/],
  [['--rectifier', 'elu', '--learn', 'a'], /'elu' has no parameter 'a'; it has alpha/],
  [['--rectifier', 'softplus', '--learn', 'threshold'], /softplus's 'threshold' cannot be learned/],
  [['--rectifier', 'pelu', '--param', 'a=-1', '--param', 'c=2'], /pelu: a and c must be above 0, got a = -1, c = 2/],
  [['--share', 'all'], /--share all: must be one of layer, channel, element/],
  [['--init', 'kaiming'], /--init kaiming: must be one of auto, gaussian, xavier, .*, lecun, dprelu, gain/],
  [['--rectifier', 'funnel'], /must be one of identity, relu/],
  [['--model', '64-1a-10'], /'1a' is not a width/],
  [['--model', '64-1x99999-10'], /more than 1000 layers/],
  [['--lr', 'fast'], /--lr fast: must be a number/],
  [['--decay-slopes=-1'], /--decay-slopes -1: must be a number of at least 0/],
  [['--clip-norm', 'x'], /--clip-norm x: must be a number of at least 0/],
  [['--pretrain', '1.5'], /--pretrain 1.5: must be a whole number of at least 0/],
])('refuses %j', (args, message) => {
  expect(() => parseOptions(args)).toThrow(ArgumentError);
  expect(() => parseOptions(args)).toThrow(message);
});
