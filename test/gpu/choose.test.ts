// Which kernel computes a matrix product: the one asked for, in software a fixed one, on a GPU the fastest by a measurement.
import { expect, it } from 'vitest';
import { createChoice } from '../../src/gpu/choose.ts';
import { createContext } from '../../src/gpu/context.ts';
import { type Device, openDevice } from '../../src/gpu/device.ts';
import { ArgumentError, createEngine, matmul, nn, optim, UnsupportedError } from '../../src/index.ts';
import { createStates } from '../../src/nn/states.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { createSession } from '../../src/train/session.ts';
import { trace } from '../graph/trace.ts';
import { random } from '../support/check.ts';
import { getAdapter } from '../support/node-gpu.ts';
import { gemmNames } from '../support/open-engine.ts';

function product(m: number, n: number, k: number) {
  const { graph, input } = trace();
  return makePlan(graph, { y: matmul(input([m, k]), input([k, n])) });
}

/** A device that is taken for a GPU's, and how many buffers of it there are. */
async function openGpu() {
  const device: Device = { ...(await openDevice({ adapter: await getAdapter() })), software: false };
  let buffers = 0;
  const { gpu } = device;
  const create = gpu.createBuffer.bind(gpu);
  gpu.createBuffer = (descriptor) => {
    const buffer = create(descriptor);
    const destroy = buffer.destroy.bind(buffer);
    buffers += 1;
    buffer.destroy = () => {
      buffers -= 1;
      return destroy();
    };
    return buffer;
  };
  return { device, buffers: () => buffers };
}

it('takes the kernel that is asked for, and says which', async () => {
  for (const gemm of await gemmNames()) {
    const engine = await createEngine({ adapter: await getAdapter(), gemm });
    const step = await engine.compile({ a: [40, 3], b: [3, 40] }, ({ a, b }) => ({ y: matmul(a, b) }));
    expect(String(step.plan)).toMatch(new RegExp(`^${gemm}\\+dense`));
    engine.destroy();
  }
});

it('knows its kernels, and says what a device lacks for one', async () => {
  const bad = createEngine({ adapter: await getAdapter(), gemm: 'gemm_9x9' });
  await expect(bad).rejects.toThrow(ArgumentError);
  await expect(bad).rejects.toThrow(
    "createEngine: unknown gemm 'gemm_9x9'; one of gemm, gemm_8x8, gemm_quad, gemm_shared",
  );
  const device = await (await getAdapter()).requestDevice(); // without features
  const engine = await createEngine({ device, gemm: 'gemm_quad' });
  const step = engine.compile({ a: [2, 3], b: [3, 2] }, ({ a, b }) => ({ y: matmul(a, b) }));
  await expect(step).rejects.toThrow(UnsupportedError);
  await expect(step).rejects.toThrow(/compile: gemm_quad needs the feature 'subgroups', which .* does not have/);
  engine.destroy();
  device.destroy();
});

it('measures large products once for a shape, prints it, and leaves no buffer behind', async () => {
  const { device, buffers } = await openGpu();
  const context = createContext(device);
  const runtime = await context.build(product(256, 256, 128));
  const [text] = String(runtime.plan).split('\n');
  expect(text).toMatch(
    /^gemm\w*\+dense\+plain \[\d+\] .* -> out=%1 {2}\(gemm_8x8 \d+ µs, gemm \d+ µs, gemm_shared \d+ µs\)$/,
  );
  expect(buffers()).toBe(runtime.plan.buffers.length);
  const again = await context.build(product(256, 256, 128));
  expect(String(again.plan)).toContain(text);
  runtime.destroy();
  again.destroy();
  expect(buffers()).toBe(0);
  context.destroy();
});

it('leaves small products alone', async () => {
  const { device } = await openGpu();
  const choose = createChoice(device, {} as never, {} as never);
  const { calls } = product(64, 64, 64);
  expect(await choose(calls)).toEqual(calls);
  device.destroy();
});

it('measures products that learn from their gradients, and trains to the same bits', async () => {
  const results = [];
  for (const software of [true, false]) {
    const { device } = await openGpu();
    const context = createContext({ ...device, software });
    const session = createSession(context, createStates(0));
    const model = nn.sequential(nn.linear(300, 256), nn.relu(), nn.linear(256, 8));
    const optimizer = optim.adam({ lr: 0.01 });
    const { plan, runtime } = await session.build('train', (graph) => {
      const x = graph.input('x', [128, 300], 'f32');
      optimizer.update(model(x).mean(), model);
      return { outputs: {} };
    });
    expect(String(plan).includes('µs')).toBe(!software);
    context.write(plan.inputs.get('x')!.buffer, random('x', [128, 300]));
    runtime.run(2);
    const { parameters: buffer } = session.host.state(model)!;
    results.push(await runtime.runAndRead(0, [{ buffer, offset: 0, bytes: buffer.bytes }]));
    context.destroy();
  }
  expect(results[0]).toEqual(results[1]);
});
