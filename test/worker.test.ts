// What goes between a page and its worker, over a MessageChannel and with ports that fail.
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as classes from '../src/errors.ts';
import { type Connection, connect, move, type Service, serve, WorkerError } from '../src/worker/index.ts';

const { ArgumentError, DataError, RectigradError } = classes;

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** Both sides; the service's own object is what the worker has. */
function between<T extends Service<T>>(service: T): Connection<T> {
  const { port1, port2 } = new MessageChannel();
  serve(service, port2);
  const connection = connect<T>(port1);
  open.push(connection.close);
  return connection;
}

const soon = () => new Promise((resolve) => setTimeout(resolve, 20));
const thrown = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable('nothing was thrown'),
    (error: Error) => error,
  );

describe('calls', () => {
  it('give arguments and results, many at once, each to whom it belongs', async () => {
    const { service } = between({
      async later(value: number, milliseconds: number) {
        await new Promise((resolve) => setTimeout(resolve, milliseconds));
        return { value, array: Float32Array.of(value) };
      },
    });
    const results = await Promise.all([service.later(1, 30), service.later(2, 10), service.later(3, 0)]);
    expect(results).toEqual([1, 2, 3].map((value) => ({ value, array: Float32Array.of(value) })));
  });

  it('reach the methods of an instance', async () => {
    class Counter {
      #count = 0;
      async add(by: number) {
        this.#count += by;
        return this.#count;
      }
    }
    const { service } = between<Pick<Counter, 'add'>>(new Counter());
    await service.add(2);
    expect(await service.add(3)).toBe(5);
  });

  it('say which methods there are', async () => {
    const { service } = between({ train: async () => 1 });
    const error = await thrown((service as unknown as { predict: () => Promise<void> }).predict());
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toMatch(/no method 'predict'; it has train: /);
  });

  it('are no promise themselves', async () => {
    const { service } = between({ train: async () => 1 });
    expect(await (await Promise.resolve(service)).train()).toBe(1);
  });

  it('call the functions that they were given, in order, until they end', async () => {
    let late: Promise<void> | undefined;
    const { service } = between({
      async work(first: (text: string) => void, { onProgress }: { onProgress: (done: number, of: number) => void }) {
        first('begun');
        for (let done = 1; done <= 3; done++) onProgress(done, 3);
        late = soon().then(() => onProgress(4, 3));
        return 'done';
      },
    });
    const heard: unknown[] = [];
    heard.push(
      await service.work((text) => void heard.push(text), { onProgress: (...parts) => void heard.push(parts) }),
    );
    await late;
    await soon();
    expect(heard).toEqual(['begun', [1, 3], [2, 3], [3, 3], 'done']);
  });

  it('refuse what cannot be sent, in both directions', async () => {
    const { service } = between({
      take: async (value: unknown) => value,
      give: async () => (() => undefined) as unknown,
    });
    for (const wrong of [service.take([[() => 1]]), service.give()])
      expect(await thrown(wrong)).toMatchObject({
        name: 'ArgumentError',
        message: expect.stringMatching(/a message cannot be sent \(DataCloneError.*functions only as arguments/),
      });
  });
});

describe('errors', () => {
  const { NonFiniteError: _, ...simple } = classes;
  const errors = [
    ...Object.values(simple).map((Class) => new Class('label 12 of sample 3')),
    new classes.NonFiniteError(7, { operator: 'linear', layer: '2', gradient: true }),
    new RangeError('plain'),
    Object.assign(new Error('of a class that the page does not know'), { name: 'OwnError' }),
  ];
  it.each(errors.map((error) => [error.name, error] as const))('%s comes as it was thrown', async (name, original) => {
    const { service } = between({
      async fail() {
        throw original;
      },
      async *run() {
        yield 1;
        throw original;
      },
    });
    const iterate = async () => {
      for await (const _ of service.run());
    };
    for (const error of [await thrown(service.fail()), await thrown(iterate())]) {
      expect(error).toBeInstanceOf(original instanceof RectigradError ? original.constructor : Error);
      expect(error).toMatchObject({ ...Object.fromEntries(Object.entries(original)), name, message: original.message });
      expect(error.stack).toBe(original.stack);
    }
  });

  it('may be anything', async () => {
    const { service } = between({ fail: () => Promise.reject<void>('a text') });
    expect(await thrown(service.fail())).toMatchObject({ name: 'Error', message: 'a text' });
  });
});

describe('generators', () => {
  /** Counts, and tells what it has done. */
  function counting() {
    const events: unknown[] = [];
    const connection = between({
      async *count(to: number, onItem?: (item: number) => void) {
        try {
          for (let item = 1; item <= to; item++) {
            events.push(item);
            onItem?.(item);
            yield item;
          }
        } finally {
          events.push('ended');
        }
      },
    });
    return { ...connection, events };
  }

  it('give all items, one when it is asked for', async () => {
    const { service, events } = counting();
    const got: number[] = [];
    for await (const item of service.count(3)) {
      await soon();
      expect(events).toEqual([...got, item]);
      got.push(item);
    }
    expect([got, events]).toEqual([
      [1, 2, 3],
      [1, 2, 3, 'ended'],
    ]);
  });

  it('do nothing before the first is asked for', async () => {
    const { service, events } = counting();
    const generator = service.count(3);
    await soon();
    expect(events).toEqual([]);
    expect(await generator.next()).toEqual({ done: false, value: 1 });
  });

  it('end when the loop is left, however it is', async () => {
    const { service, events } = counting();
    for await (const item of service.count(5)) if (item === 2) break;
    expect(events.splice(0)).toEqual([1, 2, 'ended']);
    const failing = async () => {
      for await (const _ of service.count(5)) throw new DataError("the loop's own");
    };
    expect(await thrown(failing())).toBeInstanceOf(DataError);
    expect(events.splice(0)).toEqual([1, 'ended']);
    const generator = service.count(5);
    await generator.next();
    expect(await thrown(generator.throw(new DataError('thrown in')))).toBeInstanceOf(DataError);
    expect(events).toEqual([1, 'ended']);
    expect(await generator.next()).toEqual({ done: true, value: undefined });
  });

  it('end where what they give cannot be sent, before the page is told', async () => {
    const events: string[] = [];
    const { service } = between({
      async *items() {
        try {
          yield 1 as unknown;
          yield () => 1;
          events.push('asked for more');
        } finally {
          // What fails while it ends is not what is told.
          await soon().then(() => {
            events.push('ended');
            throw new DataError('of the end');
          });
        }
      },
    });
    const got: unknown[] = [];
    const iterate = async () => {
      for await (const item of service.items()) got.push(item);
    };
    expect((await thrown(iterate())).message).toMatch(/a message cannot be sent/);
    expect([got, events]).toEqual([[1], ['ended']]);
  });

  it('go on beside each other, and call functions as long as they live', async () => {
    const { service } = counting();
    const heard: number[] = [];
    const [a, b] = [service.count(2, (item) => heard.push(item)), service.count(2, (item) => heard.push(10 * item))];
    const items = [];
    for (const generator of [a, b, b, a]) items.push((await generator.next()).value);
    expect([items, heard]).toEqual([
      [1, 1, 2, 2],
      [1, 10, 20, 2],
    ]);
  });
});

describe('memory', () => {
  it('is moved where it was marked, and copied elsewhere', async () => {
    const kept = { own: new Float32Array(4), report: { params: { a: new Float32Array(4) } } };
    const whole = new Float32Array(8);
    const { service } = between({
      own: async () => kept.own,
      report: async () => move(kept.report),
      part: async () => move({ part: whole.subarray(2, 4) }),
      async *items() {
        yield move(kept.own);
      },
      sum: async (values: Float32Array) => values.reduce((sum, value) => sum + value, 0),
    });
    expect((await service.own()).length).toBe(4);
    expect(kept.own.length).toBe(4);
    expect((await service.report()).params.a.length).toBe(4);
    expect(kept.report.params.a.length).toBe(0);
    expect((await service.part()).part.length).toBe(2);
    expect(whole.length).toBe(8);
    for await (const item of service.items()) expect(item.length).toBe(4);
    expect(kept.own.length).toBe(0);
    const given = Float32Array.of(1, 2, 3);
    expect(await service.sum(move(given))).toBe(6);
    expect(given.length).toBe(0);
    expect((await thrown(service.sum(given))).message).toMatch(/that was not moved before/);
  });
});

/** A Worker as far as its page sees it. */
class FakeWorker extends EventTarget {
  readonly postMessage = vi.fn();
  readonly terminate = vi.fn();
  say(data: unknown) {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }
  fail(message?: string) {
    const event = Object.assign(new Event('error', { cancelable: true }), message !== undefined && { message });
    this.dispatchEvent(event);
    expect(event.defaultPrevented).toBe(true);
  }
}

describe('a worker', () => {
  interface Training {
    train: () => Promise<number>;
    run: () => AsyncGenerator<number, void, void>;
  }

  it('is asked nothing before it listens', async () => {
    const worker = new FakeWorker();
    const { service } = connect<Training>(worker);
    const result = service.train();
    await soon();
    expect(worker.postMessage.mock.calls).toEqual([[{ hello: true }, []]]);
    worker.say({ ready: true });
    worker.say({ ready: true });
    await soon();
    expect(worker.postMessage.mock.calls.slice(1)).toEqual([[{ id: 1, call: 'train', args: [] }, []]]);
    worker.say({ id: 1, value: 3 });
    expect(await result).toBe(3);
  });

  it('is reached whichever side comes first', async () => {
    for (const first of ['worker', 'page']) {
      const { port1, port2 } = new MessageChannel();
      const begin = () => serve({ train: async () => 1 }, port2);
      if (first === 'worker') begin();
      await soon();
      const { service, close } = connect<Pick<Training, 'train'>>(port1);
      open.push(close);
      const result = service.train();
      await soon();
      if (first === 'page') begin();
      expect(await result).toBe(1);
    }
  });

  it('that does not load is an error, for all that was and will be asked', async () => {
    const worker = new FakeWorker();
    const { service } = connect<Training>(worker);
    const asked = [service.train(), service.run().next()].map(thrown);
    worker.fail();
    for (const error of [...(await Promise.all(asked)), await thrown(service.train())]) {
      expect(error).toBeInstanceOf(WorkerError);
      expect(error).toBeInstanceOf(RectigradError);
      expect(error.message).toMatch(/did not load \(no reason given\); check its address/);
    }
    expect(worker.terminate).toHaveBeenCalled();
  });

  it('that fails ends what is under way, and is ended', async () => {
    const worker = new FakeWorker();
    const { service } = connect<Training>(worker);
    worker.say({ ready: true });
    const generator = service.run();
    worker.say({ id: 1, isGenerator: true, value: undefined });
    const asked = [service.train(), generator.next()].map(thrown);
    await soon();
    worker.fail('x is not defined');
    for (const error of await Promise.all(asked)) {
      expect(error).toBeInstanceOf(WorkerError);
      expect(error.message).toBe('connect: the worker failed (x is not defined); start a new one');
    }
    expect(worker.terminate).toHaveBeenCalled();
    await thrown(generator.next());
  });

  it('that goes away or is closed ends what is under way', async () => {
    const never = () => new Promise<number>(() => undefined);
    const { port1, port2 } = new MessageChannel();
    serve({ train: never }, port2);
    const gone = thrown(connect<Pick<Training, 'train'>>(port1).service.train());
    await soon();
    port2.close();
    expect((await gone).message).toMatch(/the other side has closed/);

    const { service, close } = between({ train: never });
    const closed = thrown(service.train());
    await soon();
    close();
    expect((await closed).message).toBe('connect: the worker was closed; start a new one');
    expect(await thrown(service.train())).toBeInstanceOf(WorkerError);
  });
});

it('is typed on both sides', () => {
  interface Training {
    train: (epochs: number) => Promise<number>;
    run: () => AsyncGenerator<string, void, void>;
  }
  const types = async ({ service }: Connection<Training>) => {
    const trained: number = await service.train(1);
    for await (const report of service.run()) report.toUpperCase();
    // @ts-expect-error: a number, not a text
    await service.train('1');
    // @ts-expect-error: no such method
    await service.predict();
    return trained;
  };
  // @ts-expect-error: it answers at once, which nothing in a worker can
  const wrong = () => connect<{ train: () => number }>(new FakeWorker());
  expect([typeof types, typeof wrong]).toEqual(['function', 'function']);
});
