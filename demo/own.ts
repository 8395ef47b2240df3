// What the page asks of one rectifier, apart from any run: each answer has an engine of its own, for as long as it takes.
import { checkRectifier, createEngine, type RectifierCheck } from '../src/index.ts';
import type { State } from './state.ts';

export async function checkGradients({ rectifier }: Pick<State, 'rectifier'>): Promise<RectifierCheck> {
  const engine = await createEngine();
  try {
    return await checkRectifier(engine, rectifier);
  } finally {
    engine.destroy();
  }
}
