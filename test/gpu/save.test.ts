// A run that was saved and loaded, or whose device was lost, goes on as if nothing had been.
import { afterEach, describe, expect, it } from 'vitest';
import {
  ArgumentError,
  createEngine,
  DataError,
  DeviceError,
  data,
  type Engine,
  type EngineOptions,
  nn,
  optim,
  type Report,
  readCheckpoint,
  ShapeError,
  type Trainer,
  type TrainerOptions,
} from '../../src/index.ts';
import { decode, encode } from '../../src/train/checkpoint.ts';
import { random } from '../support/check.ts';
import { getAdapter } from '../support/node-gpu.ts';

const engines: Engine[] = [];
afterEach(() => {
  for (const engine of engines.splice(0)) engine.destroy();
});
const open = async (options: EngineOptions = {}) => {
  const engine = await createEngine({ adapter: await getAdapter(), ...options });
  engines.push(engine);
  return engine;
};

const { train } = data.spiral({ samples: 200 });
const images = data.dataset({
  shape: [6, 6, 1],
  x: random('images', [50, 36]),
  y: Uint32Array.from({ length: 50 }, (_, i) => i % 3),
  classes: 3,
});

interface Case {
  readonly model: () => nn.Module;
  readonly options: () => TrainerOptions;
}
const CASES: Readonly<Record<string, Case>> = {
  'an MLP with PReLU, Adam on a cosine': {
    model: () => nn.sequential(nn.linear(2, 16), nn.prelu(), nn.linear(16, 3)),
    options: () => ({
      data: train,
      batchSize: 48, // the last batch of an epoch is short
      loss: nn.crossEntropy,
      optimizer: optim.adam({ lr: optim.cosine({ lr: 0.02, end: 0.001, steps: 40 }) }),
    }),
  },
  'convolutions with batch norm, RReLU and dropout, SGD with momentum': {
    model: () =>
      nn.sequential(
        nn.augment({ shift: 1 }),
        nn.conv2d(1, 4, 3),
        nn.batchNorm2d(4),
        nn.rectifier('rrelu'),
        nn.flatten(),
        nn.dropout(0.2),
        nn.linear(64, 3),
      ),
    options: () => ({
      data: images,
      batchSize: 16,
      loss: nn.crossEntropy,
      optimizer: optim.sgd({ lr: 0.05, momentum: 0.9, clipNorm: 1 }),
    }),
  },
};

async function trained(trainer: Trainer, steps: number, every = 1, each: (report: Report) => void = () => undefined) {
  const reports: Report[] = [];
  for await (const report of trainer.run({ steps, every })) {
    reports.push(report);
    each(report);
  }
  return reports;
}
const bits = async (trainer: Trainer) =>
  Object.fromEntries(
    Object.entries(await trainer.parameters()).map(([name, values]) => [name, [...new Uint32Array(values.buffer)]]),
  );

describe.each(Object.entries(CASES))('%s', (_name, { model, options }) => {
  it('saved and loaded in another engine: to the bit as uninterrupted', async () => {
    const whole = await (await open({ seed: 5 })).trainer(model(), options());
    const first = await trained(whole, 7);
    whole.set({ lr: 0.01, groups: { weight: { lr: 0.5 } } });
    const rest = await trained(whole, 9);

    const interrupted = await (await open({ seed: 5 })).trainer(model(), options());
    expect(await trained(interrupted, 7)).toEqual(first);
    interrupted.set({ lr: 0.01, groups: { weight: { lr: 0.5 } } });
    const file = await interrupted.save('words of mine');
    expect(readCheckpoint(file)).toMatchObject({ step: 7, seed: 5, note: 'words of mine' });
    // What comes after is not in it.
    await trained(interrupted, 3);

    // What it draws is the file's, not the engine's.
    const other = await open({ seed: 9 });
    const trainer = await other.load(file, model(), options());
    expect([trainer.step, readCheckpoint(await trainer.save()).seed]).toEqual([7, 5]);
    expect(await trained(trainer, 9)).toEqual(rest);
    expect(await bits(trainer)).toEqual(await bits(whole));
    // And groups add to those that were set before.
    trainer.set({ groups: { bias: { lr: 2 } } });
    whole.set({ groups: { bias: { lr: 2 } } });
    expect(await trained(trainer, 2)).toEqual(await trained(whole, 2));
  });

  it('a device that is lost in mid-run, and between runs: to the bit as if it were not', async () => {
    const undisturbed = await (await open({ seed: 5 })).trainer(model(), options());
    const expected = await trained(undisturbed, 24);

    const devices: GPUDevice[] = [];
    const engine = await createEngine({ gpu: await source(devices), seed: 5 });
    engines.push(engine);
    const recovered: number[] = [];
    const trainer = await engine.trainer(model(), {
      ...options(),
      onRecovery: (step, reason) => {
        expect(reason).toBeInstanceOf(DeviceError);
        recovered.push(step);
      },
    });
    const reports = await trained(trainer, 24, 1, ({ step }) => {
      if (step === 17) devices.at(-1)?.destroy();
    });
    expect(reports).toEqual(expected);
    expect(await bits(trainer)).toEqual(await bits(undisturbed));
    expect([recovered.length, devices.length]).toEqual([1, 2]);

    devices.at(-1)?.destroy();
    await devices.at(-1)?.lost;
    expect(await bits(trainer)).toEqual(await bits(undisturbed));
    expect((await trainer.evaluate(options().data)).loss).toBe((await undisturbed.evaluate(options().data)).loss);
    // A report that covers what was trained on both devices.
    const later = setTimeout(() => devices.at(-1)?.destroy(), 100);
    expect(await trained(trainer, 60, 60)).toEqual(await trained(undisturbed, 60, 60));
    clearTimeout(later);
  });
});

