// dz = dy * f'(z), and the first stage of the sums of dy * df/dp.
//   z, dy, dz: seen as (rows, width); dz is set (=)
//   sums: (planes, chunks, width), one plane per parameter, set (=); a chunk has CHUNK_ROWS rows
// One thread has one column of one chunk, and adds as the epilogue of a gemm does.
struct Activation { rows: u32, width: u32, chunks: u32, planes: u32 }
@group(0) @binding(0) var<uniform> activation: Activation;
@group(0) @binding(1) var<storage, read> z: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dz: array<f32>;
@group(0) @binding(4) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let t = (group.x + group.y * groups.x) * 64u + local;
  let plane = activation.chunks * activation.width;
  if (t >= plane) { return; }
  var sum = vec4f();
  let first = t / activation.width * CHUNK_ROWS;
  let end = min(first + CHUNK_ROWS, activation.rows);
  for (var start = first; start < end; start += PART_ROWS) {
    var part = vec4f();
    for (var row = start; row < min(start + PART_ROWS, end); row++) {
      let i = row * activation.width + t % activation.width;
      let p = parameters(i);
      dz[i] = dy[i] * dx(z[i], p);
      part += dy[i] * dp(z[i], p);
    }
    sum += part;
  }
  sums[t] = sum.x;
  if (activation.planes > 1u) { sums[t + plane] = sum.y; }
  if (activation.planes > 2u) { sums[t + 2u * plane] = sum.z; }
  if (activation.planes > 3u) { sums[t + 3u * plane] = sum.w; }
}
