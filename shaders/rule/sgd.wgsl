// SGD, PyTorch's order of operations:
//   g += decay p;  v = momentum v + g;  p -= lr (nesterov ? g + momentum v : v);  p is kept within [low, high]
//   values, velocity: one element per element of the gradient, updated; rates: (lr multiplier, decay multiplier, low, high)
struct Sgd { momentum: f32, weight_decay: f32, nesterov: u32 }
@group(0) @binding(100) var<uniform> sgd: Sgd;
@group(0) @binding(101) var<storage, read_write> values: array<f32>;
@group(0) @binding(102) var<storage, read_write> velocity: array<f32>;

fn learn(i: u32, gradient: f32, rates: vec4f) {
  let p = values[i];
  let g = gradient + sgd.weight_decay * rates.y * p;
  let v = sgd.momentum * velocity[i] + g;
  velocity[i] = v;
  let direction = select(v, g + sgd.momentum * v, sgd.nesterov == 1u);
  values[i] = clamp(p - step.lr * rates.x * direction, rates.z, rates.w);
}
