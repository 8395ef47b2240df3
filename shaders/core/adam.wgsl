// Adam and AdamW over the whole pool (Kingma & Ba 2015; Loshchilov & Hutter 2019), PyTorch's order of operations:
//   Adam: g += decay p; AdamW: p -= lr decay p;
//   m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2;  p -= lr / c1 * m / (sqrt(v / c2) + eps)
//   values: (blocks, 64), updated; moments: the same of (m, v), updated; gradients: (blocks, 64)
//   segments: (blocks) of (lr multiplier, decay multiplier, low, high); p is kept within [low, high]
// One thread per element, one workgroup per block; a block belongs to one parameter.
struct Adam { blocks: u32, decoupled: u32, beta1: f32, rest1: f32, beta2: f32, rest2: f32, eps: f32, weight_decay: f32 }
@group(0) @binding(0) var<uniform> adam: Adam;
@group(0) @binding(1) var<storage, read> segments: array<vec4f>;
@group(0) @binding(2) var<storage, read> gradients: array<f32>;
@group(0) @binding(3) var<storage, read_write> values: array<f32>;
@group(0) @binding(4) var<storage, read_write> moments: array<vec2f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = group.x + group.y * groups.x;
  if (at >= adam.blocks) { return; }
  let i = at * 64u + local;
  let segment = segments[at];
  let lr = step.lr * segment.x;
  let decay = adam.weight_decay * segment.y;
  let decoupled = adam.decoupled == 1u;
  let p = values[i];
  let g = gradients[i] + select(decay * p, 0.0, decoupled);
  let m = adam.beta1 * moments[i].x + adam.rest1 * g;
  let v = adam.beta2 * moments[i].y + adam.rest2 * g * g;
  moments[i] = vec2f(m, v);
  let kept = p - select(0.0, lr * decay * p, decoupled);
  values[i] = clamp(kept - lr / step.c1 * m / (sqrt(v / step.c2) + adam.eps), segment.z, segment.w);
}
