// What all drawings share: colours from the style sheet, canvases that fit their boxes, numbers as text.

/** Colours are named in the style sheet alone, for light and dark. */
export type Color = `--${string}`;

/** Layers in order (Okabe and Ito's palette, told apart by the colour-blind). */
export const layerColor = (index: number): Color => `--layer-${(index % 6) + 1}`;

export function css(color: Color): string {
  return getComputedStyle(document.documentElement).getPropertyValue(color).trim();
}

/** Of a colour written as #rrggbb. */
export function rgb(color: Color): readonly [number, number, number] {
  const value = Number.parseInt(css(color).slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** A cleared context in CSS pixels; null while the canvas has no size. */
export function prepare(
  canvas: HTMLCanvasElement,
): { readonly context: CanvasRenderingContext2D; readonly width: number; readonly height: number } | null {
  const { clientWidth: width, clientHeight: height } = canvas;
  const context = canvas.getContext('2d');
  if (!context || width === 0 || height === 0) return null;
  const ratio = devicePixelRatio;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

const MISSING = '–';

/** Four decimals; powers of ten where they would say nothing. */
export function lossText(value: number | null | undefined): string {
  if (value === null || value === undefined) return MISSING;
  return value !== 0 && (value < 1e-3 || value >= 1e4) ? value.toExponential(2) : value.toFixed(4);
}

export function percentText(value: number | null | undefined): string {
  return value === null || value === undefined ? MISSING : `${(100 * value).toFixed(1)} %`;
}

/** A minus sign as wide as the digits, so that nothing moves when a slope turns negative. */
export function slopeText(value: number | null | undefined): string {
  return value === null || value === undefined ? MISSING : value.toFixed(3).replace('-', '−');
}

const grouped = new Intl.NumberFormat('en');

export function countText(value: number | null | undefined): string {
  return value === null || value === undefined ? MISSING : grouped.format(Math.round(value));
}

/** Per second; a tenth counts where it is slow. */
export function rateText(value: number | null | undefined): string {
  return value !== null && value !== undefined && value < 9.95 ? value.toFixed(1) : countText(value);
}

export const memoryText = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
