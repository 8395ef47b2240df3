// Adam and AdamW (Kingma & Ba 2015; Loshchilov & Hutter 2019), PyTorch's order of operations:
//   Adam: g += decay p; AdamW: p -= lr decay p;
//   m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2;  p -= lr / c1 * m / (sqrt(v / c2) + eps)
//   values, moments (m, v): one element per element of the gradient, updated; p is kept within [low, high]
//   rates: how parameters learn that learn alike, by row: multipliers of learning rate and decay, the range that values
//   are kept in, the steps, the first ones, in which they rest, and how many those are without any that they learned in
struct Adam {
  decoupled: u32, beta1: f32, rest1: f32, log_beta1: f32, beta2: f32, rest2: f32, log_beta2: f32, eps: f32,
  weight_decay: f32,
}
struct Rates { lr: f32, decay: f32, low: f32, high: f32, freeze: u32, late: u32 }
@group(0) @binding(100) var<uniform> adam: Adam;
@group(0) @binding(101) var<storage, read_write> values: array<f32>;
@group(0) @binding(102) var<storage, read_write> moments: array<vec2f>;
@group(0) @binding(103) var<storage, read> rates: array<Rates>;

// (c1, c2) = 1 - beta^n: n, the steps that the row learned in, are fewer than those of all where it rested. In few words, as
// compilers repeat them for each element of a tile.
fn corrections(late: u32) -> vec2f {
  let x = vec2f(adam.log_beta1, adam.log_beta2) * f32(step.t - late);
  // 1 - exp(x) would lose its digits near 0.
  let near = -x * (1.0 + x * (0.5 + x * (1.0 / 6.0 + x / 24.0)));
  return select(vec2f(step.c1, step.c2), select(1.0 - exp(x), near, x > vec2f(-0.1)), late > 0u);
}

fn learn(i: u32, gradient: f32, row: u32) {
  let mine = rates[row];
  if (step.t <= mine.freeze) { return; }
  let lr = step.lr * mine.lr;
  let decay = adam.weight_decay * mine.decay;
  let decoupled = adam.decoupled == 1u;
  let p = values[i];
  let g = gradient + select(decay * p, 0.0, decoupled);
  let m = adam.beta1 * moments[i].x + adam.rest1 * g;
  let v = adam.beta2 * moments[i].y + adam.rest2 * g * g;
  moments[i] = vec2f(m, v);
  let kept = p - select(0.0, lr * decay * p, decoupled);
  let c = corrections(mine.late);
  values[i] = clamp(kept - lr / c.x * m / (sqrt(v / c.y) + adam.eps), mine.low, mine.high);
}
