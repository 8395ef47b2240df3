// Rectifiers in float64: value, derivative, and derivative by each parameter. The left branch owns 0.
export type Values = Readonly<Record<string, number>>;

export interface Activation {
  forward(x: number, p: Values): number;
  dx(x: number, p: Values): number;
  /** By parameter name. */
  dp(x: number, p: Values): Values;
}

export const pick = (p: Values, name: string): number => {
  const value = p[name];
  if (value === undefined) throw new RangeError(`reference: no parameter ${name}`);
  return value;
};

const slope: Activation = {
  forward: (x, p) => Math.max(0, x) + pick(p, 'a') * Math.min(0, x),
  dx: (x, p) => (x <= 0 ? pick(p, 'a') : 1),
  dp: (x) => ({ a: Math.min(0, x) }),
};

const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** P(z < x): the alternating series of the integral of the density up to 3, Laplace's continued fraction of the tail beyond. */
export function normalCdf(x: number): number {
  if (Math.abs(x) > 3) return x < 0 ? tail(-x) : 1 - tail(x);
  let sum = x;
  let power = x;
  for (let k = 1; k < 60; k += 1) {
    power *= (-x * x) / (2 * k);
    sum += power / (2 * k + 1);
  }
  return 0.5 + sum / Math.sqrt(2 * Math.PI);
}

/** density(x) / (x + 1 / (x + 2 / (x + 3 / ...))), for x >= 3. */
function tail(x: number): number {
  let fraction = x;
  for (let k = 80; k > 0; k -= 1) fraction = x + k / fraction;
  return density(x) / fraction;
}

const C = Math.sqrt(2 / Math.PI);

/** 1 / (1 + e^-x) without overflow. */
const logistic = (x: number): number => 0.5 + 0.5 * Math.tanh(x / 2);

const swish: Activation = {
  forward: (x, p) => x * logistic(pick(p, 'beta') * x),
  dx(x, p) {
    const u = pick(p, 'beta') * x;
    return logistic(u) + u * logistic(u) * logistic(-u);
  },
  dp(x, p) {
    const u = pick(p, 'beta') * x;
    return { beta: x * (x * (logistic(u) * logistic(-u))) };
  },
};

/** SELU's two constants, from its paper. */
const [LAMBDA, ALPHA] = [1.0507009873554805, 1.6732632423543772];

/** Where softplus is x itself. */
const linear = (x: number, p: Values): boolean => pick(p, 'beta') * x > pick(p, 'threshold');

/** Which of S-shaped ReLU's pieces x lies on: -1, 0, 1; and the right threshold. */
function piece(x: number, p: Values) {
  const left = pick(p, 'tl');
  const right = left + Math.abs(pick(p, 'd'));
  return { side: x <= left ? -1 : x >= right ? 1 : 0, left, right };
}

