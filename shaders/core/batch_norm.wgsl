// y = (x - mean) / sqrt(variance + eps) * weight + bias, channel by channel, mean = origin + offset.
// Ioffe & Szegedy 2015, algorithm 1
//   x, y: `size` elements, the last axis of length `width`; origin, offset, variance, weight, bias: (width); y is set (=)
// One thread has one element.
struct BatchNorm { size: u32, width: u32, eps: f32 }
@group(0) @binding(0) var<uniform> batch_norm: BatchNorm;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> origin: array<f32>;
@group(0) @binding(3) var<storage, read> offset: array<f32>;
@group(0) @binding(4) var<storage, read> variance: array<f32>;
@group(0) @binding(5) var<storage, read> weight: array<f32>;
@group(0) @binding(6) var<storage, read> bias: array<f32>;
@group(0) @binding(7) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.x + group.y * groups.x) * 64u + local;
  if (i >= batch_norm.size) { return; }
  let c = i % batch_norm.width;
  let d = (x[i] - origin[c]) - offset[c];
  y[i] = d * inverseSqrt(variance[c] + batch_norm.eps) * weight[c] + bias[c];
}
