// The errors that rectigrad throws on purpose. Each message says what was called, what it got, what it expected and
// what to do about it; nothing has been changed when one of them is thrown.

/** The base of all of them, so that one `catch` can tell them from a bug. */
export class RectigradError extends Error {
  /** The name of the class, which stays when a bundler shortens names. */
  override readonly name: string = 'RectigradError';
}

/** A value that a function does not take: an unknown name, a number out of range, a missing option. */
export class ArgumentError extends RectigradError {
  override readonly name: string = 'ArgumentError';
}

/** A tensor, or data for one, of a shape that an operator does not take. */
export class ShapeError extends ArgumentError {
  override readonly name: string = 'ShapeError';
}

/** Data that cannot be trained on: not finite, a label out of range, a truncated file. */
export class DataError extends RectigradError {
  override readonly name: string = 'DataError';
}

/** No WebGPU here, or no adapter. */
export class UnsupportedError extends RectigradError {
  override readonly name: string = 'UnsupportedError';
}

/** A plan that needs more than the device offers. */
export class LimitError extends RectigradError {
  override readonly name: string = 'LimitError';
}

/** A kernel that does not compile, with the place in the fragment's own file. */
export class ShaderError extends RectigradError {
  override readonly name: string = 'ShaderError';
}

/** The GPU device went away, or refused a command. */
export class DeviceError extends RectigradError {
  override readonly name: string = 'DeviceError';
}

/** A training step came to a number that is not finite: infinity, or none. */
export class NonFiniteError extends RectigradError {
  override readonly name: string = 'NonFiniteError';
  /** Counted from 1. */
  readonly step: number;
  /** `linear`, `the gradient of rectify`, `update`. */
  readonly operator: string;
  /** Path of the layer, or a parameter's name. */
  readonly layer: string;

  /** @internal */
  constructor(
    step: number,
    { operator, layer, gradient }: { readonly operator: string; readonly layer: string; readonly gradient: boolean },
  ) {
    const what = gradient ? `the gradient of ${operator}` : operator;
    super(
      `run: step ${step}: ${what}${layer ? ` of '${layer}'` : ''} gave a number that is not finite; lower the learning rate, clip the gradients (clipNorm), normalise the inputs, or start from smaller weights`,
    );
    this.step = step;
    this.operator = what;
    this.layer = layer;
  }
}
