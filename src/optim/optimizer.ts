// What all optimizers share: parameter groups, the learning-rate table, and who may use it.
import { ArgumentError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { Host, ModuleKey, State } from '../graph/state.ts';
import type { BufferSpec, Tensor } from '../graph/tensor.ts';
import { type Rates, stepBuffer, turn } from '../ops/clock.ts';
import { gradients } from '../ops/grad.ts';
import { kindOf } from '../options.ts';
import { type Kept, learn, type Rule } from './learn.ts';
import { checkGroups, checkNames, type Groups, isRate, mergeGroups, ratesOf, rowsOf, TINY } from './rates.ts';
import { constant, type Schedule } from './schedule.ts';

/** What every optimizer takes. */
export interface CommonOptions {
  /** A rate, or a schedule of rates. */
  readonly lr: number | Schedule;
  /** L2 penalty (decoupled in AdamW). Default 0. Rectifiers' parameters are not decayed unless their group says so. */
  readonly weightDecay?: number;
  /** Exceptions, by kind of parameter or by name. */
  readonly groups?: Groups;
  /** The norm of all gradients together is scaled down to it (Pascanu et al. 2013). Default: no limit. */
  readonly clipNorm?: number;
}

/** A rule by which a model is updated. It keeps moments and a step count of its own for each model. */
export interface Optimizer {
  /** `sgd`, `adam` or `adamw`. */
  readonly name: string;
  /**
   * The step state and rates that this optimizer keeps for a model. A trainer counts the steps itself and has them
   * alone; steps of one's own share them. Throws ArgumentError where the two would meet.
   * @internal
   */
  readonly clock: (graph: Graph, model: ModuleKey, user: 'trainer' | 'steps') => Clock;
  /**
   * Adds the gradients of `loss` and the update of `model`'s parameters to the traced function. Returns nothing to read:
   * spread it into what the function returns. Throws ArgumentError for a model that the loss was not computed with, or a
   * second update of the same one, ShapeError for a loss of several elements.
   */
  readonly update: (loss: Tensor, model: ModuleKey) => Readonly<Record<string, never>>;
  /**
   * Adds `groups` to those that hold for a model that it trains, and returns the table to write. Throws ArgumentError
   * for a group that names none of its parameters, or a value out of range. `at`: the first step that sees it, from 0;
   * `saved`: the table until then, where it is not this optimizer's own.
   * @internal
   */
  readonly regroup: (host: Host, model: ModuleKey, groups: Groups, at: number, saved?: Uint32Array) => Table;
}

/** Contents for a buffer. */
export interface Table {
  readonly buffer: BufferSpec;
  readonly words: Uint32Array<ArrayBuffer>;
}

export interface Clock {
  readonly step: BufferSpec;
  readonly rates: Rates;
}

interface Claim extends Clock {
  user: 'trainer' | 'steps' | null;
  groups: Groups;
  /** What the table has now. */
  words?: Uint32Array<ArrayBuffer>;
}

/** Of {@link CommonOptions}. */
export const COMMON = { lr: 1, weightDecay: 1, groups: 1, clipNorm: 1 } as const;

export function optimizer(
  name: string,
  { lr, weightDecay = 0, groups = {}, clipNorm }: CommonOptions,
  [beta1, beta2]: readonly [number, number],
  rule: Rule,
): Optimizer {
  const own: Partial<Schedule> | null | undefined = typeof lr === 'number' ? constant(lr) : lr;
  if (typeof own !== 'object' || typeof own?.at !== 'function')
    throw new ArgumentError(
      `optim.${name}: lr must be a number or a schedule, such as optim.cosine({ lr, steps }), got ${kindOf(lr)}`,
    );
  const schedule = own as Schedule;
  if (!isRate(weightDecay))
    throw new ArgumentError(
      `optim.${name}: weightDecay must be finite in float32 and at least 0, got ${kindOf(weightDecay)}`,
    );
  checkSchedule(name, schedule);
  if (clipNorm !== undefined && !isRate(clipNorm, TINY))
    throw new ArgumentError(
      `optim.${name}: clipNorm must be finite in float32 and at least ${TINY}, got ${kindOf(clipNorm)}`,
    );
  checkGroups(`optim.${name}`, groups);
  const owner = {};
  const table = rule.rule.bindings.find((binding) => binding.name === 'rates');
  if (!table) throw new Error(`${rule.rule.file} binds no rates`);
  const claimOf = (host: Host, model: ModuleKey) =>
    host.keep<Claim>([owner, model], 'clock', () => ({
      user: null,
      groups,
      step: { ...stepBuffer(host.seed), durable: true },
      rates: { table: tableOf(schedule), beta1, beta2 },
    }));
  const clock: Optimizer['clock'] = ({ host, claims }, model, user) => {
    const claim = claimOf(host, model);
    if (claim.user !== null && (claim.user === 'trainer' || user === 'trainer'))
      throw new ArgumentError(
        `optim.${name}: this optimizer already trains this model in a ${claim.user === 'trainer' ? 'trainer (one that was destroyed counts)' : 'compiled step'}; give the new one an optimizer of its own`,
      );
    if (claim.user === null)
      claims.push(() => {
        claim.user = null;
      });
    claim.user = user;
    return claim;
  };
  const keptFor = (host: Host, model: ModuleKey, state: State): Kept =>
    // By layout, too: a trace that fails takes that of its model with it.
    host.keep([claimOf(host, model), state.parameters], 'kept', () => {
      const rows = rowsOf(state);
      checkNames(`optim.${name}`, rows, groups);
      const initial = () => ratesOf(rows, claimOf(host, model).groups, table);
      const pools = Object.entries(rule.pools).map(([pool, width]) => {
        const buffer: BufferSpec = { name: pool, bytes: state.parameters.bytes * width, durable: true };
        return [pool, buffer];
      });
      return {
        rows,
        rates: { name: 'rates', bytes: table.size * rows.length, durable: true, initial },
        pools: Object.fromEntries(pools),
      };
    });
  return {
    name,
    clock,
    regroup(host, model, changed, at, saved) {
      checkGroups('set', changed);
      const state = host.state(model);
      const claim = claimOf(host, model);
      if (!state) throw new ArgumentError(`optim.${name}: this optimizer does not train that model`);
      const { rows, rates } = keptFor(host, model, state);
      checkNames('set', rows, changed);
      const before = saved ?? claim.words ?? ratesOf(rows, claim.groups, table);
      claim.groups = mergeGroups(claim.groups, changed);
      claim.words = ratesOf(rows, claim.groups, table, before, at);
      return { buffer: rates, words: claim.words };
    },
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
      learn(graph, state, rule, keptFor(host, model, state), found, clipNorm);
      return {};
    },
  };
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
    if (!isRate(at(index)))
      throw new ArgumentError(
        `optim.${name}: the schedule's rate of step ${index} is ${at(index)}; it must be finite in float32 and at least 0`,
      );
}

/** Throws unless `value` is in [0, 1). */
export function checkFactor(what: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new ArgumentError(`${what} must be in [0, 1), got ${value}`);
}
