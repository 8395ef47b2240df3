// Counts the WebGPU calls of everything that runs between start and stop, by wrapping the prototypes: encoders and
// passes are fresh objects each time. Runs in Node and in a page.

/** What is counted → the interfaces and methods that do it. */
const CALLS = {
  dispatch: ['GPUComputePassEncoder.dispatchWorkgroups', 'GPUComputePassEncoder.dispatchWorkgroupsIndirect'],
  submit: ['GPUQueue.submit'],
  pass: ['GPUCommandEncoder.beginComputePass'],
  createBuffer: ['GPUDevice.createBuffer'],
  createBindGroup: ['GPUDevice.createBindGroup'],
  createPipeline: ['GPUDevice.createComputePipeline', 'GPUDevice.createComputePipelineAsync'],
  writeBuffer: ['GPUQueue.writeBuffer'],
} as const;

export type Counts = Readonly<Record<keyof typeof CALLS, number>>;

/** `hear` gets the arguments of every call of `method`, named as in `GPUQueue.submit`; the result undoes it. */
export function listen(method: string, hear: (args: readonly unknown[]) => void): () => void {
  const [owner = '', name = ''] = method.split('.');
  const { prototype } = Reflect.get(globalThis, owner) as { readonly prototype: object };
  const before = Object.getOwnPropertyDescriptor(prototype, name);
  if (!before) throw new Error(`listen: there is no ${method} here`);
  const original = before.value as (this: unknown, ...args: unknown[]) => unknown;
  Object.defineProperty(prototype, name, {
    ...before,
    configurable: true,
    value(this: unknown, ...args: unknown[]) {
      hear(args);
      return original.apply(this, args);
    },
  });
  return () => Object.defineProperty(prototype, name, before);
}

/** The calls that `run` makes, on all devices of the process. */
export async function countCalls(run: () => Promise<unknown>): Promise<Counts> {
  const counts: Record<string, number> = {};
  const undo = Object.entries(CALLS).flatMap(([what, methods]) => {
    counts[what] = 0;
    return methods.map((method) =>
      listen(method, () => {
        counts[what]! += 1;
      }),
    );
  });
  try {
    await run();
  } finally {
    for (const restore of undo) restore();
  }
  return counts as Counts;
}

export function perStep(counts: Counts, steps: number): Counts {
  return Object.fromEntries(Object.entries(counts).map(([what, count]) => [what, count / steps])) as Counts;
}
