// What layers take for the rectifiers that the state names, and what the page asks of one, apart from any run.
import {
  checkRectifier,
  createEngine,
  type Engine,
  nn,
  type OwnRectifier,
  type RectifierCheck,
  type RectifierName,
} from '../src/index.ts';
import { rectifiersOf } from './network.ts';
import { type Curve, example, formulaOf, parseOwn } from './own.ts';
import type { State } from './state.ts';

/** What each layer asks for, as it takes it. Throws ShaderError for a text that does not compile. */
export async function entriesOf(engine: Engine, state: State): Promise<readonly (RectifierName | OwnRectifier)[]> {
  const names = rectifiersOf(state);
  const own = names.includes('custom') ? await entryOf(engine, state.own ?? example) : null;
  return names.flatMap((name) => (name === 'custom' ? (own ?? []) : name));
}

async function entryOf(engine: Engine, text: string): Promise<OwnRectifier> {
  const own = parseOwn(text);
  return { ...own, formula: formulaOf(await sample(engine, text), own) };
}

/** On this device. Throws as checkRectifier and parseOwn. */
export const checkGradients = ({ rectifier, own }: Pick<State, 'rectifier' | 'own'>): Promise<RectifierCheck> =>
  withEngine((engine) =>
    checkRectifier(engine, rectifier === 'custom' ? { ...parseOwn(own ?? example), formula: Number } : rectifier),
  );

/** Of the text of a rectifier. Throws as parseOwn, and ShaderError. */
export const curveOf = (own: string): Promise<Curve> => withEngine((engine) => sample(engine, own));

async function withEngine<T>(ask: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await createEngine();
  try {
    return await ask(engine);
  } finally {
    engine.destroy();
  }
}

const FROM = -12; // as far as initial weights ask
const STEP = 1 / 128;
const COUNT = 24 * 128 + 1;
const DIFFERENCE = 1 / 32;

async function sample(engine: Engine, text: string): Promise<Curve> {
  const own = parseOwn(text);
  const x = Float32Array.from({ length: COUNT }, (_, index) => FROM + STEP * index);
  const at = async (values: Readonly<Record<string, number>>) => {
    const layer = nn.rectifier({ ...own, formula: Number }, { learn: [], values });
    const step = await engine.compile({ x: [1, COUNT] }, (inputs) => ({ y: layer(inputs.x) }));
    try {
      step.run({ x });
      return await step.read('y');
    } finally {
      step.destroy();
    }
  };
  const slopes: Record<string, Float32Array> = {};
  for (const [name, { value }] of Object.entries(own.parameters)) {
    const [above, below] = [await at({ [name]: value + DIFFERENCE }), await at({ [name]: value - DIFFERENCE })];
    slopes[name] = above.map((y, index) => (y - (below[index] ?? 0)) / (2 * DIFFERENCE));
  }
  return { from: FROM, step: STEP, values: await at({}), slopes };
}
