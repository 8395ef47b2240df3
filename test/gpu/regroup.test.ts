// How a rectifier's parameters learn can be changed in mid-run: it makes nothing, and what follows is to the bit what a fresh
// plan with these groups does.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createEngine,
  data,
  type Engine,
  nn,
  optim,
  type Rectifier,
  rectifiers,
  type Trainer,
} from '../../src/index.ts';
import type { RectifierName } from '../../src/rectifiers.ts';
import { countCalls } from '../support/count-calls.ts';
import { getAdapter } from '../support/node-gpu.ts';

let engine: Engine;
let device: GPUDevice;
let counts: Record<string, number>;
beforeAll(async () => {
  device = await (await getAdapter()).requestDevice();
  counts = countCalls(device);
  engine = await createEngine({ device, seed: 0 });
});
afterAll(() => {
  engine.destroy();
  device.destroy();
});

const { train } = data.spiral({ samples: 60 });
/** One batch, the same in every step: how many steps came before does not show. */
const trainerOf = (model: nn.Module, optimizer: optim.Optimizer) =>
  engine.trainer(model, {
    data: train,
    batchSize: train.count,
    shuffle: false,
    loss: nn.crossEntropy,
    optimizer,
    stepsPerSubmit: 1,
  });

const SHARES: readonly nn.Share[] = ['layer', 'channel', 'element'];
/** One line for each formula that has anything to learn, and what that is. */
const lines = Object.entries<Rectifier>(rectifiers).flatMap(([name, { wgsl, parameters }], index, all) => {
  const learn = Object.keys(parameters).filter((key) => ['learned', 'fixed'].includes(parameters[key]!.kind));
  const first = all.findIndex(([, other]) => other.wgsl === wgsl) === index;
  return first && learn.length > 0 ? [{ name: name as RectifierName, learn }] : [];
});
/** The rectifiers, in layers 1, 3, 5 and so on. */
const chain = () =>
  nn.sequential(
    nn.linear(2, 6),
    ...lines.flatMap(({ name, learn }, i) => [
      nn.rectifier(name, { learn, share: SHARES[i % SHARES.length]! }),
      nn.linear(6, i < lines.length - 1 ? 6 : 3),
    ]),
  );
const names = lines.flatMap(({ learn }, i) => learn.map((key) => `${2 * i + 1}.${key}`));

const STEPS = 3;
const CLAMP = [0.9, 1.1] as const;
/** Each parameter in turn has a rate and a decay of its own, is clamped, or rests. */
const WAYS: readonly ((at: number) => optim.Group)[] = [
  () => ({ lr: 0.5, decay: 1, clamp: [-100, 100], freeze: 0 }),
  // Decayed, too: some gradients are 0, as that of a threshold between two lines of the same slope.
  () => ({ lr: 2, decay: 0.5, clamp: CLAMP, freeze: 0 }),
  (at) => ({ lr: 1, decay: 0, clamp: [-100, 100], freeze: at + STEPS }),
];
const wayOf = (index: number, round: number) => WAYS[(index + round) % WAYS.length]!;
const groupsOf = (round: number, at: number): optim.Groups =>
  Object.fromEntries(names.map((name, index) => [name, wayOf(index, round)(at)]));

async function run(trainer: Trainer, steps: number) {
  for await (const _ of trainer.run({ steps }));
}
const bitsOf = async (trainer: Trainer) =>
  Object.fromEntries(
    Object.entries(await trainer.parameters()).map(([name, { buffer }]) => [name, [...new Uint32Array(buffer)]]),
  );
async function slopesOf(trainer: Trainer): Promise<Record<string, number[]>> {
  const reports = await trainer.rectifiers();
  return Object.fromEntries(
    reports.flatMap(({ layer, params }) =>
      Object.entries(params).map(([key, values]) => [`${layer}.${key}`, [...values]]),
    ),
  );
}

