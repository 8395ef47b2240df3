// The check of a rectifier's gradients: every line of the registry passes, and what is wrong by a percent does not.
import { afterAll, expect, it } from 'vitest';
import { checkRectifier, type OwnRectifier, type RectifierName, rectifiers, ShaderError } from '../../src/index.ts';
import { openEngine } from '../support/check.ts';

const engine = await openEngine();
afterAll(engine.destroy);

it.each(Object.keys(rectifiers) as RectifierName[])('%s is right', async (name) => {
  const found = await checkRectifier(engine, name);
  expect(found.wrong).toEqual([]);
  expect(found).toMatchObject({ ok: true, notFinite: null });
  expect(found.points).toBeGreaterThan(1000);
});

const own = (dx: string, dp: string, forward = 'p.x * x * x + p.y * x / (1.0 + x * x)'): OwnRectifier => ({
  wgsl: `fn forward(x: f32, p: vec4f) -> f32 { return ${forward}; }
fn dx(x: f32, p: vec4f) -> f32 { return ${dx}; }
fn dp(x: f32, p: vec4f) -> vec4f { return vec4f(${dp}, 0.0, 0.0); }`,
  formula: (x, { u = 0, v = 0 }) => u * x * x + (v * x) / (1 + x * x),
  parameters: { u: { kind: 'learned', value: 0.05 }, v: { kind: 'fixed', value: 0.5 } },
});
const [DX, DP] = ['2.0 * p.x * x + p.y * (1.0 - x * x) / ((1.0 + x * x) * (1.0 + x * x))', 'x * x, x / (1.0 + x * x)'];

it.each([
  ['all right', DX, DP, []],
  ['dx off by a percent', `1.01 * (${DX})`, DP, ['dx']],
  ['one dp off by a percent', DX, 'x * x, 0.99 * x / (1.0 + x * x)', ['dp.v']],
  ['both dp swapped', DX, 'x / (1.0 + x * x), x * x', ['dp.u', 'dp.v']],
] as const)('%s', async (_name, dx, dp, wrong) => {
  const found = await checkRectifier(engine, own(dx, dp));
  expect(found.wrong.map(({ of }) => of)).toEqual(wrong);
});

it('says where numbers are not finite, and where WGSL does not compile', async () => {
  const squares = own('2.0 * x', '0.0, 0.0', 'x * x');
  expect(await checkRectifier(engine, squares)).toMatchObject({ ok: false, notFinite: Math.fround(-1e30), wrong: [] });
  await expect(checkRectifier(engine, own('y', '0.0, 0.0'))).rejects.toThrow(ShaderError);
});
