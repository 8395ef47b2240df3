// A rectifier of the caller's own, given as text, is trained like any other.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Engine, grad, nn, type OwnRectifier, ShaderError } from '../../src/index.ts';
import { openEngine } from '../support/spiral-run.ts';

const slanted: OwnRectifier = {
  wgsl: `const HALF = 0.5;
fn forward(x: f32, p: vec4f) -> f32 { return HALF * p.x * x + p.y; }
fn dx(x: f32, p: vec4f) -> f32 { return HALF * p.x; }
fn dp(x: f32, p: vec4f) -> vec4f { return vec4f(HALF * x, 1.0, 0.0, 0.0); }`,
  formula: (x, { k = 0, c = 0 }) => 0.5 * k * x + c,
  parameters: { k: { kind: 'fixed', value: 3 }, c: { kind: 'fixed', value: 0.25 } },
};

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.destroy());

it('runs forwards and backwards', async () => {
  const layer = nn.rectifier(slanted);
  const step = await engine.compile({ x: [2, 2] }, ({ x }) => {
    const y = layer(x);
    return { y, dx: grad(y.sum(), x) };
  });
  step.run({ x: Float32Array.of(-2, 1, 4, 0) });
  expect([...(await step.read('y'))]).toEqual([-2.75, 1.75, 6.25, 0.25]);
  expect([...(await step.read('dx'))]).toEqual([1.5, 1.5, 1.5, 1.5]);
});

it('stands beside a registered one in the same model, names and all', async () => {
  const model = nn.sequential(
    nn.linear(2, 3),
    nn.rectifier(slanted, { learn: ['k', 'c'] }),
    nn.linear(3, 2),
    nn.prelu(),
  );
  const step = await engine.compile({ x: [4, 2] }, ({ x }) => ({ y: model(x) }));
  step.run({ x: new Float32Array(8).fill(0.5) });
  expect([...(await step.read('y'))].every(Number.isFinite)).toBe(true);
});

it('says where its text is wrong', async () => {
  expect(() => nn.rectifier({ ...slanted, wgsl: 'fn forward(x: f32, p: vec4f) -> f32 { return x; }' })).toThrow(
    /does not define dx, dp/,
  );
  const layer = nn.rectifier({ ...slanted, wgsl: slanted.wgsl.replace('HALF * p.x;', 'QUARTER * p.x;') });
  const made = engine.compile({ x: [2, 2] }, ({ x }) => ({ dx: grad(layer(x).sum(), x) }));
  await expect(made).rejects.toThrow(ShaderError);
  const again = engine.compile({ x: [2, 2] }, ({ x }) => ({ dx: grad(layer(x).sum(), x) }));
  await expect(again).rejects.toThrow(/act\/custom\.wgsl:3:41: .*QUARTER/);
});