it('rate, decay, clamp and rest of every parameter of every rectifier', async () => {
  const sgd = (groups: optim.Groups) => optim.sgd({ lr: 0.05, weightDecay: 0.1, groups });
  const trainer = await trainerOf(chain(), sgd({}));
  await bitsOf(trainer);
  await run(trainer, STEPS); // until all staging buffers are there: two of the largest
  const model = chain();
  await run(await trainerOf(model, sgd({})), STEPS);
  for (const round of WAYS.keys()) {
    const before = await slopesOf(trainer);
    for (const name of Object.keys(counts)) counts[name] = 0;
    trainer.set({ groups: groupsOf(round, trainer.step) });
    await run(trainer, STEPS);
    const { submit, ...made } = counts;
    expect(submit).toBeGreaterThan(0); // the wrapping works
    expect(made).toEqual({ ...Object.fromEntries(Object.keys(made).map((name) => [name, 0])), writeBuffer: 1 });

    const after = await slopesOf(trainer);
    for (const [index, name] of names.entries()) {
      const values = after[name]!;
      if (wayOf(index, round) === WAYS[2]) expect(values, name).toEqual(before[name]);
      else expect(values, name).not.toEqual(before[name]);
      if (wayOf(index, round) !== WAYS[1]) continue;
      for (const value of values)
        expect(value >= Math.fround(CLAMP[0]) && value <= Math.fround(CLAMP[1]), name).toBe(true);
    }
    const fresh = await trainerOf(model, sgd(groupsOf(round, 0)));
    await run(fresh, STEPS);
    expect(await bitsOf(fresh)).toEqual(await bitsOf(trainer));
    fresh.destroy();
  }
  trainer.destroy();
});

it('with moments: a rest that is prolonged in mid-run is one that was as long from the start', async () => {
  const small = () => nn.sequential(nn.linear(2, 6), nn.rectifier('dprelu'), nn.linear(6, 3));
  const adam = (groups: optim.Groups) => optim.adam({ lr: 0.05, groups });
  const [rest, longer] = [{ rectifier: { freeze: 4 } }, { 'rectifier.alpha': { freeze: 7 }, '1.t': { freeze: 5 } }];
  const changed = await trainerOf(small(), adam(rest));
  await run(changed, 3);
  changed.set({ groups: longer });
  await run(changed, 6);
  const fresh = await trainerOf(small(), adam({ ...rest, ...longer }));
  await run(fresh, 9);
  expect(await bitsOf(fresh)).toEqual(await bitsOf(changed));
  const { '1.alpha': alpha, '1.beta': beta } = await slopesOf(changed);
  expect(new Set(alpha)).not.toEqual(new Set([0]));
  expect(new Set(beta)).not.toEqual(new Set([1]));
});

describe('Adam’s corrections count the steps that a parameter has learned in', () => {
  const small = () => nn.sequential(nn.linear(2, 6), nn.prelu(), nn.linear(6, 3));
  const resting = (freeze: number): optim.Groups =>
    Object.fromEntries(['weight', 'bias', 'rectifier'].map((kind) => [kind, { freeze }]));
  const trained = async (groups: optim.Groups, steps: number) => {
    const trainer = await trainerOf(small(), optim.adam({ lr: 0.05, groups }));
    await run(trainer, steps);
    return trainer;
  };
  /** Of each value, in units of the rate. */
  const difference = async (a: Trainer, b: Trainer) => {
    const [one, other] = await Promise.all([a.parameters(), b.parameters()]);
    return Math.max(
      ...Object.entries(one).flatMap(([name, values]) =>
        [...values].map((v, i) => Math.abs(v - other[name]![i]!) / 0.05),
      ),
    );
  };

  // In f32, c1 and c2 of five steps are right to 1e-6, and Adam’s direction, which is at most about 1, as much.
  it.each([1, 20, 700])('after a rest of %d steps', async (freeze) => {
    const [late, soon] = [await trained(resting(freeze), freeze + 5), await trained({}, 5)];
    expect(await difference(late, soon)).toBeLessThan(1e-4);
  });

  it('after a rest in mid-run, and one that is cut short', async () => {
    const changed = await trained({}, 3);
    changed.set({ groups: resting(50) });
    await run(changed, 4);
    changed.set({ groups: resting(9) });
    await run(changed, 5);
    expect(await difference(changed, await trained({}, 6))).toBeLessThan(1e-4);
  });

  it('in a run that is loaded in mid-rest, to the bit', async () => {
    const groups = { weight: { freeze: 2 } };
    const whole = await trained(groups, 4);
    whole.set({ groups: { rectifier: { freeze: 8 } } });
    await run(whole, 2);
    const file = await whole.save();
    await run(whole, 6);
    const optimizer = optim.adam({ lr: 0.05, groups });
    const loss = nn.crossEntropy;
    const options = { data: train, batchSize: train.count, shuffle: false, loss, optimizer, stepsPerSubmit: 1 };
    const rest = await engine.load(file, small(), options);
    rest.set({ groups: { bias: { lr: 1 } } });
    await run(rest, 6);
    expect(await bitsOf(rest)).toEqual(await bitsOf(whole));
  });
});
