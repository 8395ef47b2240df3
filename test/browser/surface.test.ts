// The decision surface, alone, of a made-up network: the class is the side of a line.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page } from 'vitest/browser';
import '../../demo/style.css';
import { createFrames } from '../../demo/views/frames.ts';
import { createSurface, type Surface } from '../../demo/views/surface.ts';

const points = { x: [2, 0, -2, 0.5, 0, -1], y: [1, 0, 0], count: 3 };
const sets = { train: points, test: { x: [0, 1], y: [1], count: 1 }, classes: 2 };

let asked: { readonly x: Float32Array; readonly count: number; readonly answer: (logits: Float32Array) => void }[] = [];
let host: HTMLElement;
let view: Surface;

beforeEach(() => {
  asked = [];
  host = document.createElement('div');
  host.style.width = '300px';
  document.body.append(host);
  const frames = createFrames();
  view = createSurface(host, {
    frames,
    predict: (x, count) => new Promise((answer) => asked.push({ x, count, answer })),
  });
});
afterEach(() => {
  view.destroy();
  expect(host.childElementCount).toBe(0);
  host.remove();
});

const drawing = () => page.getByRole('img', { name: /^Decision surface/ });
const name = () => (drawing().elements()[0] as HTMLElement | undefined)?.ariaLabel ?? '';
const until = (condition: () => boolean) => expect.poll(condition, { timeout: 10_000, interval: 20 }).toBe(true);
const pixel = (x: number, y: number) => {
  const canvas = drawing().element() as HTMLCanvasElement;
  const at = (share: number) => Math.floor(share * canvas.width);
  return [...(canvas.getContext('2d')?.getImageData(at(x), at(y), 1, 1).data ?? [])];
};
/** Class 1 where x1 > limit, surely. */
const right = (x: Float32Array, limit: number) =>
  Float32Array.from(x, (_, index) => (x[2 * Math.floor(index / 2)]! > limit === (index % 2 === 1) ? 20 : 0));

describe('the decision surface', () => {
  it('asks for places of the plane, and shows whose they are', async () => {
    view.configure(sets);
    await until(() => name().endsWith('nothing known yet; 3 training and 1 test samples'));
    view.refresh();
    expect(asked.map(({ count, x }) => [count, x.length])).toEqual([[4096, 8192]]);
    const { x, answer } = asked[0]!;
    expect([x[0], x[1], x[8190], x[8191]].map((value) => Number(value?.toFixed(2)))).toEqual([
      -2.17, 2.17, 2.17, -2.17,
    ]);
    answer(right(x, 1.1));
    await until(() => name().startsWith('Decision surface, 75 % class 0, 25 % class 1'));
    const [left, edge] = [pixel(0.3, 0.2), pixel(0.95, 0.2)];
    expect(left[2]! > left[0]! + 60 && edge[0]! > edge[2]! + 60).toBe(true); // blue, orange
    // The second training sample, in its full colour, on a paler ground.
    expect(pixel((-2 / 2.2 + 1) / 2, (1 - 0.5 / 2.2) / 2)).toEqual([0x00, 0x72, 0xb2, 255]);
  });

  it('asks once at a time, and takes no answer of other samples', async () => {
    view.configure(sets);
    for (let report = 0; report < 5; report++) view.refresh();
    expect(asked.length).toBe(1);
    view.configure({ ...sets, classes: 3 });
    view.refresh();
    asked[0]!.answer(right(asked[0]!.x, 0));
    await until(() => asked.length === 2);
    await until(() => name().includes('nothing known yet'));
    expect(host.querySelectorAll('figcaption i').length).toBe(3);
  });

  it('leaves places open where nothing finite is known', async () => {
    view.configure(sets);
    view.refresh();
    asked[0]!.answer(new Float32Array(8192).fill(Number.NaN));
    await until(() => name().includes('0 % class 0, 0 % class 1'));
    expect(pixel(0.3, 0.2)[3]).toBe(0);
  });
});
