// The first stage of dweight = sum of dy * xhat and dbias = sum of dy, over all rows: xhat = (x - x[row, 0] - offset) * scale.
//   x, dy: seen as (rows, width); statistics: (rows, 2), (offset, scale)
//   dweight_sums, dbias_sums: (chunks, width), set (=)
// One thread has one column of one chunk.
struct Sums { rows: u32, width: u32, chunk_rows: u32, chunks: u32 }
@group(0) @binding(0) var<uniform> sums: Sums;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> statistics: array<f32>;
@group(0) @binding(4) var<storage, read_write> dweight_sums: array<f32>;
@group(0) @binding(5) var<storage, read_write> dbias_sums: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let t = (group.x + group.y * groups.x) * 64u + local;
  if (t >= sums.chunks * sums.width) { return; }
  let c = t % sums.width;
  let first = t / sums.width * sums.chunk_rows;
  let end = min(first + sums.chunk_rows, sums.rows);
  var sum = vec2f();
  for (var row = first; row < end; row++) {
    let base = row * sums.width;
    let d = (x[base + c] - x[base]) - statistics[2u * row];
    sum += vec2f(dy[base + c] * (d * statistics[2u * row + 1u]), dy[base + c]);
  }
  dweight_sums[t] = sum.x;
  dbias_sums[t] = sum.y;
}
