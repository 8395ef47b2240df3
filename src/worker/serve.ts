// The worker's side: calls the service as the page asks, and answers.
import { ArgumentError } from '../errors.ts';
import { FUNCTION, mapArguments, type Port, post, type Request, sentError } from './messages.ts';

/**
 * Offers `service` to the page that started this worker, which reaches it by {@link connect}.
 *
 * Values are copied as by structuredClone, or moved, see {@link move}. A function that comes as an argument, or as a
 * property of one, may be called until the call or its generator has ended, and returns nothing.
 */
export function serve(service: object, port: Port = globalThis as unknown as Port): void {
  const methods = service as Readonly<Record<string, unknown>>;
  const generators = new Map<number, AsyncIterator<unknown, unknown>>();

  async function answer(request: Exclude<Request, { readonly hello: true }>): Promise<void> {
    const { id } = request;
    if ('call' in request) {
      const result = call(id, request.call, request.args);
      const iterable = result as Partial<AsyncIterable<unknown>> | null | undefined;
      const generator = iterable?.[Symbol.asyncIterator]?.();
      if (generator) generators.set(id, generator);
      const value = generator ? undefined : await result;
      post(port, { id, value, isGenerator: generator !== undefined }, [value]);
    } else {
      const item = (await generators.get(request.of)?.[request.way]?.()) ?? { done: true, value: undefined };
      if (item.done) generators.delete(request.of);
      post(port, { id, value: item }, [item.value]);
    }
  }

  function call(id: number, name: string, args: readonly unknown[]): unknown {
    const method = methods[name];
    if (typeof method !== 'function')
      throw new ArgumentError(
        `connect: the service has no method '${name}'; it has ${Object.keys(methods).join(', ')}: serve an object of the interface that the page expects`,
      );
    const usable = (value: unknown) => {
      const callback = (value as { readonly [FUNCTION]?: number } | null | undefined)?.[FUNCTION];
      if (callback === undefined) return value;
      return (...given: unknown[]) => post(port, { id, callback, args: given }, given);
    };
    return method.apply(service, mapArguments(args, usable));
  }

  port.addEventListener('message', (event) => {
    const request = (event as MessageEvent<Request>).data;
    if ('hello' in request) post(port, { ready: true });
    else
      answer(request).catch(async (error: unknown) => {
        if ('of' in request) {
          // Where what it gave could not be sent: nobody asks it for more.
          const generator = generators.get(request.of);
          generators.delete(request.of);
          try {
            await generator?.return?.();
          } catch {
            // The first error is told.
          }
        }
        post(port, { id: request.id, error: sentError(error) });
      });
  });
  port.start?.();
  post(port, { ready: true });
}
