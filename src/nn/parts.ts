// What the networks of models.ts are made of.
import { ArgumentError } from '../errors.ts';
import type { RectifyOptions } from '../ops/rectify.ts';
import { checkKeys, kindOf } from '../options.ts';
import type { OwnRectifier, Rectifier, RectifierName } from '../rectifiers.ts';
import { conv2d, unflatten } from './conv.ts';
import type { Init } from './init.ts';
import { linear } from './linear.ts';
import type { Module } from './module.ts';
import { batchNorm2d } from './norm.ts';
import { rectifier as rectifierLayer } from './rectifier.ts';

/** @inline */
type AnyRectifier = RectifierName | Rectifier | OwnRectifier;

/** What every network takes. */
export interface ModelOptions {
  /** Of the images: [height, width, channels]. Samples may come as rows of as many numbers. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** Outputs. */
  readonly classes: number;
  /**
   * After each layer but the last: one for all, or a function that gives each its own, of its number from 0 in the order
   * in which they are run. Default `prelu`.
   */
  readonly rectifier?: AnyRectifier | ((index: number) => AnyRectifier);
  /** Its parameters and their sharing. */
  readonly options?: RectifyOptions;
  /** How weights start. Default 'auto'. */
  readonly init?: Init;
}

/** The layers of one network, all with its rectifier and initialisation; `norm` follows every convolution. */
export function parts(
  name: string,
  {
    shape,
    rectifier = 'prelu',
    options = {},
    init = 'auto',
    norm = null,
  }: Omit<ModelOptions, 'classes'> & { readonly norm?: 'batch' | null },
) {
  if (shape.length !== 3 || shape.some((length) => !Number.isSafeInteger(length) || length < 1))
    throw new ArgumentError(`nn.${name}: shape must be [height, width, channels], got [${shape.join(', ')}]`);
  if (norm !== null && norm !== 'batch')
    throw new ArgumentError(`nn.${name}: norm must be 'batch' or null, got ${JSON.stringify(norm)}`);
  let made = 0;
  const rectify = () => rectifierLayer(typeof rectifier === 'function' ? rectifier(made++) : rectifier, options);
  // A bias would be subtracted again with the batch's mean.
  const bare = (
    from: number,
    to: number,
    kernel: number,
    { stride = 1, padding = (kernel - 1) / 2 } = {},
  ): Module[] => [
    conv2d(from, to, kernel, { stride, padding, init, bias: norm === null }),
    ...(norm ? [batchNorm2d(to)] : []),
  ];
  return {
    rectify,
    images: unflatten(shape),
    bare,
    conv: (...of: Parameters<typeof bare>): Module[] => [...bare(...of), rectify()],
    dense: (from: number, to: number): Module[] => [linear(from, to, { init }), rectify()],
    last: (from: number, to: number): Module => linear(from, to, { init }),
  };
}

/** Halves a length, `times` times, as pooling by 2 does. */
export const halved = (length: number, times: number): number => Math.max(1, Math.floor(length / 2 ** times));

/** Throws ArgumentError for options that no network takes, or that are not among its `own`, and for too small images. */
export function checkModel<T extends Omit<ModelOptions, 'classes'>>(
  name: string,
  options: T,
  least: number,
  own: Readonly<Record<Exclude<keyof T, keyof ModelOptions>, unknown>>,
): void {
  const known = { shape: 1, classes: 1, rectifier: 1, options: 1, init: 1, ...own };
  checkKeys<object>(`nn.${name}`, options, known);
  const { shape } = options;
  if (!Array.isArray(shape))
    throw new ArgumentError(`nn.${name}: shape must be [height, width, channels], got ${kindOf(shape)}`);
  if (Math.min(shape[0], shape[1]) < least)
    throw new ArgumentError(
      `nn.${name}: images of ${shape[0]} x ${shape[1]} are too small; it halves them, and needs ${least} x ${least}`,
    );
}
