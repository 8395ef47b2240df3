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
  [['--rectifier', 'pelu', '--param', 'c=0'], /pelu: a and c must be above 0, got a = 1, c = 0/],
  [['--rectifier', 'rrelu', '--param', 'lower=0.5'], /lower must not be above upper, got lower = 0.5, upper = 0.333/],
  [['--rectifier', 'threshold_relu', '--param', 'theta=-1'], /theta must be at least 0, got theta = -1; the usual/],
  [['--rectifier', 'softplus', '--param', 'beta=0'], /softplus: beta must be above 0, got beta = 0/],
  [['--rectifier', 'srelu', '--param', 'd=-1'], /srelu: d, .* must be at least 0, got .*d = -1/],
  [['--rectifier', 'rrelu', '--learn', 'lower'], /rrelu's 'lower' cannot be learned: a bound of what is drawn has no/],
  [['--rectifier', 'threshold_relu', '--learn', 'theta'], /'theta' cannot be learned: its gradient is zero almost/],
  [['--rectifier', 'relu', '--param', 'a=1'], /'relu' has no parameter 'a'; it has none/],
  [['--param', 'a=NaN'], /--param a=NaN: must be a name and a number, such as a=0.25/],
  [['--param', 'a=Infinity'], /--param a=Infinity: must be a name and a number/],
  [['--param', 'a=1e39'], /prelu's a must be a finite number \(in f32\), got 1e\+39/],
  [['--init', 'zeros'], /--init zeros: must be one of auto, gaussian/],
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
