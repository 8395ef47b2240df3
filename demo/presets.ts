// Runs that show something, each with a sentence that says what.
import { initialState, type State } from './state.ts';

export interface Preset {
  readonly name: string;
  /** What one sees, and how it ends. */
  readonly sentence: string;
  readonly state: State;
}

const preset = (name: string, sentence: string, changes: Partial<State>): Preset => ({
  name,
  sentence,
  state: { ...initialState, ...changes },
});

export const presets: readonly Preset[] = [
  preset(
    'Watch slopes learn',
    'PReLU’s slopes leave 0.25, each channel’s its own way, while the digits are learned to some 98 %.',
    {},
  ),
  preset(
    'Xavier at 30 layers',
    'Thirty layers of ReLU that start from Xavier’s weights do not learn: the loss stays at ln 10 ≈ 2.30.',
    { hidden: Array<number>(29).fill(64), rectifier: 'relu', init: 'xavier', optimizer: 'sgd', lr: 0.003, epochs: 12 },
  ),
  preset(
    'He at 30 layers',
    'The same thirty layers from He’s weights learn: only the variance of the first weights differs.',
    { hidden: Array<number>(29).fill(64), rectifier: 'relu', init: 'he', optimizer: 'sgd', lr: 0.003, epochs: 12 },
  ),
  preset(
    'Dying ReLU',
    'A learning rate that is too high: units of ReLU fall silent for every sample, and do not come back.',
    { rectifier: 'relu', lr: 0.1, hidden: [64, 64, 64] },
  ),
  preset(
    'What decay does to slopes',
    'Weight decay takes hold of the slopes and draws them to 0: PReLU turns into ReLU.',
    { share: 'layer', optimizer: 'sgd', lr: 0.05, decay: 0.05, decayed: 'slopes' },
  ),
  preset(
    'DPReLU bends both sides',
    'Two slopes are learned in each channel, one to the left of 0 and one to the right.',
    { rectifier: 'dprelu' },
  ),
];
