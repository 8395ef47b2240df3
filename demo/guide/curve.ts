// A rectifier's curve as inline SVG: y solid, dy/dx dashed, by the registry's formula at the registered values. The range
// is the same for all, so that curves can be compared; colours and widths are guide.css's.
import type { Rectifier } from '../../src/index.ts';

const [LEFT, RIGHT, BOTTOM, TOP] = [-4, 4, -2, 4];
/** Points lie 1/8 apart, so that the kinks of registered values are among them. */
const STEP = 1 / 8;

const BOX = `viewBox="${LEFT} ${-TOP} ${RIGHT - LEFT} ${TOP - BOTTOM}"`;
const AXES = `<path class="curve-axes" d="M${LEFT} 0H${RIGHT}M0 ${-TOP}V${-BOTTOM}"/>`;
// y grows upwards in the group, downwards outside of it; text would stand on its head in there.
const upright = (paths: string) => `<g transform="scale(1 -1)">${paths}</g>`;

/** The line y of a curve that is on the same page. */
export function thumbnail(name: string): string {
  return `<svg class="curve" ${BOX} aria-hidden="true">${AXES}${upright(`<use href="#curve-${name}"/>`)}</svg>`;
}

export function curve(name: string, { formula, parameters }: Rectifier): string {
  const p = Object.fromEntries(Object.entries(parameters).map(([key, { value }]) => [key, value]));
  const y = (x: number) => formula(x, p);
  // Both sides of a jump, without crossing it: at x, f is what it is to the left, since the left branch owns a kink.
  const h = 1e-4;
  const path = draw(y, (x) => y(x + 1e-9));
  const slope = draw(
    (x) => (y(x - h) - y(x - 2 * h)) / h,
    (x) => (y(x + 2 * h) - y(x + h)) / h,
  );
  const lines = `<path class="curve-dx" d="${slope}"/><path class="curve-y" id="curve-${name}" d="${path}"/>`;
  const text = (x: number, y: number, value: number) =>
    `<text class="curve-text" x="${x}" y="${y}">${String(value).replace('-', '−')}</text>`;
  return [
    `<svg class="curve" ${BOX} role="img" aria-label="${name}: y, and dy/dx dashed">`,
    `<path class="curve-grid" d="${grid()}"/>${AXES}`,
    // At the edges, where the fewest lines are.
    text(-2, 1.88, -2) + text(2, 1.88, 2) + text(-3.78, -1.87, 2),
    upright(lines),
    '</svg>',
  ].join('');
}

/** Left of a point and at it, and right of it: where the two differ, the line is broken. */
function draw(at: (x: number) => number, rightOf: (x: number) => number): string {
  let path = '';
  for (let x = LEFT; x <= RIGHT; x += STEP) {
    const [left, right] = [at(x), rightOf(x)];
    path += `${path ? 'L' : 'M'}${round(x)} ${round(left)}`;
    if (Math.abs(right - left) > 0.01) path += `M${round(x)} ${round(right)}`;
  }
  return path;
}

/** A line at every whole number. */
function grid(): string {
  let path = '';
  for (let x = LEFT + 1; x < RIGHT; x++) path += `M${x} ${-TOP}V${-BOTTOM}`;
  for (let y = BOTTOM + 1; y < TOP; y++) path += `M${LEFT} ${-y}H${RIGHT}`;
  return path;
}

const round = (value: number) => Number(value.toFixed(3));
