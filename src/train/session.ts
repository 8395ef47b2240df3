// What training code shares within one engine: the GPU side, the states of models, and the data sets that are on the GPU.
import type { Dataset } from '../data/dataset.ts';
import { LimitError } from '../errors.ts';
import type { Context } from '../gpu/context.ts';
import type { Runtime } from '../gpu/runtime.ts';
import type { Graph, Mode } from '../graph/graph.ts';
import type { Host } from '../graph/state.ts';
import type { BufferSpec, Tensor } from '../graph/tensor.ts';
import type { Source } from '../ops/clock.ts';
import { newGraph } from '../ops/methods.ts';
import { makePlan, type Plan } from '../plan/plan.ts';
import { SHARD_BYTES, sourceOf } from './source.ts';

export interface Session {
  readonly context: Context;
  readonly host: Host;
  /**
   * Traces `fn`, plans what it returns and builds that. If any of it fails, nothing is left of it: no state that the
   * trace laid out, no claim to an optimizer, no memory.
   */
  readonly build: <T extends Traced>(mode: Mode, fn: (graph: Graph) => T, options?: BuildOptions) => Promise<Built<T>>;
  /** Whether the device can hold what `fn` traces. Leaves nothing behind. */
  readonly fits: (mode: Mode, fn: (graph: Graph) => Traced) => boolean;
  /** A data set as buffers; the same data set always gives the same ones. Throws what `dataset` throws. */
  readonly source: (data: Dataset) => Source;
}

/** Of a model's parameters: who trained them last, and how to have them back after the loss of a device. */
export interface Trained {
  by: object | null;
  revive: () => Promise<void>;
  /** As they were when that was destroyed; and a runtime of the device that has them. */
  left: { readonly words: Promise<Uint32Array<ArrayBuffer> | undefined>; readonly runtime: Runtime } | null;
}

/** The same parameters always give the same. */
export const trainedOf = (host: Host, parameters: BufferSpec): Trained =>
  host.keep<Trained>([parameters, parameters], 'trained', () => ({
    by: null,
    revive: async () => undefined,
    left: null,
  }));

export interface BuildOptions {
  readonly onProgress?: ((ready: number, total: number) => void) | undefined;
  readonly detectAnomaly?: boolean | undefined;
  /** The core of each call, where there is a choice; without it, the fastest. */
  readonly cores?: readonly string[];
  /** What steps keep will be written by the caller: it need not be had back after the loss of a device. */
  readonly overwritten?: boolean;
}

export interface Traced {
  /** The tensors that can be read after a run. */
  readonly outputs: Readonly<Record<string, Tensor>>;
}

export interface Built<T extends Traced> {
  readonly traced: T;
  readonly graph: Graph;
  readonly plan: Plan;
  readonly runtime: Runtime;
}

/** `shardBytes`: how much of a data set a buffer holds at most. */
export function createSession(
  context: Context,
  host: Host,
  shardBytes: number = Math.min(SHARD_BYTES, context.bindable),
): Session {
  const sources = new WeakMap<Dataset, Source>();

  /** What a trainer has left of a model that is not on this device yet. */
  async function hand(buffer: BufferSpec, runtime: Runtime): Promise<void> {
    const trained = trainedOf(host, buffer);
    const { left } = trained;
    if (!left?.runtime.isLost()) return;
    const words = await left.words;
    // Or somebody else was faster.
    if (trained.left !== left) return;
    if (words) context.write(buffer, words);
    trained.left = { ...left, runtime };
  }

  return {
    context,
    host,
    async build(mode, fn, { onProgress, detectAnomaly = false, cores, overwritten = false } = {}) {
      await context.renew();
      const graph = newGraph(host, mode);
      let runtime: Runtime | null = null;
      try {
        const { traced, plan } = trace(graph, fn, detectAnomaly);
        // Or what was lost with a device would begin anew.
        const durable = overwritten ? [] : plan.buffers.filter((buffer) => buffer.durable);
        for (const buffer of durable) await trainedOf(host, buffer).revive();
        runtime = await context.build(plan, onProgress, cores);
        for (const buffer of durable) await hand(buffer, runtime);
        return { traced, graph, plan: runtime.plan, runtime };
      } catch (error) {
        runtime?.destroy();
        for (const giveBack of graph.claims) giveBack();
        throw error;
      }
    },
    fits(mode, fn) {
      const graph = newGraph(host, mode);
      try {
        context.checkLimits(trace(graph, fn, false).plan);
        return true;
      } catch (error) {
        if (error instanceof LimitError) return false;
        throw error;
      } finally {
        for (const giveBack of graph.claims) giveBack();
      }
    },
    source(data) {
      const known = sources.get(data);
      if (known) return known;
      const made = sourceOf(data, shardBytes);
      sources.set(data, made);
      return made;
    },
  };
}

function trace<T extends Traced>(graph: Graph, fn: (graph: Graph) => T, detectAnomaly: boolean) {
  try {
    const traced = fn(graph);
    return { traced, plan: makePlan(graph, traced.outputs, { detectAnomaly }) };
  } catch (error) {
    for (const module of graph.entered) graph.host.forget(module);
    throw error;
  }
}
