// The states of models, as data: which parameters a module has is found by tracing it once on a symbol of its input's
// shape; they are laid out in one pool, with the initial values that its upload will ask for.
import { ArgumentError, ShapeError } from '../errors.ts';
import { storageOf } from '../graph/graph.ts';
import { type Shape, sameShape, show, sizeOf } from '../graph/shape.ts';
import {
  align,
  type Entry,
  type Host,
  type InitialValues,
  type ModuleKey,
  type ParameterSpec,
  type Part,
  type State,
} from '../graph/state.ts';
import type { BufferSpec, Tensor } from '../graph/tensor.ts';
import { newGraph } from '../ops/methods.ts';
import type { RectifierUse } from '../ops/rectify.ts';
import { streamOf } from '../random.ts';

/** A parameter as discovery found it. */
interface Found {
  readonly name: string;
  readonly spec: ParameterSpec;
  readonly shape: Shape;
  readonly values: () => Float32Array<ArrayBuffer>;
  readonly parts: readonly Part[];
}

/** The states of all models of one engine. */
export function createStates(seed: number): Host {
  const states = new WeakMap<ModuleKey, State>();
  const owned = new WeakMap<ParameterSpec, { readonly entry: Entry; readonly state: State }>();
  const kept = new WeakMap<object, Map<string, WeakMap<object, object>>>();
  return {
    seed,
    state: (module) => states.get(module),
    enter(module, x) {
      if (states.has(module)) return;
      const found = discover(module, x, seed);
      const known = found.flatMap(({ spec }) => owned.get(spec) ?? []);
      if (known.length === 0) {
        const state = layOut(found);
        for (const entry of state.entries) owned.set(entry.spec, { entry, state });
        states.set(module, state);
        x.graph.entered.push(module);
        return;
      }
      // A part of a model that has state already shares it; a mixture would be split over two pools.
      const whole = known[0]?.state;
      if (!whole || known.length < found.length || known.some(({ state }) => state !== whole))
        throw new ArgumentError(
          'model: some of its layers already have a state of their own, apart from the others; trace the whole model before its parts',
        );
      states.set(module, { ...whole, entries: known.map(({ entry }) => entry) });
    },
    parameter(graph, spec, shape) {
      const entry = owned.get(spec)?.entry;
      if (!entry)
        throw new ArgumentError(
          `parameter '${spec.name}': its module has no state; call the module itself, inside a traced function`,
        );
      if (!sameShape(entry.shape, shape))
        throw new ShapeError(
          `parameter '${entry.name}' has shape ${show(entry.shape)}; this input asks for ${show(shape)}: a layer keeps the shape that its first input gave it`,
        );
      const leaf = graph.leaf(entry.place.buffer, entry.shape, 'f32', entry.place.offset);
      graph.notes(leaf).name = entry.name;
      return leaf;
    },
    narrow(module, names) {
      const state = states.get(module);
      if (state) states.set(module, { ...state, entries: state.entries.filter(({ name }) => names.includes(name)) });
    },
    forget(module) {
      for (const { spec } of states.get(module)?.entries ?? []) owned.delete(spec);
      states.delete(module);
    },
    keep<T extends object>([first, second]: readonly [object, object], name: string, make: () => T): T {
      const named = kept.get(first) ?? new Map<string, WeakMap<object, object>>();
      kept.set(first, named);
      const inner = named.get(name) ?? new WeakMap<object, object>();
      named.set(name, inner);
      const value = inner.get(second) ?? make();
      inner.set(second, value);
      return value as T;
    },
  };
}

/** Operators that may stand between a layer and the rectifier that it feeds. */
const PASSED: ReadonlySet<string> = new Set([
  'batchNorm',
  'layerNorm',
  'localResponseNorm',
  'maxPool2d',
  'avgPool2d',
  'add',
]);

/** Traces the module once, for its parameters alone. */
function discover(root: ModuleKey, x: Tensor, seed: number): readonly Found[] {
  const found = new Map<
    ParameterSpec,
    {
      readonly name: string;
      readonly shape: Shape;
      readonly init: InitialValues;
      readonly leaf: Tensor;
      readonly parts: readonly Part[];
    }
  >();
  const graph = newGraph(
    {
      seed,
      state: () => undefined,
      enter: () => undefined,
      narrow: () => undefined,
      forget: () => undefined,
      keep: (_owners, _name, make) => make(),
      parameter(own, spec, shape, init, parts = [{ name: spec.name, at: 0, count: sizeOf(shape) }]) {
        const known = found.get(spec);
        if (known) return known.leaf;
        const name = [...own.path, spec.name].join('.');
        if ([...found.values()].some((other) => other.name === name))
          throw new ArgumentError(`model: two parameters are named '${name}'; wrap the parts of a module in nn.within`);
        const leaf = own.leaf({ name, bytes: 4 * sizeOf(shape) }, shape);
        found.set(spec, { name, shape, init, leaf, parts });
        return leaf;
      },
    },
    x.graph.mode,
  );
  graph.root = root;
  root.trace(graph.input('x', x.shape, x.dtype));

  /** The rectifier that takes a tensor, as it is or normalised or pooled. */
  const taker = (tensor: Tensor): RectifierUse | undefined => {
    const { rectifier } = graph.notes(storageOf(tensor));
    const next = graph.tape.find(({ operator, inputs }) => inputs[0] === tensor && PASSED.has(operator));
    return rectifier ?? (next && taker(next.output));
  };

  /** The rectifier fed by whatever uses `leaf`; else the last one before. */
  const feeds = (leaf: Tensor): RectifierUse | null => {
    let last: RectifierUse | null = null;
    for (const { operator, inputs, output } of graph.tape) {
      const { rectifier } = graph.notes(storageOf(output));
      if (inputs.includes(leaf) && !PASSED.has(operator)) return taker(output) ?? last;
      last = rectifier ?? last;
    }
    return null;
  };
  return [...found].map(([spec, { name, shape, init, leaf, parts }]) => ({
    name,
    spec,
    shape,
    parts,
    values: () => init({ shape, seed, stream: streamOf(name), rectifier: feeds(leaf) }),
  }));
}

/** One pool, each entry at a multiple of 256 bytes, in the order of use: a layer's weights, its biases, its slopes. */
function layOut(found: readonly Found[]): State {
  let bytes = 0;
  const offsets = found.map(({ shape }) => {
    const offset = bytes;
    bytes += align(4 * sizeOf(shape));
    return offset;
  });
  const size = Math.max(bytes, align(1));
  const parameters: BufferSpec = {
    name: 'parameters',
    bytes: size,
    durable: true,
    initial: () => {
      const pool = new Float32Array(size / 4);
      found.forEach(({ values }, index) => {
        pool.set(values(), (offsets[index] ?? 0) / 4);
      });
      return pool;
    },
  };
  return {
    entries: found.map(({ name, spec, shape, parts }, index) => ({
      name,
      spec,
      shape,
      parts,
      place: { buffer: parameters, offset: offsets[index] ?? 0 },
    })),
    parameters,
  };
}
