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

// 1 - beta^n: `whole` for all steps; n are those that were learned in.
fn correction(whole: f32, log_beta: f32, late: u32) -> f32 {
  if (late == 0u) { return whole; }
  let x = log_beta * f32(step.t - late);
  // 1 - exp(x) would lose its digits near 0.
  let tail = 1.0 + x / 4.0 * (1.0 + x / 5.0 * (1.0 + x / 6.0 * (1.0 + x / 7.0)));
  return select(1.0 - exp(x), -x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * tail)), x > -0.5);
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
  let c1 = correction(step.c1, adam.log_beta1, mine.late);
  let c2 = correction(step.c2, adam.log_beta2, mine.late);
  values[i] = clamp(kept - lr / c1 * m / (sqrt(v / c2) + adam.eps), mine.low, mine.high);
}
