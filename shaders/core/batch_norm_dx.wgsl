// dx = weight / sqrt(variance + eps) * (dy - mean of dy - xhat * mean of (dy * xhat)), 0 in invalid rows:
// xhat = (x - mean) / sqrt(variance + eps), mean = origin + offset.
//   x, dy, dx: seen as (rows, width), of `batch` samples; origin, offset, variance, weight: (width); dx is set (=)
//   means: (2, width), those of dy * xhat and of dy; 0 where mean and variance do not depend on x
// One thread has one element.
struct BatchNormDx { rows: u32, width: u32, batch: u32, eps: f32 }
@group(0) @binding(0) var<uniform> batch_norm: BatchNormDx;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> origin: array<f32>;
@group(0) @binding(4) var<storage, read> offset: array<f32>;
@group(0) @binding(5) var<storage, read> variance: array<f32>;
@group(0) @binding(6) var<storage, read> weight: array<f32>;
@group(0) @binding(7) var<storage, read> means: array<f32>;
@group(0) @binding(8) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.x + group.y * groups.x) * 64u + local;
  let width = batch_norm.width;
  if (i >= batch_norm.rows * width) { return; }
  let valid = min(select(step.upcoming, step.valid, TURNED), batch_norm.batch) * (batch_norm.rows / batch_norm.batch);
  let c = i % width;
  let scale = inverseSqrt(variance[c] + batch_norm.eps);
  let xhat = ((x[i] - origin[c]) - offset[c]) * scale;
  dx[i] = select(0.0, weight[c] * scale * (dy[i] - means[width + c] - xhat * means[c]), i / width < valid);
}
