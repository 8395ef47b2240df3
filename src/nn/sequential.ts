import type { Tensor } from '../graph/tensor.ts';
import { type Module, module, within } from './module.ts';

/** Modules one after the other, y = f_n(... f_1(x)). Parameters are named by position: `0.weight`, as in PyTorch. */
export function sequential(...modules: readonly Module[]): Module {
  return module((x) => modules.reduce<Tensor>((value, child, index) => within(value, String(index), child), x));
}
