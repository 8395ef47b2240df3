// What all optimizers share: parameter groups, the learning-rate table, and who may use it.
import { ArgumentError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { Host, ModuleKey, ParameterKind } from '../graph/state.ts';
import type { BufferSpec, Learned, Tensor } from '../graph/tensor.ts';
import { type Rates, stepBuffer, turn } from '../ops/clock.ts';
import { gradients } from '../ops/grad.ts';
import { learn, type Rule } from './learn.ts';
import { constant, type Schedule } from './schedule.ts';

export interface Group {
  /** Multiplies the learning rate. Default 1; 0 freezes. */
  readonly lr?: number;
  /** Multiplies the weight decay. Default 1 for weights, 0 for biases and rectifiers. */
  readonly decay?: number;
  /** The range that values are kept in. Default: all numbers. */
  readonly clamp?: readonly [low: number, high: number];
}

export interface CommonOptions {
  /** A rate, or a schedule of rates. */
  readonly lr: number | Schedule;
  /** L2 penalty (decoupled in AdamW). Default 0. Rectifiers' parameters are not decayed unless their group says so. */
  readonly weightDecay?: number;
  readonly groups?: Readonly<Partial<Record<ParameterKind, Group>>>;
}

export interface Optimizer {
  readonly name: string;
  /**
   * The step state and rates that this optimizer keeps for a model. A trainer counts the steps itself and has them
   * alone; steps of one's own share them. Throws ArgumentError where the two would meet.
   */
  readonly clock: (graph: Graph, model: ModuleKey, user: 'trainer' | 'steps') => Clock;
  /** Adds the gradients of `loss` and the update of `model`'s parameters to the traced function. Nothing to return. */
  readonly update: (loss: Tensor, model: ModuleKey) => Readonly<Record<string, never>>;
}

export interface Clock {
  readonly step: BufferSpec;
  readonly rates: Rates;
}

interface Claim extends Clock {
  user: 'trainer' | 'steps' | null;
}

const HUGE = 3.4028234663852886e38;
const DECAYED: Readonly<Record<ParameterKind, number>> = { weight: 1, bias: 0, rectifier: 0 };

export function optimizer(
  name: string,
  { lr, weightDecay = 0, groups = {} }: CommonOptions,
  [beta1, beta2]: readonly [number, number],
  rule: Rule,
): Optimizer {
  const schedule = typeof lr === 'number' ? constant(lr) : lr;
  if (!(Number.isFinite(weightDecay) && weightDecay >= 0))
    throw new ArgumentError(`optim.${name}: weightDecay must be a finite number of at least 0, got ${weightDecay}`);
  checkSchedule(name, schedule);
  checkGroups(name, groups);
  const owner = {};
  const claimOf = (host: Host, model: ModuleKey) =>
    host.keep<Claim>([owner, model], 'clock', () => ({
      user: null,
      step: { ...stepBuffer(host.seed), durable: true },
      rates: { table: tableOf(schedule), beta1, beta2 },
    }));
  const clock: Optimizer['clock'] = ({ host, claims }, model, user) => {
    const claim = claimOf(host, model);
    if (claim.user !== null && (claim.user === 'trainer' || user === 'trainer'))
      throw new ArgumentError(
        `optim.${name}: this optimizer already trains this model in a ${claim.user === 'trainer' ? 'trainer' : 'compiled step'}; give the new one an optimizer of its own`,
      );
    if (claim.user === null)
      claims.push(() => {
        claim.user = null;
      });
    claim.user = user;
    return claim;
  };
  return {
    name,
    clock,
    update(loss, model) {
      const { graph } = loss;
      const { host } = graph;
      const state = host.state(model);
      if (!state)
        throw new ArgumentError(`optim.${name}: the model was not used to compute this loss; pass the one that was`);
      if (graph.updated.has(state.parameters))
        throw new ArgumentError(
          `optim.${name}: this model is updated twice in one traced function; add the losses and update it once`,
        );
      graph.updated.add(state.parameters);
      // A trainer has turned the step by now, with its own claim to this clock.
      if (graph.step !== claimOf(host, model).step) {
        const { step, rates } = clock(graph, model, 'steps');
        turn(loss, step, { rates });
      }

      const leaves = state.entries.map(({ spec, shape }) => graph.parameter(spec, shape, () => new Float32Array(0)));
      const found = gradients(loss, leaves);
      const kept = Object.entries(rule.pools).map(([pool, width]) => [
        pool,
        host.keep([owner, model], pool, () => ({ name: pool, bytes: state.parameters.bytes * width, durable: true })),
      ]);
      const rates = state.entries.map(({ spec }) => ratesOf(groups, spec.kind));
      learn(graph, state, rule, Object.fromEntries(kept), found, rates);
      return {};
    },
  };
}

function ratesOf(groups: NonNullable<CommonOptions['groups']>, kind: ParameterKind): Learned['rates'] {
  const { lr = 1, decay = DECAYED[kind], clamp: [low, high] = [-HUGE, HUGE] } = groups[kind] ?? {};
  return [lr, decay, low, high];
}

function tableOf({ at, steps }: Schedule): BufferSpec {
  return {
    name: 'lr_table',
    bytes: 4 * steps,
    durable: true,
    initial: () => Float32Array.from({ length: steps }, (_, index) => at(index)),
  };
}

function checkSchedule(name: string, { at, steps }: Schedule): void {
  if (!Number.isSafeInteger(steps) || steps < 1)
    throw new ArgumentError(`optim.${name}: a schedule's steps must be a whole number of at least 1, got ${steps}`);
  for (let index = 0; index < steps; index++)
    if (!(Number.isFinite(at(index)) && at(index) >= 0))
      throw new ArgumentError(
        `optim.${name}: the schedule's rate of step ${index} is ${at(index)}; it must be finite and at least 0`,
      );
}

function checkGroups(name: string, groups: NonNullable<CommonOptions['groups']>): void {
  for (const [kind, { lr = 1, decay = 0, clamp: [low, high] = [0, 0] }] of Object.entries(groups)) {
    if (!Object.hasOwn(DECAYED, kind))
      throw new ArgumentError(`optim.${name}: there is no group '${kind}'; one of ${Object.keys(DECAYED).join(', ')}`);
    for (const value of [lr, decay])
      if (!(Number.isFinite(value) && value >= 0))
        throw new ArgumentError(
          `optim.${name}: group ${kind}: lr and decay must be finite and at least 0, got ${value}`,
        );
    if (!(low <= high)) throw new ArgumentError(`optim.${name}: group ${kind}: clamp [${low}, ${high}] is empty`);
  }
}

/** Throws unless `value` is in [0, 1). */
export function checkFactor(what: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new ArgumentError(`${what} must be in [0, 1), got ${value}`);
}