/** A WebGPU of which every device is noted. */
async function source(devices: GPUDevice[]): Promise<GPU> {
  const first = await getAdapter();
  let next: GPUAdapter | null = first;
  const requestAdapter = async () => {
    const adapter = next ?? (await getAdapter());
    next = null;
    const request = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => {
      const device = await request(descriptor);
      devices.push(device);
      return device;
    };
    return adapter;
  };
  return { requestAdapter } as unknown as GPU;
}

it('a file as Node reads it, a part of memory that others share', async () => {
  const { model, options } = CASES['an MLP with PReLU, Adam on a cosine'] as Case;
  const trainer = await (await open()).trainer(model(), options());
  await trained(trainer, 3);
  const file = Buffer.concat([Buffer.from('abc'), await trainer.save()]).subarray(3);
  expect(readCheckpoint(file).step).toBe(3);
  expect(await bits(await (await open()).load(file, model(), options()))).toEqual(await bits(trainer));
});

it.each(['', 'x', 'für später', '試し書き 🙂'])(
  'numbers begin at a multiple of 8 bytes, with the note %j',
  async (note) => {
    const { model, options } = CASES['an MLP with PReLU, Adam on a cosine'] as Case;
    const trainer = await (await open()).trainer(model(), options());
    const file = await trainer.save(note);
    expect(new DataView(file.buffer).getBigUint64(0, true) % 8n).toBe(0n);
    expect(readCheckpoint(file).note).toBe(note);
  },
);

describe('refuses', () => {
  const { model, options } = CASES['an MLP with PReLU, Adam on a cosine'] as Case;
  const saved = async () => {
    const trainer = await (await open()).trainer(model(), options());
    await trained(trainer, 3);
    return trainer.save();
  };
  const edited = (file: Uint8Array, change: (header: Record<string, Record<string, unknown>>) => void) => {
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as Record<
      string,
      Record<string, unknown>
    >;
    change(header);
    const text = new TextEncoder().encode(JSON.stringify(header));
    const result = new Uint8Array(8 + text.length + file.length - 8 - length);
    new DataView(result.buffer).setBigUint64(0, BigInt(text.length), true);
    result.set(text, 8);
    result.set(file.subarray(8 + length), 8 + text.length);
    return result;
  };

  it('files that are none, or damaged', async () => {
    const file = await saved();
    const flipped = file.slice();
    flipped[file.length - 100]! ^= 1;
    const cases: readonly (readonly [Uint8Array, RegExp])[] = [
      [new Uint8Array(0), /these 0 bytes are no saved run/],
      [new TextEncoder().encode('<!doctype html><title>404</title>'), /no saved run/],
      [file.subarray(0, 300), /no saved run/],
      [file.subarray(0, file.length - 4), /damaged or cut off/],
      [flipped, /damaged or cut off/],
      [edited(file, (header) => delete header.__metadata__), /not saved by a trainer/],
      [
        edited(file, (header) => {
          header.__metadata__!.version = '2';
        }),
        /has version 2 of the format, and this rectigrad reads version 1/,
      ],
      [
        edited(file, (header) => {
          header['0.weight']!.data_offsets = [0, 4];
        }),
        /damaged or cut off/,
      ],
    ];
    const engine = await open();
    for (const [bytes, message] of cases) {
      await expect(engine.load(bytes, model(), options())).rejects.toThrow(DataError);
      await expect(engine.load(bytes, model(), options())).rejects.toThrow(message);
    }
    // Any byte that is changed is either told or changes nothing.
    for (let at = 0; at < file.length; at += 37) {
      const mutated = file.slice();
      mutated[at]! ^= 4;
      try {
        expect(readCheckpoint(mutated)).toEqual(readCheckpoint(file));
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
      }
    }
  });

  it('another model, other data, another optimizer; and what is refused leaves the model as it is', async () => {
    const file = await saved();
    const engine = await open();
    const load = (changed: Partial<TrainerOptions>, other = model()) =>
      engine.load(file, other, { ...options(), ...changed });
    const wider = nn.sequential(nn.linear(2, 17), nn.prelu(), nn.linear(17, 3));
    await expect(load({}, wider)).rejects.toThrow(ShapeError);
    await expect(load({}, wider)).rejects.toThrow(
      /'0.weight' has shape \[2, 16\] in the file, and \[2, 17\] in the model/,
    );
    await expect(load({}, nn.sequential(nn.linear(2, 16), nn.relu(), nn.linear(16, 3)))).rejects.toThrow(
      /the model has no parameter '1.a'/,
    );
    await expect(load({ batchSize: 32 })).rejects.toThrow(ArgumentError);
    await expect(load({ batchSize: 32 })).rejects.toThrow(/saved with batchSize 48, and the options have 32/);
    await expect(load({ shuffle: false })).rejects.toThrow(/shuffle true/);
    await expect(load({ optimizer: optim.sgd({ lr: 0.1 }) })).rejects.toThrow(
      /optimizer adam, and the options have sgd/,
    );
    await expect(load({ optimizer: optim.adam({ lr: 0.1 }) })).rejects.toThrow(
      /164 bytes for 'lr_table'.*same schedule/,
    );
    const [own, given] = [model(), options()];
    await expect(load({ optimizer: optim.adam({ lr: 0.1 }) }, own)).rejects.toThrow();
    expect((await engine.load(file, own, given)).step).toBe(3);
  });
});

