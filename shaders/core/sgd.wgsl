// SGD over the whole pool, PyTorch's order of operations:
//   g += decay p;  v = momentum v + g;  p -= lr (nesterov ? g + momentum v : v);  p is kept within [low, high]
//   parameters, velocity: (blocks, 64), updated; gradients: the same; segments: (blocks) of (lr multiplier, decay multiplier, low, high)
// One thread per element, one workgroup per block; a block belongs to one parameter.
struct Sgd { blocks: u32, momentum: f32, weight_decay: f32, nesterov: u32 }
@group(0) @binding(0) var<uniform> sgd: Sgd;
@group(0) @binding(1) var<storage, read> segments: array<vec4f>;
@group(0) @binding(2) var<storage, read> gradients: array<f32>;
@group(0) @binding(3) var<storage, read_write> values: array<f32>;
@group(0) @binding(4) var<storage, read_write> velocity: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = group.x + group.y * groups.x;
  if (at >= sgd.blocks) { return; }
  let i = at * 64u + local;
  let segment = segments[at];
  let p = values[i];
  let g = gradients[i] + sgd.weight_decay * segment.y * p;
  let v = sgd.momentum * velocity[i] + g;
  velocity[i] = v;
  let direction = select(v, g + sgd.momentum * v, sgd.nesterov == 1u);
  values[i] = clamp(p - step.lr * segment.x * direction, segment.z, segment.w);
}
