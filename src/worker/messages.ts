// What goes between a page and its worker: the messages, what is moved with them, and how an error gets across.
import * as errors from '../errors.ts';

/** What messages go through: a Worker, a MessagePort, or a worker's own global scope. */
export interface Port {
  /** As theirs. */
  postMessage(message: unknown, transfer: Transferable[]): void;
  /** As theirs. */
  addEventListener(type: string, listener: (event: Event) => void): void;
  /** Of a MessagePort. */
  start?(): void;
  /** Of a MessagePort. */
  close?(): void;
  /** Of a Worker. */
  terminate?(): void;
}

/** What the page asks, and to be answered once if it has an id. */
export type Request =
  | { readonly hello: true }
  | { readonly id: number; readonly call: string; readonly args: readonly unknown[] }
  | { readonly id: number; readonly of: number; readonly way: 'next' | 'return' };

/** The worker's answers, and its calls of functions that it was given. */
export type Reply =
  | { readonly ready: true }
  | { readonly id: number; readonly callback: number; readonly args: readonly unknown[] }
  | { readonly id: number; readonly value: unknown; readonly isGenerator?: boolean }
  | { readonly id: number; readonly error: SentError };

/** `fields`: such as the step of a NonFiniteError. */
type SentError = Pick<Error, 'name' | 'message' | 'stack'> & { readonly fields: Readonly<Record<string, unknown>> };

/** A worker that did not load, failed or was closed: nothing more comes from it. */
export class WorkerError extends errors.RectigradError {
  override readonly name: string = 'WorkerError';
}

const moved = new WeakSet<object>();

/**
 * Marks what a method takes or returns, or a generator yields: the memory of its typed arrays goes to the other side
 * instead of being copied, and is gone from this one. An array that is a part of a larger buffer is copied all the same.
 */
export function move<T extends object>(value: T): T {
  moved.add(value);
  return value;
}

/** Sends `message`; what of `content` is marked is moved. Throws ArgumentError for what cannot be sent. */
export function post(port: Port, message: Request | Reply, content: readonly unknown[] = []): void {
  const buffers = new Set<ArrayBuffer>();
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (!ArrayBuffer.isView(value)) Object.values(value).forEach(collect);
    else if (value.buffer instanceof ArrayBuffer && value.byteLength === value.buffer.byteLength)
      if (value.byteLength > 0)
        // Node loses a message that would move what has been moved before, and says so of one that would copy it.
        buffers.add(value.buffer);
  };
  content.filter((value) => moved.has(value as object)).forEach(collect);
  try {
    port.postMessage(message, [...buffers]);
  } catch (error) {
    throw new errors.ArgumentError(
      `worker: a message cannot be sent (${String(error)}); give plain data that was not moved before, and functions only as arguments or as properties of one`,
    );
  }
}

/** Stands in a message for a function, which cannot be sent: the function's number. */
export const FUNCTION = 'rectigrad/worker:function';

/** Each argument, and each property of those that are plain objects, by `change`. */
export function mapArguments(args: readonly unknown[], change: (value: unknown) => unknown): unknown[] {
  return args.map((value) => {
    const changed = change(value);
    if (changed !== value || typeof value !== 'object' || value === null) return changed;
    if (Object.getPrototypeOf(value) !== Object.prototype) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, change(inner)]));
  });
}

const classes: Readonly<Record<string, { readonly prototype: Error }>> = errors;

export function sentError(thrown: unknown): SentError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const fields = Object.entries(error).filter(([, value]) => !['object', 'function'].includes(typeof value));
  return { name: error.name, message: error.message, stack: error.stack, fields: Object.fromEntries(fields) };
}

/** The class is found by its name; an error of another class becomes an Error that has the name. */
export function receivedError({ name, message, stack, fields }: SentError): Error {
  const error = Object.setPrototypeOf(new Error(message), classes[name]?.prototype ?? Error.prototype) as Error;
  return Object.assign(error, fields, { name, stack });
}
