// The page's side: an object whose methods send messages, and what becomes of them when the worker stops.
import {
  FUNCTION,
  mapArguments,
  type Port,
  post,
  type Reply,
  type Request,
  receivedError,
  WorkerError,
} from './messages.ts';

/** What can be served: methods that return promises, and async generators. */
export type Service<T> = {
  readonly [K in keyof T]: (...args: never[]) => Promise<unknown> | AsyncGenerator<unknown, unknown, void>;
};

/** A service in a worker, from the page's side. */
export interface Connection<T> {
  /**
   * Its methods are the service's. What they throw has the class and the message that it had there; once the worker has
   * stopped, that is WorkerError. A generator works while it is asked for an item; leaving the loop ends it.
   */
  readonly service: T;
  /** Ends the worker; what is under way throws WorkerError. */
  readonly close: () => void;
}

type Answer = Extract<Reply, { readonly value: unknown }>;

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Reaches the object that the worker's program hands to {@link serve}. `T` is the interface of both. */
export function connect<T extends Service<T>>(worker: Port): Connection<T> {
  const pending = new Map<number, Pending>();
  const callbacks = new Map<number, readonly ((...args: readonly unknown[]) => unknown)[]>();
  let failure: WorkerError | null = null;
  let lastId = 0;
  // What is sent before the worker's program listens may be lost.
  let listens = false;
  let settle: () => void = () => undefined;
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });

  function fail(message: string): void {
    failure ??= new WorkerError(`connect: ${message}`);
    worker.terminate?.();
    worker.close?.();
    for (const { reject } of pending.values()) reject(failure);
    pending.clear();
    settle();
  }

  async function ask(request: Exclude<Request, { readonly hello: true }>, content: readonly unknown[]) {
    if (!listens) await settled;
    if (failure) throw failure;
    return new Promise<Answer>((resolve, reject) => {
      post(worker, request, content);
      pending.set(request.id, { resolve, reject });
    });
  }

  function call(name: string, given: readonly unknown[]) {
    lastId += 1;
    const id = lastId;
    const functions: ((...args: readonly unknown[]) => unknown)[] = [];
    const args = mapArguments(given, (value) =>
      typeof value === 'function' ? { [FUNCTION]: functions.push(value as () => unknown) - 1 } : value,
    );
    callbacks.set(id, functions);
    const end = (error?: unknown) => {
      callbacks.delete(id);
      if (error) throw error;
    };
    const result = ask({ id, call: name, args }, given).then(({ value, isGenerator }) => {
      if (!isGenerator) end();
      return value;
    }, end);
    const turn = async (way: 'next' | 'return') => {
      await result;
      lastId += 1;
      const { value } = (await ask({ id: lastId, of: id, way }, []).catch(end)) as Answer;
      const item = value as IteratorResult<unknown, unknown>;
      if (item.done) end();
      return item;
    };
    // Only the worker knows which of the two it is, and a call must not wait for that.
    const both: Promise<unknown> & AsyncIterableIterator<unknown, unknown, void> = Object.assign(result, {
      next: () => turn('next'),
      return: () => turn('return'),
      throw: (error: unknown) => turn('return').then(() => Promise.reject(error)),
      [Symbol.asyncIterator]: () => both,
    });
    return both;
  }

  worker.addEventListener('message', (event) => {
    const reply = (event as MessageEvent<Reply>).data;
    if ('ready' in reply) {
      listens = true;
      settle();
    } else if ('callback' in reply) callbacks.get(reply.id)?.[reply.callback]?.(...reply.args);
    else {
      const request = pending.get(reply.id);
      pending.delete(reply.id);
      if ('error' in reply) request?.reject(receivedError(reply.error));
      else request?.resolve(reply);
    }
  });
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    const reason = (event as ErrorEvent).message || 'no reason given';
    fail(
      listens
        ? `the worker failed (${reason}); start a new one`
        : `the worker did not load (${reason}); check its address, and that it is started with { type: 'module' }`,
    );
  });
  worker.addEventListener('messageerror', () => fail('a message cannot be read; start a new worker'));
  worker.addEventListener('close', () => fail('the other side has closed; start a new worker'));
  worker.start?.();
  post(worker, { hello: true });
  const get = (_: object, name: string | symbol) =>
    // An object that has `then` would pass for a promise.
    typeof name === 'string' && name !== 'then' ? (...args: unknown[]) => call(name, args) : undefined;
  return { service: new Proxy({}, { get }) as T, close: () => fail('the worker was closed; start a new one') };
}
