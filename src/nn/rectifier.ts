import type { ParameterSpec } from '../graph/state.ts';
import { type RectifyOptions, rectify, type Slots, slotsOf } from '../ops/rectify.ts';
import { checkKeys } from '../options.ts';
import { findRectifier, type OwnRectifier, type Rectifier, type RectifierName } from '../rectifiers.ts';
import { type Module, module } from './module.ts';

/**
 * A rectifier layer, y = f(x; p): any of the registry's by name, or an entry of the caller's own.
 *
 * x, y: any shape, batch first, channels last. Learned parameters start from the registry's values, are never decayed
 * by default, and are shared as `share` says: by the layer, per channel, or per element of a sample.
 * What is drawn (RReLU's slope) is drawn anew in each step that an optimizer counts; in mode 'eval', it is the mean.
 * Throws ArgumentError for an unknown name, parameter or sharing, and for values that break the rectifier's rule.
 */
export function rectifier(name: RectifierName | Rectifier | OwnRectifier, options: RectifyOptions = {}): Module {
  const found = findRectifier(name);
  checkKeys(`rectifier: ${found.name}`, options, { share: 1, values: 1, learn: 1 });
  const probe = slotsOf(found.name, found.entry, options, [1, 1]);
  const slopes: ParameterSpec = {
    name: probe.names.filter((_, index) => probe.count[index]).join('_'),
    kind: 'rectifier',
  };
  return module((x) => {
    const slots = slotsOf(found.name, found.entry, options, x.shape);
    const parts = slots.names.flatMap((key, j) => {
      const [at = 0, count = 0] = [slots.offset[j], slots.count[j]];
      return count > 0 ? [{ name: key, at, count }] : [];
    });
    const learned = slots.size > 0 ? x.graph.parameter(slopes, [slots.size], () => initialSlopes(slots), parts) : null;
    const y = rectify(x, learned, found.entry, slots);
    x.graph.rectifiers.push({
      layer: x.graph.path.join('.'),
      name: found.name,
      parameters: Object.fromEntries(
        slots.names.map((key, j) => {
          const count = slots.count[j] ?? 0;
          return [key, count > 0 ? { offset: slots.offset[j] ?? 0, count } : (slots.value[j] ?? 0)];
        }),
      ),
      slopes: learned,
      z: x,
      y,
    });
    return y;
  });
}

function initialSlopes(slots: Slots): Float32Array<ArrayBuffer> {
  const values = new Float32Array(slots.size);
  slots.count.forEach((count, j) => {
    const start = slots.offset[j] ?? 0;
    values.fill(slots.value[j] ?? 0, start, start + count);
  });
  return values;
}

/** ReLU, y = max(x, 0). Nair & Hinton 2010. */
export const relu = (): Module => rectifier('relu');

/** PReLU, y = max(x, 0) + a min(x, 0), a learned from 0.25. He et al. 2015, arXiv:1502.01852, eq. 1. */
export const prelu = (options: RectifyOptions = {}): Module => rectifier('prelu', options);
