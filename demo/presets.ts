// Runs that show something, each with a sentence that says what.
import type { RacePlan } from './raceplan.ts';
import { initialState, type State } from './state.ts';

export interface Preset {
  readonly name: string;
  /** What one sees, and how it ends. */
  readonly sentence: string;
  readonly state: State;
  /** Instead of a run. */
  readonly race?: RacePlan;
  /** It ends at the pad, where one draws. */
  readonly draws?: boolean;
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
  {
    ...preset(
      'He vs Xavier at 30 layers',
      'Thirty layers of ReLU guess, at some 10 %, from Xavier’s weights; from He’s they learn.',
      { hidden: Array<number>(29).fill(64), rectifier: 'relu', optimizer: 'sgd', lr: 0.002, epochs: 15 },
    ),
    race: { key: 'init', values: ['he', 'xavier'], seeds: 1 },
  },
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
  {
    ...preset('Draw a digit', 'Digits are learned in some seconds. Then draw one, and the network says which it is.', {
      batch: 32,
      epochs: 12,
    }),
    draws: true,
  },
];
