// Optimizers over several steps of a small model, against the float64 reference fed with the GPU's own gradients: what
// differs is the rounding of the update alone.
import { afterAll, describe, expect, test } from 'vitest';
import { type Engine, grad, type Module, nn, type Optimizer, optim, sum, type Tensor } from '../../src/index.ts';
import { openEngine, random } from '../support/check.ts';
import * as ref from '../support/reference.ts';

const engine: Engine = await openEngine();
afterAll(engine.destroy);

const ROWS = 8;
const STEPS = 6;
const tiny = () => nn.sequential(nn.linear(3, 5), nn.prelu(), nn.linear(5, 2));
const NAMES = ['0.weight', '0.bias', '1.a', '2.weight', '2.bias'];

/** All parameters of a model that was traced in this graph, by name. */
function parameters(model: Module, { graph }: Tensor): Record<string, Tensor> {
  const { entries } = graph.host.state(model)!;
  return Object.fromEntries(
    entries.map(({ name, spec, shape }) => [name, graph.parameter(spec, shape, () => new Float32Array())]),
  );
}

type Trace = readonly {
  readonly gradients: Record<string, Float32Array>;
  readonly values: Record<string, Float32Array>;
}[];

/** Trains on data that differ from step to step; returns each step's gradients and the values after it, first the initial ones. */
async function train(optimizer: Optimizer, model: Module = tiny(), steps = STEPS): Promise<Trace> {
  let names: string[] = [];
  const step = await engine.compile({ x: [ROWS, 3], target: [ROWS, 2] }, ({ x, target }): Record<string, Tensor> => {
    const loss = nn.mse(model(x), target);
    const its = parameters(model, loss);
    names = Object.keys(its);
    const outputs: Record<string, Tensor> = {};
    for (const [name, tensor] of Object.entries(its)) {
      outputs[name] = tensor;
      outputs[`d ${name}`] = grad(loss, tensor);
    }
    return { ...outputs, ...optimizer.update(loss, model) };
  });
  const read = async (prefix: string) => {
    const found: Record<string, Float32Array> = {};
    for (const name of names) found[name] = await step.read(`${prefix}${name}`);
    return found;
  };
  const trace = [{ gradients: {}, values: await read('') }];
  for (let t = 0; t < steps; t++) {
    step.run({ x: random(`x${t}`, [ROWS, 3]), target: random(`target${t}`, [ROWS, 2]) });
    trace.push({ gradients: await read('d '), values: await read('') });
  }
  step.destroy();
  return trace;
}

/** One parameter's values in float64, step by step, from the gradients of the GPU. */
type Reference = (p: Float64Array, gradient: ref.Numbers, state: ref.Moments, t: number, decayed: boolean) => void;

function compare(trace: Trace, reference: Reference, roundings: number, lr: number) {
  for (const name of Object.keys(trace[0]!.values)) {
    const p = Float64Array.from(trace[0]!.values[name]!);
    const state = { m: new Float64Array(p.length), v: new Float64Array(p.length) };
    const travelled = new Float64Array(p.length);
    for (let t = 1; t < trace.length; t++) {
      const before = p.slice();
      reference(p, trace[t]!.gradients[name]!, state, t, name.endsWith('weight'));
      // A step rounds the value once and the change `roundings` times; changes of both signs may have been added.
      p.forEach((value, i) => {
        travelled[i]! += Math.abs(value - before[i]!) + lr * Math.abs(trace[t]!.gradients[name]![i]!);
      });
      const unit = 2 ** -24;
      ref.expectClose(
        trace[t]!.values[name]!,
        p,
        (i) => unit * (2 * t * Math.abs(p[i]!) + t * roundings * travelled[i]!) + 1e-12,
      );
    }
    // Everything moves.
    expect(Math.max(...p.map((value, i) => Math.abs(value - trace[0]!.values[name]![i]!)))).toBeGreaterThan(1e-5);
  }
}

const decay = (options: { readonly weightDecay?: number }, decayed: boolean) =>
  decayed ? (options.weightDecay ?? 0) : 0;

