// SGD, PyTorch's order of operations:
//   g += decay p;  v = momentum v + g;  p -= lr (nesterov ? g + momentum v : v);  p is kept within [low, high]
//   values, velocity: one element per element of the gradient, updated
//   rates: how parameters learn that learn alike, by row: multipliers of learning rate and decay, the range that values
//   are kept in, and the steps, the first ones, in which they rest
struct Sgd { momentum: f32, weight_decay: f32, nesterov: u32 }
struct Rates { lr: f32, decay: f32, low: f32, high: f32, freeze: u32 }
@group(0) @binding(100) var<uniform> sgd: Sgd;
@group(0) @binding(101) var<storage, read_write> values: array<f32>;
@group(0) @binding(102) var<storage, read_write> velocity: array<f32>;
@group(0) @binding(103) var<storage, read> rates: array<Rates>;

fn learn(i: u32, gradient: f32, row: u32) {
  let mine = rates[row];
  if (step.t <= mine.freeze) { return; }
  let p = values[i];
  let g = gradient + sgd.weight_decay * mine.decay * p;
  let v = sgd.momentum * velocity[i] + g;
  velocity[i] = v;
  let direction = select(v, g + sgd.momentum * v, sgd.nesterov == 1u);
  values[i] = clamp(p - step.lr * mine.lr * direction, mine.low, mine.high);
}
