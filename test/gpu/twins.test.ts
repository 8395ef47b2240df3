// What is written twice, in WGSL and in TypeScript, is equal to the bit.
import { afterAll, beforeAll, expect, it } from 'vitest';
import permuteLibrary from '../../shaders/lib/permute.wgsl';
import randomLibrary from '../../shaders/lib/random.wgsl';
import { permute } from '../../src/data/permutation.ts';
import { draw, hash } from '../../src/random.ts';
import { getAdapter } from '../support/node-gpu.ts';

let device: GPUDevice;
beforeAll(async () => {
  device = await (await getAdapter()).requestDevice();
});
afterAll(() => device.destroy());

/** The u32 that `expression` makes of each quadruple `c`. */
async function onGpu(expression: string, cases: readonly (readonly number[])[]): Promise<Uint32Array> {
  const main = `
    @group(0) @binding(0) var<storage, read> cases: array<vec4u>;
    @group(0) @binding(1) var<storage, read_write> results: array<u32>;
    @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
      if (id.x >= arrayLength(&cases)) { return; }
      let c = cases[id.x];
      results[id.x] = ${expression};
    }`;
  const input = device.createBuffer({
    size: 16 * cases.length,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST,
  });
  const size = 4 * cases.length;
  const output = device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
  const staging = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  device.queue.writeBuffer(input, 0, Uint32Array.from(cases.flat()));
  const module = device.createShaderModule({ code: randomLibrary.code + permuteLibrary.code + main });
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module } });
  const bindGroup = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [input, output].map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(Math.ceil(cases.length / 64));
  pass.end();
  encoder.copyBufferToBuffer(output, 0, staging, 0, size);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  return new Uint32Array(staging.getMappedRange().slice(0));
}

const PERMUTE = 'permute(c.x, c.y, c.z, c.w)';
const KEYS = [
  [0, 0],
  [1, 0],
  [0, 1],
  [0xdeadbeef, 12],
  [0xffffffff, 0xffffffff],
] as const;

it.each([1, 2, 3, 4, 5, 17, 64, 65, 1437, 60_000])('permutes %i positions, and rows beyond them', async (n) => {
  const cases = KEYS.flatMap(([seed, epoch]) => Array.from({ length: n + 3 }, (_, i) => [i, n, seed, epoch]));
  const expected = Uint32Array.from(cases, ([i, , seed, epoch]) => permute(i!, n, seed!, epoch!));
  expect(await onGpu(PERMUTE, cases)).toEqual(expected);
});

it('permutes ranges up to 2^32 - 1, and none', async () => {
  const ranges = [0, 0x7fffffff, 0x80000001, 0xffffffff];
  const positions = [0, 1, 2, 12_345, 0x7ffffffe, 0x80000000, 0xfffffffe, 0xffffffff];
  const cases = KEYS.flatMap(([seed, epoch]) =>
    ranges.flatMap((n) => positions.map((i) => [i, n, seed, epoch] as const)),
  );
  expect(await onGpu(PERMUTE, cases)).toEqual(Uint32Array.from(cases, (values) => permute(...values)));
});

const NUMBERS = [0, 1, 2, 63, 0x7fffffff, 0x80000000, 0xdeadbeef, 0xffffffff];
const QUADRUPLES = NUMBERS.flatMap((a) =>
  NUMBERS.flatMap((b) => NUMBERS.flatMap((c) => NUMBERS.map((d) => [a, b, c, d] as const))),
);

it('hashes', async () => {
  const expected = Uint32Array.from(QUADRUPLES, ([seed, stream, index]) => hash(seed, stream, index));
  expect(await onGpu('hash(c.x, c.y, c.z)', QUADRUPLES)).toEqual(expected);
});

it('draws', async () => {
  const drawn = await onGpu('bitcast<u32>(draw(c.x, c.y, c.z, c.w))', QUADRUPLES);
  expect(new Float32Array(drawn.buffer)).toEqual(Float32Array.from(QUADRUPLES, (values) => draw(...values)));
});
