// dx = dy / scale^beta - factor * x * sum of dy * y / scale over the channels whose window has this one: c - after .. c + before
//   x, dy, y, scale, dx: `size` elements, the last axis of length `width`; factor = 2 share beta; dx is set (=)
// One thread has one element.
struct ResponseNormDx { size: u32, width: u32, before: u32, after: u32, factor: f32, beta: f32 }
@group(0) @binding(0) var<uniform> response: ResponseNormDx;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> y: array<f32>;
@group(0) @binding(4) var<storage, read> scale: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.x + group.y * groups.x) * 64u + local;
  if (i >= response.size) { return; }
  let c = i % response.width;
  let end = i + min(response.before, response.width - 1u - c);
  var sum = 0.0;
  for (var j = i - min(response.after, c); j <= end; j++) { sum += dy[j] * y[j] / scale[j]; }
  dx[i] = dy[i] * pow(scale[i], -response.beta) - response.factor * x[i] * sum;
}