describe('sgd', () => {
  test.each<[string, optim.SgdOptions & { readonly lr: number }]>([
    ['plain', { lr: 0.1 }],
    ['momentum', { lr: 0.1, momentum: 0.9 }],
    ['nesterov', { lr: 0.1, momentum: 0.9, nesterov: true }],
    ['weight decay', { lr: 0.1, weightDecay: 0.3 }],
    ['all of them', { lr: 0.05, momentum: 0.8, nesterov: true, weightDecay: 0.1 }],
  ])('%s', async (_, options) => {
    const trace = await train(optim.sgd(options));
    expect(Object.keys(trace[0]!.values)).toEqual(NAMES);
    compare(
      trace,
      (p, g, { v }, _t, decayed) => ref.sgd(p, g, v, { ...options, weightDecay: decay(options, decayed) }),
      12,
      options.lr,
    );
  });
});

describe.each([
  ['adam', optim.adam, ref.adam],
  ['adamw', optim.adamw, ref.adamw],
] as const)('%s', (_name, optimizer, reference) => {
  test.each<[string, optim.AdamOptions & { readonly lr: number }]>([
    ['defaults', { lr: 0.01 }],
    ['other moments', { lr: 0.02, betas: [0.5, 0.9], eps: 1e-3 }],
    ['weight decay', { lr: 0.01, weightDecay: 0.3 }],
  ])('%s', async (_, options) => {
    const [beta1, beta2] = options.betas ?? [0.9, 0.999];
    compare(
      await train(optimizer(options)),
      (p, g, moments, t, decayed) =>
        reference(p, g, moments, t, { ...options, beta1, beta2, weightDecay: decay(options, decayed) }),
      // Division 2.5 ulp, twice; square root 4; the corrections, sums of t terms, 2 each a step; the rest 1 each.
      64,
      options.lr,
    );
  });
});

const of = (trace: Trace, t: number, name: string) => Array.from(trace.at(t)!.values[name]!);

describe('groups', () => {
  test('rectifiers and biases are decayed on request', async () => {
    const options = {
      lr: 0.1,
      weightDecay: 0.2,
      groups: { rectifier: { decay: 1 }, bias: { decay: 0.5 }, weight: { decay: 0 } },
    };
    const trace = await train(optim.sgd(options));
    const factor = (name: string) => (name.endsWith('.a') ? 0.2 : name.endsWith('bias') ? 0.1 : 0);
    for (const name of NAMES)
      of(trace, 1, name).forEach((value, i) => {
        const [p, g] = [trace[0]!.values[name]![i]!, trace[1]!.gradients[name]![i]!];
        expect(value).toBeCloseTo(p - 0.1 * (g + factor(name) * p), 6);
      });
  });

  test.each([
    ['sgd', optim.sgd({ lr: 0.1, weightDecay: 0.5, groups: { weight: { lr: 0 } } })],
    ['adamw', optim.adamw({ lr: 0.1, weightDecay: 0.5, groups: { weight: { lr: 0 } } })],
  ])('%s: a learning rate of 0 freezes, to the bit', async (_, optimizer) => {
    const trace = await train(optimizer);
    for (const name of NAMES)
      if (name.endsWith('weight')) expect(of(trace, -1, name)).toEqual(of(trace, 0, name));
      else expect(of(trace, -1, name)).not.toEqual(of(trace, 0, name));
  });

  test('a group has a learning rate of its own', async () => {
    const trace = await train(optim.sgd({ lr: 0.1, groups: { rectifier: { lr: 2 } } }), tiny(), 1);
    of(trace, 1, '1.a').forEach((value, i) => {
      expect(value).toBeCloseTo(0.25 - 0.2 * trace[1]!.gradients['1.a']![i]!, 6);
    });
  });

  test.each([
    ['sgd', optim.sgd({ lr: 1, groups: { rectifier: { clamp: [0, 0.3] } } })],
    ['adam', optim.adam({ lr: 1, groups: { rectifier: { clamp: [0, 0.3] } } })],
  ])('%s: values are kept in their range', async (_, optimizer) => {
    const trace = await train(optimizer, tiny(), 3);
    const slopes = of(trace, -1, '1.a');
    for (const slope of slopes)
      expect(slope === 0 || slope === Math.fround(0.3) || (slope > 0 && slope < 0.3)).toBe(true);
    expect(slopes.some((slope) => slope === 0 || slope === Math.fround(0.3))).toBe(true);
  });
});

