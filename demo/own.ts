// A rectifier that somebody writes on the page: its text, what the page draws of it, and where it is wrong.
import { ArgumentError, type OwnRectifier } from '../src/index.ts';

export interface Own {
  readonly parameters: OwnRectifier['parameters'];
  readonly wgsl: string;
}

/** Its text, as in links: a line of parameters, then WGSL. */
export const example = `a = 0.25
// Leaky softsign: x to the right of 0, to the left a bend that comes to rest at -p.x.
fn forward(x: f32, p: vec4f) -> f32 {
  return select(p.x * x / (1.0 + abs(x)), x, x > 0.0);
}

// The derivative by x.
fn dx(x: f32, p: vec4f) -> f32 {
  let s = 1.0 / (1.0 + abs(x));
  return select(p.x * s * s, 1.0, x > 0.0);
}

// The derivatives by p.x to p.w.
fn dp(x: f32, p: vec4f) -> vec4f {
  return vec4f(min(x, 0.0) / (1.0 + abs(x)), 0.0, 0.0, 0.0);
}
`;

/** Throws ArgumentError for a first line that is no list of parameters. */
export function parseOwn(text: string): Own {
  const end = text.includes('\n') ? text.indexOf('\n') : text.length;
  const parameters: Record<string, OwnRectifier['parameters'][string]> = {};
  for (const part of text.slice(0, end).split(',')) {
    if (part.trim() === '') continue;
    const [, name = '', number = ''] = /^\s*([A-Za-z]\w{0,19})\s*=\s*(\S+)\s*$/.exec(part) ?? [];
    const value = number === '' ? Number.NaN : Number(number.replace('−', '-'));
    if (!Number.isFinite(Math.fround(value)) || Object.hasOwn(parameters, name))
      throw new ArgumentError(`“${part.trim()}” is not a name of its own and a number, such as a = 0.25`);
    parameters[name] = { kind: 'learned', value };
  }
  const count = Object.keys(parameters).length;
  if (count > 4) throw new ArgumentError(`${count} parameters are too many; p.x to p.w are four`);
  return { parameters, wgsl: text.slice(end + 1) };
}

/** The shader's own values on an even grid from `from` on, and by parameter how they change with it. */
export interface Curve {
  readonly from: number;
  readonly step: number;
  readonly values: Float32Array;
  readonly slopes: Readonly<Record<string, Float32Array>>;
}

/**
 * y = f(x; p) as the curve has it, straight between its points and beyond its ends. In p it is straight, too: right at the
 * initial values, where initial weights are scaled by it, and everywhere for what is linear in its parameters, as PReLU is.
 * Elsewhere, a drawn curve is a tangent's, and a threshold that is learned does not move.
 */
export function formulaOf({ from, step, values, slopes }: Curve, { parameters }: Own): OwnRectifier['formula'] {
  return (x, p) => {
    const place = (x - from) / step;
    const index = Math.max(0, Math.min(values.length - 2, Math.floor(place)));
    const at = (all: ArrayLike<number>) => {
      const left = all[index] ?? 0;
      return left + (place - index) * ((all[index + 1] ?? 0) - left);
    };
    let y = at(values);
    for (const [name, slope] of Object.entries(slopes))
      y += ((p[name] ?? 0) - Math.fround(parameters[name]?.value ?? 0)) * at(slope);
    return y;
  };
}

/** Where a message says that the text is wrong, from 1; its lines are those of the WGSL. */
export function placeOf(message: string): { readonly line: number; readonly column: number } | null {
  const [, line, column] = /act\/custom\.wgsl:(\d+):(\d+): /.exec(message) ?? [];
  return line && column ? { line: Number(line), column: Number(column) } : null;
}

/** The message in the words of whoever wrote the text. */
export function explain(message: string): string {
  return message
    .replace(/^act\/custom\.wgsl:(\d+):(\d+): ([\s\S]*?)( \(in [^()]*\))?$/, 'Line $1, column $2 of your rectifier: $3')
    .replace(
      /^((core|param|store|load|end|sample|pool|rule)\/\w+\.wgsl:\d+)/,
      'Your rectifier ends in the middle of something, or has a name twice: $1',
    );
}
