// Which core computes a call, where several compute the same to the bit: the one asked for, in software the one that is
// best there, on a GPU the fastest by a short race, held once for a kernel and a shape.
import { UnsupportedError } from '../errors.ts';
import type { Call } from '../plan/lower.ts';
import { nameOf } from '../wgsl/compose.ts';
import type { Fragment } from '../wgsl/fragment.ts';
import type { Buffers } from './buffers.ts';
import type { Device } from './device.ts';
import type { Kernels } from './kernels.ts';
import { type Fastest, race } from './race.ts';

/** The calls of a plan, each with its core: that which `names` says for it, if it is one of the call's. */
export type Choose = (calls: readonly Call[], names?: readonly string[]) => Promise<readonly Call[]>;

/** A call of fewer operations is too short to matter; it keeps the core that it has. */
const WORTH = 2 ** 24;
/** Milliseconds after which no other call of a plan is raced. */
const BUDGET = 200;

/** `wanted` names the core to take wherever there is a choice. */
export function createChoice(device: Device, kernels: Kernels, buffers: Buffers, wanted?: string): Choose {
  const raced = new Map<string, Promise<Fastest>>();
  const lacking = ({ enables }: Fragment) => enables.find((name) => !device.gpu.features.has(name));

  /** The core that needs no race. */
  function given(cores: readonly Fragment[]): Fragment | undefined {
    // To compile them all takes software longer than the fastest then saves.
    if (wanted === undefined) return cores.find((core) => !lacking(core));
    const core = cores.find((each) => nameOf(each) === wanted);
    const feature = core && lacking(core);
    if (feature)
      throw new UnsupportedError(
        `compile: ${wanted} needs the feature '${feature}', which ${device.name} does not have; name another, or pass a device with it`,
      );
    return core;
  }

  async function choose(call: Call, deadline: number, name: string | undefined): Promise<Call> {
    if (call.cores.length === 0) return call;
    const named = call.cores.find((core) => nameOf(core) === name && !lacking(core));
    if (named && wanted === undefined) return call.withCore(named);
    if (wanted !== undefined || device.software) {
      const core = given(call.cores);
      return core ? call.withCore(core) : call;
    }
    const sizes = call.ranges.map(({ touched }) => touched);
    const key = [call.kernel.name, ...Object.values(call.constants), ...sizes].join();
    const known = raced.get(key);
    if (!known && (call.flops < WORTH || performance.now() > deadline)) return call;
    // Those that need a feature are for software.
    const plain = call.cores.filter(({ enables }) => enables.length === 0);
    const fastest = known ?? race(device, kernels, buffers, call, plain, deadline);
    raced.set(key, fastest);
    try {
      const { core, report } = await fastest;
      const chosen = call.withCore(core);
      return { ...chosen, text: `${chosen.text}  (${report})` };
    } catch (error) {
      raced.delete(key);
      device.check(); // a lost device finishes no race
      throw error;
    }
  }

  return async (calls, names = []) => {
    const deadline = performance.now() + BUDGET;
    const chosen = new Map<Call, Call>();
    // The longest first, for as long as there is time; one by one, so that no two share the device.
    for (const call of calls.toSorted((a, b) => b.flops - a.flops))
      chosen.set(call, await choose(call, deadline, names[calls.indexOf(call)]));
    return calls.map((call) => chosen.get(call) ?? call);
  };
}