export const activations = {
  identity: { forward: (x) => x, dx: () => 1, dp: () => ({}) },
  relu: { forward: (x) => (x <= 0 ? 0 : x), dx: (x) => (x <= 0 ? 0 : 1), dp: () => ({}) },
  leaky_relu: slope,
  prelu: slope,
  frelu: {
    forward: (x, p) => (x <= 0 ? 0 : x) + pick(p, 'b'),
    dx: (x) => (x <= 0 ? 0 : 1),
    dp: () => ({ b: 1 }),
  },
  dprelu: {
    forward(x, p) {
      const u = x - pick(p, 't');
      return pick(p, 'beta') * Math.max(u, 0) + pick(p, 'alpha') * Math.min(u, 0) + pick(p, 'b');
    },
    dx: (x, p) => pick(p, x <= pick(p, 't') ? 'alpha' : 'beta'),
    dp(x, p) {
      const u = x - pick(p, 't');
      return { alpha: Math.min(u, 0), beta: Math.max(u, 0), t: -pick(p, u <= 0 ? 'alpha' : 'beta'), b: 1 };
    },
  },
  elu: {
    forward: (x, p) => (x <= 0 ? pick(p, 'alpha') * Math.expm1(x) : x),
    dx: (x, p) => (x <= 0 ? pick(p, 'alpha') * Math.exp(x) : 1),
    dp: (x) => ({ alpha: Math.expm1(Math.min(0, x)) }),
  },
  pelu: {
    forward(x, p) {
      const u = x / pick(p, 'c');
      return pick(p, 'a') * (x <= 0 ? Math.expm1(u) : u);
    },
    dx: (x, p) => (pick(p, 'a') / pick(p, 'c')) * (x <= 0 ? Math.exp(x / pick(p, 'c')) : 1),
    dp(x, p) {
      const [a, c] = [pick(p, 'a'), pick(p, 'c')];
      const e = x <= 0 ? Math.exp(x / c) : 1;
      return { a: x <= 0 ? Math.expm1(x / c) : x / c, c: e === 0 ? 0 : ((-a * x) / c ** 2) * e };
    },
  },
  selu: {
    forward: (x) => LAMBDA * (x <= 0 ? ALPHA * Math.expm1(x) : x),
    dx: (x) => LAMBDA * (x <= 0 ? ALPHA * Math.exp(x) : 1),
    dp: () => ({}),
  },
  gelu: {
    forward: (x) => x * normalCdf(x),
    dx: (x) => normalCdf(x) + x * density(x),
    dp: () => ({}),
  },
  gelu_tanh: {
    forward: (x) => 0.5 * x * (1 + Math.tanh(C * (x + 0.044715 * x ** 3))),
    dx(x) {
      const t = Math.tanh(C * (x + 0.044715 * x ** 3));
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * C * (1 + 3 * 0.044715 * x * x);
    },
    dp: () => ({}),
  },
  gelu_sigmoid: swish,
  swish,
  silu: swish,
  mish: {
    // tanh(log(1 + e)) = ((1 + e)^2 - 1) / ((1 + e)^2 + 1).
    forward: (x) => x * (x > 30 ? 1 : 1 - 2 / ((1 + Math.exp(x)) ** 2 + 1)),
    dx(x) {
      const t = Math.tanh(Math.log1p(Math.exp(x)));
      return t + x * logistic(x) * (1 - t * t);
    },
    dp: () => ({}),
  },
  rrelu: {
    // What is drawn lies between two bounds; a test that knows it gives it as both.
    forward: (x, p) => (x <= 0 ? (x * (pick(p, 'lower') + pick(p, 'upper'))) / 2 : x),
    dx: (x, p) => (x <= 0 ? (pick(p, 'lower') + pick(p, 'upper')) / 2 : 1),
    dp: (x) => ({ lower: Math.min(x, 0) / 2, upper: Math.min(x, 0) / 2 }),
  },
  softplus: {
    forward: (x, p) => (linear(x, p) ? x : Math.log1p(Math.exp(pick(p, 'beta') * x)) / pick(p, 'beta')),
    dx: (x, p) => (linear(x, p) ? 1 : logistic(pick(p, 'beta') * x)),
    dp(x, p) {
      const beta = pick(p, 'beta');
      const y = Math.log1p(Math.exp(beta * x)) / beta;
      return { beta: linear(x, p) ? 0 : (x * logistic(beta * x) - y) / beta, threshold: 0 };
    },
  },
  threshold_relu: {
    forward: (x, p) => (x <= pick(p, 'theta') ? 0 : x),
    dx: (x, p) => (x <= pick(p, 'theta') ? 0 : 1),
    dp: () => ({ theta: 0 }),
  },
  srelu: {
    forward(x, p) {
      const { side, left, right } = piece(x, p);
      if (side === 0) return x;
      return side < 0 ? left + pick(p, 'al') * (x - left) : right + pick(p, 'ar') * (x - right);
    },
    dx: (x, p) => [pick(p, 'al'), 1, pick(p, 'ar')][piece(x, p).side + 1] as number,
    dp(x, p) {
      const { side, left, right } = piece(x, p);
      const [al, ar] = [pick(p, 'al'), pick(p, 'ar')];
      return {
        tl: side < 0 ? 1 - al : side > 0 ? 1 - ar : 0,
        al: side < 0 ? x - left : 0,
        d: side > 0 ? (1 - ar) * (pick(p, 'd') < 0 ? -1 : 1) : 0,
        ar: side > 0 ? x - right : 0,
      };
    },
  },
  shifted_relu: {
    forward: (x, p) => (x <= pick(p, 'b') ? pick(p, 'b') : x),
    dx: (x, p) => (x <= pick(p, 'b') ? 0 : 1),
    dp: (x, p) => ({ b: x <= pick(p, 'b') ? 1 : 0 }),
  },
  sqrt_relu: {
    forward: (x) => (x <= 0 ? 0 : Math.sqrt(x + 1) - 1),
    dx: (x) => (x <= 0 ? 0 : 0.5 / Math.sqrt(x + 1)),
    dp: () => ({}),
  },
  sigmoid: {
    forward: logistic,
    dx: (x) => logistic(x) * logistic(-x),
    dp: () => ({}),
  },
  tanh: {
    forward: (x) => 2 * (1 / (1 + Math.exp(-2 * x))) - 1,
    dx: (x) => 1 - Math.tanh(x) ** 2,
    dp: () => ({}),
  },
} as const satisfies Readonly<Record<string, Activation>>;
