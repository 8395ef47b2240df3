// The first stage of dweight = sum of dy * xhat and dbias = sum of dy, over the valid rows:
// xhat = (x - mean) / sqrt(variance + eps), mean = origin + offset.
//   x, dy: seen as (rows, width), of `batch` samples; origin, offset, variance: (width)
//   dweight_sums, dbias_sums: (chunks, width), set (=)
// One thread has one column of one chunk.
struct Sums { rows: u32, width: u32, batch: u32, chunk_rows: u32, chunks: u32, eps: f32 }
@group(0) @binding(0) var<uniform> sums: Sums;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> origin: array<f32>;
@group(0) @binding(4) var<storage, read> offset: array<f32>;
@group(0) @binding(5) var<storage, read> variance: array<f32>;
@group(0) @binding(6) var<storage, read_write> dweight_sums: array<f32>;
@group(0) @binding(7) var<storage, read_write> dbias_sums: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let t = (group.x + group.y * groups.x) * 64u + local;
  if (t >= sums.chunks * sums.width) { return; }
  let valid = min(select(step.upcoming, step.valid, TURNED), sums.batch) * (sums.rows / sums.batch);
  let c = t % sums.width;
  let first = t / sums.width * sums.chunk_rows;
  let end = min(first + sums.chunk_rows, valid);
  var sum = vec2f();
  for (var row = first; row < end; row++) {
    let i = row * sums.width + c;
    sum += vec2f(dy[i] * ((x[i] - origin[c]) - offset[c]), dy[i]);
  }
  dweight_sums[t] = sum.x * inverseSqrt(variance[c] + sums.eps);
  dbias_sums[t] = sum.y;
}
