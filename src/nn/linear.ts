import { ArgumentError, ShapeError } from '../errors.ts';
import { show, sizeOf } from '../graph/shape.ts';
import type { InitialValues, ParameterSpec } from '../graph/state.ts';
import { linear as affine, matmul } from '../ops/matmul.ts';
import type { RectifierUse } from '../ops/rectify.ts';
import { checkKeys } from '../options.ts';
import { checkInit, type Init, initialValues } from './init.ts';
import { type Module, module } from './module.ts';

declare module '../graph/state.ts' {
  interface InitContext {
    /** The rectifier that the layer feeds; for one that feeds none, the last before it; null where there is none. */
    readonly rectifier: RectifierUse | null;
  }
}

const zeros: InitialValues = ({ shape }) => new Float32Array(sizeOf(shape));

/** What {@link linear} takes beside its widths. */
export interface LinearOptions {
  /** Add a learned bias, initially 0. Default true. */
  readonly bias?: boolean;
  /** How the weights start. Default 'auto'. */
  readonly init?: Init;
}

/**
 * A fully connected layer, y = x W + b.
 *
 * x: [rows, inFeatures]; W: [inFeatures, outFeatures] (PyTorch's, transposed); b: [outFeatures]; y: [rows, outFeatures].
 * Parameters: `weight`, `bias`. Throws ArgumentError for widths below 1 and unknown initialisations, ShapeError when
 * traced on another width.
 */
export function linear(inFeatures: number, outFeatures: number, options: LinearOptions = {}): Module {
  checkKeys('nn.linear', options, { bias: 1, init: 1 });
  const { bias = true, init = 'auto' } = options;
  for (const [name, width] of Object.entries({ inFeatures, outFeatures }))
    if (!Number.isSafeInteger(width) || width < 1)
      throw new ArgumentError(`nn.linear: ${name} must be a whole number of at least 1, got ${width}`);
  checkInit(init);
  const weight: ParameterSpec = { name: 'weight', kind: 'weight' };
  const offset: ParameterSpec = { name: 'bias', kind: 'bias' };
  return module((x) => {
    if (x.shape.length !== 2 || x.shape[1] !== inFeatures)
      throw new ShapeError(
        `nn.linear(${inFeatures}, ${outFeatures}): expected an input of shape [rows, ${inFeatures}], got ${show(x.shape)}`,
      );
    const w = x.graph.parameter(weight, [inFeatures, outFeatures], (context) => initialValues({ ...context, init }));
    return bias ? affine(x, w, x.graph.parameter(offset, [outFeatures], zeros)) : matmul(x, w);
  });
}
