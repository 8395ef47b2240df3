// An engine on the adapter of the tests.
import { createEngine, type Engine, type EngineOptions } from '../../src/index.ts';
import { gemms } from '../../src/ops/matmul.ts';
import { nameOf } from '../../src/wgsl/compose.ts';
import { getAdapter } from './node-gpu.ts';

/** TEST_GEMM names the kernel that computes matrix products; by default the engine chooses. */
export async function openEngine(options: Pick<EngineOptions, 'seed' | 'gemm'> = {}): Promise<Engine> {
  const { TEST_GEMM: gemm } = process.env;
  return createEngine({ adapter: await getAdapter(), ...(gemm && { gemm }), ...options });
}

/** The kernels for matrix products that run here. */
export async function gemmNames(): Promise<readonly string[]> {
  const { features } = await getAdapter();
  return gemms.filter(({ enables }) => enables.every((name) => features.has(name))).map(nameOf);
}
