// What the network says to samples of any number, a batch at a time, beside whatever training goes on.
import { type Engine, type Module, ShapeError, type Tensor } from '../src/index.ts';
import type { Sets } from './choices.ts';

export interface Predictor {
  /** `x`: `count` samples, one after the other → as many rows of logits. Throws ShapeError for another length. */
  readonly predict: (x: Float32Array, count: number) => Promise<Float32Array<ArrayBuffer>>;
  /** To be called when the device was lost: it compiles anew. */
  readonly renew: () => void;
}

/** Samples of one forward pass. */
const ROWS = 256;

/** Compiles with the first samples. */
export function createPredictor(engine: Engine, network: Module, { shape, classes = 1 }: Sets['train']): Predictor {
  const size = shape.reduce((product, length) => product * length, 1);
  const forward = ({ x }: { readonly x: Tensor }) => ({ logits: network(x) });
  const compile = () => engine.compile({ x: [ROWS, ...shape] }, forward, { mode: 'eval' });
  let compiled: ReturnType<typeof compile> | null = null;
  return {
    async predict(x, count) {
      if (x.length !== count * size)
        throw new ShapeError(
          `predict: got ${x.length} numbers for ${count} samples of shape [${shape.join(', ')}], which have ${count * size}`,
        );
      compiled ??= compile();
      const step = await compiled;
      const logits = new Float32Array(count * classes);
      for (let first = 0; first < count; first += ROWS) {
        const rows = new Float32Array(ROWS * size);
        rows.set(x.subarray(first * size, (first + ROWS) * size));
        step.run({ x: rows });
        const results = await step.read('logits');
        logits.set(results.subarray(0, classes * (count - first)), first * classes);
      }
      return logits;
    },
    renew() {
      compiled = null;
    },
  };
}
