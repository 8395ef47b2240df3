import { ArgumentError } from '../errors.ts';
import type { Tensor } from '../graph/tensor.ts';
import { kindOf } from '../options.ts';
import { type Module, module, within } from './module.ts';

/**
 * Modules one after the other, y = f_n(... f_1(x)). Parameters are named by position: `0.weight`, as in PyTorch.
 * Throws ArgumentError for what is no module.
 */
export function sequential(...modules: readonly Module[]): Module {
  modules.forEach((child: Module | readonly Module[], index) => {
    if (!('trace' in Object(child)))
      throw new ArgumentError(
        `nn.sequential: layer ${index} is ${kindOf(child)}, expected a module such as nn.relu() (not nn.relu); an array is spread: nn.sequential(...layers); a function of your own goes through nn.module`,
      );
  });
  return module((x) => modules.reduce<Tensor>((value, child, index) => within(value, String(index), child), x));
}