test('a fixed parameter that the caller has learned moves; the others stay numbers', async () => {
  const model = nn.sequential(
    nn.linear(3, 4),
    nn.rectifier('elu', { learn: ['alpha'], share: 'layer' }),
    nn.rectifier('leaky_relu', { learn: ['a'], values: { a: 0.1 } }),
    nn.rectifier('leaky_relu'),
    nn.linear(4, 2),
  );
  const trace = await train(optim.sgd({ lr: 0.1 }), model);
  expect(Object.keys(trace[0]!.values)).toEqual(['0.weight', '0.bias', '1.alpha', '2.a', '4.weight', '4.bias']);
  expect([of(trace, 0, '1.alpha'), of(trace, 0, '2.a')]).toEqual([[1], [0.1, 0.1, 0.1, 0.1].map(Math.fround)]);
  compare(trace, (p, g, { v }) => ref.sgd(p, g, v, { lr: 0.1 }), 12, 0.1);
});

test.each([
  ['sgd', optim.sgd({ lr: 0.1, momentum: 0.9, weightDecay: 0.5 })],
  ['adamw', optim.adamw({ lr: 0.1, weightDecay: 0.5 })],
])('%s: what the loss does not reach stays as it is, whatever the decay', async (_, optimizer) => {
  const [used, unused] = [nn.linear(3, 2), nn.linear(3, 4)];
  const model = nn.module((x) => {
    nn.within(x, 'unused', unused.trace);
    return nn.within(x, 'used', used.trace);
  });
  const step = await engine.compile({ x: [ROWS, 3] }, ({ x }) => {
    const loss = model(x).mean();
    return { ...parameters(model, loss), ...optimizer.update(loss, model) } as Record<string, Tensor>;
  });
  const initial = [await step.read('unused.weight'), await step.read('used.weight')] as const;
  for (let t = 0; t < 3; t++) step.run({ x: random(`x${t}`, [ROWS, 3]) });
  expect(await step.read('unused.weight')).toEqual(initial[0]);
  expect(await step.read('used.weight')).not.toEqual(initial[1]);
  step.destroy();
});

test.each<[string, optim.Schedule]>([
  ['constant', optim.constant(0.3)],
  [
    'piecewise',
    optim.piecewise([
      [0, 0.5],
      [3, 0.05],
      [7, 0.007],
    ]),
  ],
  ['cosine', optim.cosine({ lr: 0.1, steps: 8, end: 0.001 })],
  ['cosine to 0', optim.cosine({ lr: 1, steps: 5 })],
])('%s: the rate of every step, and beyond the last', async (_, schedule) => {
  const model = nn.linear(1, 1);
  const optimizer = optim.sgd({ lr: schedule });
  const step = await engine.compile({ x: [1, 1] }, ({ x }) => {
    const loss = sum(model(x));
    return { bias: parameters(model, loss).bias!, ...optimizer.update(loss, model) };
  });
  // The gradient of the bias is 1, and the bias starts at 0: it is minus the sum of the rates, in f32.
  let bias = 0;
  for (let t = 0; t < schedule.steps + 3; t++) {
    step.run({ x: Float32Array.of(0) });
    bias = Math.fround(bias - Math.fround(schedule.at(t)));
    expect((await step.read('bias'))[0]).toBe(bias);
  }
  step.destroy();
});

