// Parameters that learn within the call that computes their gradient, and those that learn from a pool of gradients, come
// to the same bits.
import { afterAll, expect, test } from 'vitest';
import { nn, optim, type Tensor } from '../../src/index.ts';
import { openEngine, random } from '../support/check.ts';

const engine = await openEngine();
afterAll(engine.destroy);

const STEPS = 200;

async function train(optimizer: optim.Optimizer, rows: number, pooled: boolean) {
  const model = nn.sequential(
    nn.linear(7, 33),
    nn.prelu(),
    nn.linear(33, 67, { bias: false }),
    nn.rectifier('elu', { learn: ['alpha'], share: 'layer' }),
    nn.linear(67, 5),
    nn.prelu(),
    nn.linear(5, 3),
  );
  const step = await engine.compile({ x: [rows, 7], target: [rows, 3] }, ({ x, target }) => {
    const loss = nn.mse(model(x), target);
    const { graph } = loss;
    optimizer.update(loss, model);
    const { entries } = graph.host.state(model)!;
    const outputs: Record<string, Tensor> = {};
    for (const { name, spec, shape } of entries) outputs[name] = graph.parameter(spec, shape, () => new Float32Array());
    // A gradient that is an output cannot be used up.
    const learned = graph.nodes.flatMap(({ update }) => update?.learned ?? []);
    if (pooled) for (const [index, { gradient }] of learned.entries()) outputs[`gradient ${index}`] = gradient;
    return outputs;
  });
  const initial = await step.read('0.weight');
  for (let t = 0; t < STEPS; t++)
    step.run({ x: random(`x${t % 9}`, [rows, 7]), target: random(`t${t % 9}`, [rows, 3]) });
  const values: Record<string, number[]> = {};
  for (const name of step.plan.outputs.keys())
    if (!name.startsWith('gradient')) values[name] = [...new Uint32Array((await step.read(name)).buffer)];
  const printed = step.plan.toString();
  step.destroy();
  return { values, printed, initial };
}

test.each([
  ['sgd', () => optim.sgd({ lr: 0.02, momentum: 0.9, weightDecay: 0.01 }), 37],
  ['adamw', () => optim.adamw({ lr: 0.01, weightDecay: 0.02, groups: { rectifier: { clamp: [0, 1] } } }), 37],
  ['sgd', () => optim.sgd({ lr: 0.02 }), 300],
])('%s, %#', async (_, optimizer, rows) => {
  const [fused, pooled] = [await train(optimizer(), rows, false), await train(optimizer(), rows, true)];
  expect(fused.printed.match(/update_split_last|\+update\+/g)).toHaveLength(4);
  expect(pooled.printed).not.toMatch(/update_split_last|\+update\+/);
  expect(pooled.printed).toContain('fold_parameters');
  expect(Object.keys(fused.values)).toHaveLength(10);
  expect(fused.values['0.weight']).not.toEqual([...new Uint32Array(fused.initial.buffer)]);
  expect(fused.values).toEqual(pooled.values);
});
