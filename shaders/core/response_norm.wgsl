// y = x / scale^beta, scale = k + share * sum of x^2 over the channels c - before .. c + after, zeros beyond the ends.
// Krizhevsky et al. 2012, section 3.3
//   x, y, scale: `size` elements, the last axis of length `width`; y and scale are set (=)
// One thread has one element. scale >= k > 0, so that its power is safe.
struct ResponseNorm { size: u32, width: u32, before: u32, after: u32, k: f32, share: f32, beta: f32 }
@group(0) @binding(0) var<uniform> response: ResponseNorm;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> scale: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.x + group.y * groups.x) * 64u + local;
  if (i >= response.size) { return; }
  let c = i % response.width;
  let end = i + min(response.after, response.width - 1u - c);
  var sum = 0.0;
  for (var j = i - min(response.before, c); j <= end; j++) { sum += x[j] * x[j]; }
  let s = response.k + response.share * sum;
  scale[i] = s;
  y[i] = x[i] * pow(s, -response.beta);
}