it('refuses groups of another model in a file, and leaves model and optimizer as they are', async () => {
  const { model, options } = CASES['an MLP with PReLU, Adam on a cosine'] as Case;
  const trainer = await (await open()).trainer(model(), options());
  await trained(trainer, 3);
  const file = await trainer.save();
  const { facts, pieces } = decode(file);
  const other = encode({ ...facts, groups: { nope: { lr: 0 } } }, [...pieces.values()]);
  const engine = await open();
  const [own, given] = [model(), options()];
  const before = await bits(await (await open()).trainer(model(), options()));
  await expect(engine.load(other, own, given)).rejects.toThrow(DataError);
  await expect(engine.load(other, own, given)).rejects.toThrow(
    /load: .*there is no group 'nope'; this model has weight/,
  );
  expect(await bits(await engine.trainer(own, given))).toEqual(before);
});

it('a device of the caller’s own is not followed by another', async () => {
  const device = await (await getAdapter()).requestDevice();
  const engine = await createEngine({ device });
  const { model, options } = CASES['an MLP with PReLU, Adam on a cosine'] as Case;
  const trainer = await engine.trainer(model(), options());
  device.destroy();
  await expect(trained(trainer, 3)).rejects.toThrow(DeviceError);
  expect(await engine.lost).toBeInstanceOf(DeviceError);
  engine.destroy();
});

it('gives up where there is no other device', async () => {
  const devices: GPUDevice[] = [];
  const gpu = await source(devices);
  let left = 1;
  const once = { requestAdapter: async () => (left-- > 0 ? gpu.requestAdapter() : null) } as unknown as GPU;
  const engine = await createEngine({ gpu: once });
  const { model, options } = CASES['an MLP with PReLU, Adam on a cosine'] as Case;
  const trainer = await engine.trainer(model(), options());
  await expect(
    trained(trainer, 30, 1, ({ step }) => {
      if (step === 3) devices[0]?.destroy();
    }),
  ).rejects.toThrow(/found no adapter/);
  expect((await engine.lost).message).toMatch(/was lost/);
  engine.destroy();
});

it('a state that no one buffer of the device could hold', async () => {
  const device = await (await getAdapter()).requestDevice();
  const most = 10_000;
  const { limits } = device;
  Object.defineProperty(device, 'limits', {
    value: new Proxy(limits, { get: (_, key) => (key === 'maxBufferSize' ? most : Reflect.get(limits, key, limits)) }),
  });
  const make = device.createBuffer.bind(device);
  let largest = 0;
  device.createBuffer = (descriptor) => {
    largest = Math.max(largest, descriptor.size);
    return make(descriptor);
  };
  const engine = await createEngine({ device });
  const wide = () => nn.sequential(nn.flatten(), nn.linear(36, 32), nn.relu(), nn.linear(32, 32));
  const given = (): TrainerOptions => ({
    data: images,
    batchSize: 2,
    loss: nn.crossEntropy,
    optimizer: optim.sgd({ lr: 0.05, momentum: 0.9 }),
  });
  const trainer = await engine.trainer(wide(), given());
  await trained(trainer, 3);
  const file = await trainer.save();
  expect(file.length).toBeGreaterThan(most);
  expect(largest).toBeLessThanOrEqual(most);
  const expected = await bits(trainer);
  engine.destroy();
  device.destroy();
  expect(await bits(await (await open()).load(file, wide(), given()))).toEqual(expected);
});
