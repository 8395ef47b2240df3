// First-layer weights as pictures, and the histogram behind a curve, alone, of made-up numbers.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page } from 'vitest/browser';
import '../../demo/style.css';
import '../../demo/views.css';
import { distributionText, drawDistribution } from '../../demo/views/distribution.ts';
import { arrange, createFilters, type Filters } from '../../demo/views/filters.ts';
import { createFrames } from '../../demo/views/frames.ts';

let host: HTMLElement;
let view: Filters;
beforeEach(() => {
  host = document.createElement('div');
  host.style.cssText = 'display: flex; flex-direction: column; width: 300px; height: 200px';
  document.body.append(host);
  view = createFilters(host, { frames: createFrames() });
});
afterEach(() => {
  view.destroy();
  expect(host.childElementCount).toBe(0);
  host.remove();
});

const drawing = () => page.getByRole('img').element() as HTMLCanvasElement;
const until = (condition: () => boolean) => expect.poll(condition, { timeout: 10_000, interval: 20 }).toBe(true);
const pixel = (x: number, y: number) =>
  [...(drawing().getContext('2d')?.getImageData(x, y, 1, 1).data ?? [])].slice(0, 3);
const [low, middle, high] = [
  [0x00, 0x72, 0xb2],
  [0xf3, 0xf4, 0xf5],
  [0xd5, 0x5e, 0x00],
];

describe('the filters', () => {
  it('are the columns of a dense layer, laid out as its pictures', async () => {
    // Unit 0 has its greatest weight at the top right, unit 1 its smallest at the bottom left.
    const values = new Float32Array(2 * 64);
    values[2 * 7] = 0.5;
    values[2 * 56 + 1] = -0.5;
    view.show({ values, shape: [64, 2], frame: { height: 8, width: 8, channels: 1 } });
    await until(() => drawing().ariaLabel === 'First layer’s weights as 2 pictures of 8 × 8, from −0.500 to 0.500');
    expect([pixel(68, 4), pixel(4, 4), pixel(75 + 4, 68), pixel(75 + 68, 4)]).toEqual([high, middle, low, middle]);
    expect(host.querySelector('figcaption')?.textContent).toBe('2 × 8 × 8−0.5000.500');
  });

  it.each([
    ['a convolution', [3, 3, 3, 4], { height: 32, width: 32, channels: 3 }],
    ['a dense layer', [27, 4], { height: 3, width: 3, channels: 3 }],
  ] as const)('of %s are in colour, where the samples are', async (_, shape, frame) => {
    const values = new Float32Array(3 * 3 * 3 * 4);
    // Row 2, column 1, green, kernel 3.
    values[((2 * 3 + 1) * 3 + 1) * 4 + 3] = -2;
    view.show({ values, shape, frame });
    await until(() => drawing().ariaLabel?.includes('4 pictures of 3 × 3') === true);
    expect(pixel(3 * (72 + 3) + 24 + 12, 48 + 12)).toEqual([128, 0, 128]);
    expect(pixel(3 * (72 + 3) + 12, 48 + 12)).toEqual([128, 128, 128]);
  });

  it('show as many as fit, and say so', async () => {
    const values = Float32Array.from({ length: 784 * 1000 }, (_, index) => Math.sin(index));
    const start = performance.now();
    view.show({ values, shape: [784, 1000], frame: { height: 28, width: 28, channels: 1 } });
    await until(() => (host.querySelector('figcaption')?.textContent ?? '') !== '');
    expect(performance.now() - start).toBeLessThan(1000);
    expect(host.querySelector('figcaption')?.textContent).toMatch(/^1000 × 28 × 28, 2\d\d shown/);
  });

  it('are all within the box, none larger than makes sense', () => {
    for (const count of [1, 2, 6, 7, 100, 1000])
      for (const box of [
        { width: 300, height: 160 },
        { width: 100, height: 400 },
      ]) {
        const { columns, shown, zoom } = arrange(box, { width: 8, height: 8, count });
        const rows = Math.ceil(shown / columns);
        expect(columns * 8 * zoom + 3 * (Math.min(columns, shown) - 1)).toBeLessThanOrEqual(box.width + 1e-6);
        expect(rows * 8 * zoom + 3 * (rows - 1)).toBeLessThanOrEqual(box.height + 1e-6);
        expect(8 * zoom).toBeLessThanOrEqual(72);
      }
    expect(arrange({ width: 300, height: 160 }, { width: 5, height: 5, count: 4 })).toEqual({
      columns: 4,
      shown: 4,
      zoom: 14.4,
    });
  });
});

describe('a distribution', () => {
  const context = () => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [90, 100];
    return canvas.getContext('2d')!;
  };
  /** From -3 to 1.5 on 90 pixels. */
  const axes = { x: (value: number) => 20 * (value + 3), width: 90, height: 100 };
  const heights = (drawn: CanvasRenderingContext2D) =>
    Array.from(
      { length: 90 },
      (_, x) => Array.from({ length: 100 }, (_, y) => drawn.getImageData(x, y, 1, 1).data[3]!).filter(Boolean).length,
    );

  it('is drawn on the axis of the curve, its highest bin in sight 40 % high', () => {
    const drawn = context();
    drawDistribution(drawn, { counts: Uint32Array.from([1, 4, 2, 0, 50]), low: -3, high: 4.5 }, axes, '--layer-1');
    const profile = heights(drawn);
    expect([profile[15], profile[45], profile[75]]).toEqual([10, 40, 20]);
    expect(drawn.globalAlpha).toBe(1);
  });

  it('draws nothing of nothing', () => {
    const drawn = context();
    drawDistribution(drawn, { counts: Uint32Array.from([0, 0]), low: -1, high: 1 }, axes, '--layer-1');
    expect(Math.max(...heights(drawn))).toBe(0);
    expect(distributionText({ counts: Uint32Array.from([0, 0]), low: -1, high: 1 })).toBe('');
  });

  it('is said in words', () => {
    expect(distributionText({ counts: Uint32Array.from([1, 2, 1]), low: -1, high: 2 })).toBe(
      '25 % of pre-activations below 0',
    );
    expect(distributionText({ counts: Uint32Array.from([4]), low: -3, high: 1 })).toBe(
      '75 % of pre-activations below 0',
    );
  });
});
