// A rectifier's gradients beside differences of its own forward, on the device: for one that somebody has just written, and
// for a device that somebody does not trust.
import type { Tensor } from '../graph/tensor.ts';
import { grad } from '../ops/grad.ts';
import { rectify, slotsOf } from '../ops/rectify.ts';
import { findRectifier, isDrawn, type OwnRectifier, type Rectifier, type RectifierName } from '../rectifiers.ts';
import type { Compiler } from './probe.ts';

/** Where a gradient is furthest from the difference quotient, in units of what rounding allows. */
export interface Disagreement {
  /** `dx`, or `dp.` and the parameter's name. */
  readonly of: string;
  /** The point. */
  readonly x: number;
  /** What the shader says. */
  readonly got: number;
  /** What differences of its forward say. */
  readonly expected: number;
}

/** What {@link checkRectifier} found. */
export interface RectifierCheck {
  /** No gradient is off, and no value is not finite. */
  readonly ok: boolean;
  /** Points compared; those beside a kink are left out. */
  readonly points: number;
  /** The worst of each gradient that is off. */
  readonly wrong: readonly Disagreement[];
  /** Where y, dx or a dp is not a finite number; null where all are. */
  readonly notFinite: number | null;
}

const POINTS = 1024;
const REACH = 8;
/** Powers of two, so that x ± STEP is what was meant. */
const STEP = 2 ** -5;
/** |error| of y, relative and absolute: some ulp of an f32 exp. */
const ROUNDING = 4e-6;

/**
 * Compares dx and, for every parameter that can be learned, dp with central differences of forward, at 1,024 points from -8
 * to 8; and asks for finite numbers at these and at ±1e4 and ±1e30.
 *
 * f'(x) ≈ (4 D(h/2) − D(h)) / 3 with D(h) = (f(x + h) − f(x − h)) / 2h. Allowed is 3 |D(h) − D(h/2)| and what rounding of f
 * comes to; points beside a kink are left out. Throws ShaderError for WGSL that does not compile.
 */
export async function checkRectifier(
  engine: Compiler,
  rectifier: RectifierName | Rectifier | OwnRectifier,
): Promise<RectifierCheck> {
  const { name, entry } = findRectifier(rectifier);
  const huge = [-1e30, -1e4, 1e4, 1e30];
  const xs = Float32Array.from({ length: POINTS + huge.length }, (_, i) =>
    i < POINTS ? ((2 * i + 1) / POINTS - 1) * REACH : (huge[i - POINTS] ?? 0),
  );
  const shape = [1, xs.length];
  const learn = Object.entries(entry.parameters).flatMap(([key, { kind }]) =>
    kind === 'learned' || kind === 'fixed' ? [key] : [],
  );
  const slots = slotsOf(name, entry, { share: 'element', learn: isDrawn(entry) ? [] : learn }, shape);
  const step = await engine.compile(
    { x: shape, p: [Math.max(slots.size, 1)] },
    ({ x, p }) => {
      const y = rectify(x, slots.size > 0 ? p : null, entry, slots);
      const [dx, dp] = slots.size > 0 ? grad(y.sum(), [x, p]) : [grad(y.sum(), x)];
      return { y, dx: dx as Tensor, dp: dp ?? p };
    },
    // What is drawn is its mean here.
    { mode: isDrawn(entry) ? 'eval' : 'train' },
  );
  const start = Float32Array.from({ length: Math.max(slots.size, 1) }, (_, i) => {
    const j = slots.offset.findLastIndex((offset, index) => offset <= i && (slots.count[index] ?? 0) > 0);
    return slots.value[j] ?? 0;
  });
  /** y with every x moved by `h`; or with one parameter, where `j` says which. */
  const moved = async (h: number, j?: number) => {
    const [x, p] = [xs.slice(), start.slice()];
    if (j === undefined)
      x.forEach((value, i) => {
        x[i] = value + h;
      });
    else p.fill((slots.value[j] ?? 0) + h, slots.offset[j], (slots.offset[j] ?? 0) + (slots.count[j] ?? 0));
    step.run({ x, p });
    return step.read('y');
  };
  try {
    step.run({ x: xs, p: start });
    const [y, dx, dp] = await Promise.all([step.read('y'), step.read('dx'), step.read('dp')]);
    const gradients = [
      { of: 'dx', got: (i: number) => dx[i] ?? 0, move: (h: number) => moved(h) },
      ...slots.names.flatMap((key, j) =>
        (slots.count[j] ?? 0) > 0
          ? [
              {
                of: `dp.${key}`,
                got: (i: number) => dp[(slots.offset[j] ?? 0) + i] ?? 0,
                move: (h: number) => moved(h, j),
              },
            ]
          : [],
      ),
    ];
    const bad = xs.findIndex((_, i) => ![y[i], ...gradients.map(({ got }) => got(i))].every(Number.isFinite));
    let points = POINTS;
    const wrong: Disagreement[] = [];
    for (const { of, got, move } of gradients) {
      const runs: Float32Array[] = [];
      for (const h of [STEP, -STEP, STEP / 2, -STEP / 2]) runs.push(await move(h));
      const compared = [...xs.subarray(0, POINTS)].flatMap((x, i) => {
        const found = quotient(
          y[i] ?? 0,
          runs.map((run) => run[i] ?? 0),
        );
        if (!found) return [];
        const excess = Math.abs(got(i) - found.value) / found.allowed;
        return [{ of, x, got: got(i), expected: found.value, excess }];
      });
      points = Math.min(points, compared.length);
      const worst = compared.reduce((a, b) => (b.excess > a.excess ? b : a), {
        of,
        x: 0,
        got: 0,
        expected: 0,
        excess: 0,
      });
      const { excess, ...disagreement } = worst;
      if (excess > 1) wrong.push(disagreement);
    }
    return { ok: wrong.length === 0 && bad < 0, points, wrong, notFinite: bad < 0 ? null : (xs[bad] ?? 0) };
  } finally {
    step.destroy();
  }
}

/** The derivative from values at 0, h, −h, h/2 and −h/2, and how far it may be off; null beside a kink. */
function quotient(y: number, [a = 0, b = 0, c = 0, d = 0]: readonly number[]) {
  const [whole, half] = [(a - b) / (2 * STEP), (c - d) / STEP];
  // The sides differ by h f'' where f is smooth, by as much at h/2 as at h where x is at a kink. Where one is further off,
  // the two quotients differ by enough to allow for it.
  const [bend, nearBend] = [Math.abs(a + b - 2 * y) / STEP, (2 * Math.abs(c + d - 2 * y)) / STEP];
  const rounding = (4 * ROUNDING * (1 + Math.max(Math.abs(y), Math.abs(a), Math.abs(b)))) / STEP;
  if (nearBend > 0.7 * bend && nearBend > 1e-2 + 2 * rounding) return null;
  return { value: (4 * half - whole) / 3, allowed: 3 * Math.abs(whole - half) + 2 * rounding };
}
