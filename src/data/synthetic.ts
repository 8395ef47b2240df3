// Point sets in the plane, made from a seed. Sample i has class i mod classes: the classes are balanced and interleaved,
// so the sets need no shuffling. Each coordinate has mean 0 and standard deviation 1 over the training set.
import { ArgumentError } from '../errors.ts';
import { checkKeys, kindOf } from '../options.ts';
import { normal, streamOf, uniform } from '../random.ts';
import { dataset, type FloatDataset, split } from './dataset.ts';

/** What the sets of points take. */
export interface SyntheticOptions {
  /** For training and testing together, split 80 to 20. Default 1000, at least 5. */
  readonly samples?: number;
  /** Standard deviation of the normal noise, before the coordinates are scaled. 0 for none. */
  readonly noise?: number;
  /** A whole number; the same seed gives the same points. Default 0. */
  readonly seed?: number;
}

/** The draws for one sample, by name: a value depends on seed, name and sample alone. */
interface Draw {
  uniform(name: string, low: number, high: number): number;
  normal(name: string): number;
}

type Point = readonly [number, number];

/**
 * Three spiral arms, `x` `[samples, 2]`, 3 classes.
 *
 * r ~ U(0.1, 1), angle = 4 r + 2 pi c / 3 + noise N(0, 1) for class c. Default noise 0.1 (radians).
 * Throws `ArgumentError` for an option out of range.
 */
export function spiral(options: SyntheticOptions = {}): { train: FloatDataset; test: FloatDataset } {
  return make('spiral', 3, 0.1, options, (c, noise, draw) => {
    const r = draw.uniform('r', 0.1, 1);
    const angle = 4 * r + (2 * Math.PI * c) / 3 + noise * draw.normal('angle');
    return [r * Math.cos(angle), r * Math.sin(angle)];
  });
}

/**
 * A circle of radius 1 (class 0) around one of radius 0.5 (class 1), `x` `[samples, 2]`; noise on both coordinates,
 * default 0.1. Throws `ArgumentError` for an option out of range. Source: scikit-learn's make_circles, factor 0.5.
 */
export function circles(options: SyntheticOptions = {}): { train: FloatDataset; test: FloatDataset } {
  return make('circles', 2, 0.1, options, (c, noise, draw) => {
    const r = c === 0 ? 1 : 0.5;
    const angle = draw.uniform('angle', 0, 2 * Math.PI);
    return blur([r * Math.cos(angle), r * Math.sin(angle)], noise, draw);
  });
}

/**
 * Two interleaved half circles of radius 1, `x` `[samples, 2]`, 2 classes; noise on both coordinates, default 0.1.
 *
 * With t ~ U(0, pi): (cos t, sin t) for class 0, (1 - cos t, 1/2 - sin t) for class 1.
 * Throws `ArgumentError` for an option out of range. Source: scikit-learn's make_moons.
 */
export function moons(options: SyntheticOptions = {}): { train: FloatDataset; test: FloatDataset } {
  return make('moons', 2, 0.1, options, (c, noise, draw) => {
    const t = draw.uniform('angle', 0, Math.PI);
    return blur(c === 0 ? [Math.cos(t), Math.sin(t)] : [1 - Math.cos(t), 0.5 - Math.sin(t)], noise, draw);
  });
}

/**
 * The four quadrants of the square of side 2, class 1 where the signs differ, `x` `[samples, 2]`; noise on both
 * coordinates, default 0.05. Throws `ArgumentError` for an option out of range.
 */
export function xor(options: SyntheticOptions = {}): { train: FloatDataset; test: FloatDataset } {
  return make('xor', 2, 0.05, options, (c, noise, draw) => {
    const a = draw.uniform('a', -1, 1);
    const b = draw.uniform('b', 0, 1);
    return blur([a, a < 0 === (c === 0) ? -b : b], noise, draw);
  });
}

function blur([a, b]: Point, noise: number, draw: Draw): Point {
  return [a + noise * draw.normal('noise a'), b + noise * draw.normal('noise b')];
}

function make(
  name: string,
  classes: number,
  defaultNoise: number,
  options: SyntheticOptions,
  point: (label: number, noise: number, draw: Draw) => Point,
): { train: FloatDataset; test: FloatDataset } {
  checkKeys(name, options, { samples: 1, noise: 1, seed: 1 });
  const { samples = 1000, noise = defaultNoise, seed = 0 } = options;
  const expect = (option: string, ok: boolean, got: number, expected: string): void => {
    if (!ok) throw new ArgumentError(`${name}: got ${option} ${kindOf(got)}, expected ${expected}.`);
  };
  expect('samples', Number.isInteger(samples) && samples >= 5, samples, 'a whole number of at least 5');
  expect('noise', Number.isFinite(noise) && noise >= 0, noise, 'a finite number of at least 0');
  expect('seed', Number.isInteger(seed), seed, 'a whole number');

  const stream = (draw: string): number => streamOf(`data/${name}/${draw}`);
  const x = new Float32Array(2 * samples);
  const y = new Uint32Array(samples);
  for (let i = 0; i < samples; i += 1) {
    y[i] = i % classes;
    const draw: Draw = {
      uniform: (of, low, high) => low + (high - low) * uniform(seed, stream(of), i),
      normal: (of) => normal(seed, stream(of), i),
    };
    x.set(point(i % classes, noise, draw), 2 * i);
  }
  const firstCount = Math.round(0.8 * samples);
  standardise(x, firstCount);
  return split(dataset({ name, shape: [2], x, y, classes }), firstCount);
}

/** Scales both coordinates, of all points, by the mean and the deviation that the first `count` of them have. */
function standardise(x: Float32Array, count: number): void {
  for (const axis of [0, 1]) {
    const column = x.filter((_, index) => index % 2 === axis);
    const first = column.subarray(0, count);
    const mean = first.reduce((sum, value) => sum + value, 0) / count;
    const deviation = Math.sqrt(first.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
    column.forEach((value, sample) => {
      x[2 * sample + axis] = (value - mean) / deviation;
    });
  }
}