describe('groups by name', () => {
  test('the most specific one decides, property by property', async () => {
    const groups = {
      rectifier: { lr: 2, decay: 1 },
      'rectifier.a': { decay: 0 },
      '1.a': { lr: 0 },
      '2.bias': { lr: 3 },
    };
    const trace = await train(optim.sgd({ lr: 0.1, weightDecay: 0.5, groups }), tiny(), 1);
    expect(of(trace, 1, '1.a')).toEqual(of(trace, 0, '1.a'));
    of(trace, 1, '2.bias').forEach((value, i) => {
      expect(value).toBeCloseTo(trace[0]!.values['2.bias']![i]! - 0.3 * trace[1]!.gradients['2.bias']![i]!, 6);
    });
  });

  test('one parameter of several that a layer learns', async () => {
    const two = { forward: (x: number, { a, b }: Record<'a' | 'b', number>) => (x > 0 ? b * x : a * x) };
    const entry = {
      wgsl: `fn forward(x: f32, p: vec4f) -> f32 { return x * select(p.x, p.y, x > 0.0); }
             fn dx(x: f32, p: vec4f) -> f32 { return select(p.x, p.y, x > 0.0); }
             fn dp(x: f32, p: vec4f) -> vec4f { return vec4f(min(x, 0.0), max(x, 0.0), 0.0, 0.0); }`,
      formula: two.forward,
      parameters: { a: { kind: 'learned', value: 0.25 }, b: { kind: 'learned', value: 1 } },
    } as const;
    const model = nn.sequential(nn.linear(3, 5), nn.rectifier(entry), nn.linear(5, 2));
    const trace = await train(optim.sgd({ lr: 0.1, groups: { 'rectifier.a': { lr: 0 } } }), model, 2);
    const [first, last] = [of(trace, 0, '1.a_b'), of(trace, -1, '1.a_b')];
    expect(last.slice(0, 5)).toEqual(first.slice(0, 5));
    last.slice(64).forEach((value, i) => {
      expect(value).not.toBe(first[64 + i]);
    });
  });

  test('frozen for the first steps: nothing changes, and no moment is gathered', async () => {
    const groups = { '1.a': { freeze: 2 } };
    const trace = await train(optim.sgd({ lr: 0.1, momentum: 0.9, groups }), tiny(), 3);
    for (const t of [1, 2]) expect(of(trace, t, '1.a')).toEqual(of(trace, 0, '1.a'));
    of(trace, 3, '1.a').forEach((value, i) => {
      expect(value).toBeCloseTo(0.25 - 0.1 * trace[3]!.gradients['1.a']![i]!, 6);
    });
  });

  test('a name that the model does not have', async () => {
    await expect(train(optim.sgd({ lr: 0.1, groups: { slopes: {} } }))).rejects.toThrow(
      /no group 'slopes'; this model has weight, bias, norm, rectifier, 0.weight, 0.bias, rectifier.a, 1.a/,
    );
  });
});

describe('clipping', () => {
  const norm = (gradients: Record<string, Float32Array>) =>
    Math.hypot(...Object.values(gradients).flatMap((values) => [...values]));

  test.each([0.01, 1e6])('the norm of all gradients is at most %d', async (clipNorm) => {
    const trace = await train(optim.sgd({ lr: 0.1, clipNorm }), tiny(), 3);
    for (let t = 1; t <= 3; t++) {
      const scale = Math.min(1, clipNorm / norm(trace[t]!.gradients));
      for (const name of NAMES)
        of(trace, t, name).forEach((value, i) => {
          const [p, g] = [of(trace, t - 1, name)[i]!, trace[t]!.gradients[name]![i]!];
          // The norm is a sum of 42 squares; its 1e-6 is at most 1e-4 of the smaller one.
          expect(Math.abs(value - (p - 0.1 * scale * g))).toBeLessThan(
            2e-7 * Math.abs(p) + 2e-4 * 0.1 * scale * Math.abs(g) + 1e-9,
          );
        });
    }
  });

  test('without need of it, the bits are those of no clipping', async () => {
    const [clipped, free] = [
      await train(optim.adam({ lr: 0.01, clipNorm: 1e9 })),
      await train(optim.adam({ lr: 0.01 })),
    ];
    expect(clipped.at(-1)!.values).toEqual(free.at(-1)!.values);
  });

  test('gradients of any size leave numbers', async () => {
    const model = nn.linear(2, 1, { bias: false });
    const step = await engine.compile({ x: [1, 2] }, ({ x }) => {
      const loss = sum(model(x));
      return { w: parameters(model, loss).weight!, ...optim.sgd({ lr: 1, clipNorm: 1 }).update(loss, model) };
    });
    const before = await step.read('w');
    step.run({ x: Float32Array.of(3e38, 3e38) });
    const after = await step.read('w');
    expect([...after].every(Number.isFinite)).toBe(true);
    expect([...after]).not.toEqual([...before]);
    step.destroy();
  });

  test('a limit that is none', () => {
    for (const clipNorm of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => optim.sgd({ lr: 0.1, clipNorm })).toThrow(/clipNorm must be finite in float32 and at least/);
  });
});
