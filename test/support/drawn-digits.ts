// Digits as a hand might draw them on a pad: by digit, its strokes.
import type { Point, Stroke } from '../../demo/views/ink.ts';

const line = (...coordinates: readonly (readonly [number, number])[]): Point[] =>
  coordinates.map(([x, y]) => ({ x, y }));

/** Of an ellipse; angles in degrees, clockwise from the right. */
function arc(middle: readonly [number, number], radii: readonly [number, number], from: number, to: number): Point[] {
  return Array.from({ length: 17 }, (_, index) => {
    const angle = ((from + ((to - from) * index) / 16) * Math.PI) / 180;
    return { x: middle[0] + radii[0] * Math.cos(angle), y: middle[1] + radii[1] * Math.sin(angle) };
  });
}

export const drawnDigits: readonly (readonly Stroke[])[] = [
  [arc([0.5, 0.5], [0.2, 0.35], -90, 270)],
  [line([0.4, 0.3], [0.53, 0.15], [0.53, 0.85])],
  [[...arc([0.5, 0.32], [0.18, 0.17], -170, 40), ...line([0.3, 0.84], [0.72, 0.84])]],
  [[...arc([0.48, 0.32], [0.18, 0.17], -150, 80), ...arc([0.48, 0.67], [0.2, 0.18], -80, 150)]],
  [line([0.45, 0.15], [0.28, 0.6], [0.72, 0.6]), line([0.62, 0.4], [0.56, 0.88])],
  [[...line([0.68, 0.15], [0.38, 0.15], [0.36, 0.46]), ...arc([0.48, 0.63], [0.2, 0.2], -110, 140)]],
  [[...line([0.56, 0.14], [0.36, 0.45]), ...arc([0.5, 0.66], [0.18, 0.19], -180, 180)]],
  [line([0.3, 0.15], [0.7, 0.15], [0.45, 0.86]), line([0.38, 0.5], [0.68, 0.5])],
  [[...arc([0.5, 0.31], [0.15, 0.16], 90, -270), ...arc([0.5, 0.66], [0.18, 0.19], -90, 270)]],
  [[...arc([0.5, 0.34], [0.17, 0.18], 0, -360), ...line([0.67, 0.34], [0.64, 0.86])]],
];
