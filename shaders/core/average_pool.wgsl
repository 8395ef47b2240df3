// out = the mean of x over each window, zeros around the image counted, what lies beyond them not.
//   x: (images, height, width, channels); out: (images, out_height, out_width, channels), set (=)
// With SPREAD, the gradient: out, as large as x there was, is the sum of what each window's dy = x gives its members.
override SPREAD: bool = false;
struct Pool { size: u32, height: u32, width: u32, channels: u32, out_height: u32, out_width: u32, kernel: u32, stride: u32, padding: u32 }
@group(0) @binding(0) var<uniform> pool: Pool;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.x + group.y * groups.x) * 64u + local;
  if (i >= pool.size) { return; }
  let c = i % pool.channels;
  let rest = i / pool.channels;
  if (SPREAD) {
    let column = rest % pool.width + pool.padding;
    let row = rest / pool.width % pool.height + pool.padding;
    let image = rest / pool.width / pool.height;
    var sum = 0.0;
    for (var p = pool_first(row, pool.kernel, pool.stride); p <= row / pool.stride && p < pool.out_height; p++) {
      for (var q = pool_first(column, pool.kernel, pool.stride); q <= column / pool.stride && q < pool.out_width; q++) {
        sum += x[((image * pool.out_height + p) * pool.out_width + q) * pool.channels + c] / pool_count(p, q);
      }
    }
    out[i] = sum;
    return;
  }
  let q = rest % pool.out_width;
  let p = rest / pool.out_width % pool.out_height;
  let image = rest / pool.out_width / pool.out_height;
  var sum = 0.0;
  for (var r = 0u; r < pool.kernel; r++) {
    for (var s = 0u; s < pool.kernel; s++) {
      // Unsigned: what lies before the image is far beyond it.
      let row = p * pool.stride + r - pool.padding;
      let column = q * pool.stride + s - pool.padding;
      if (row < pool.height && column < pool.width) {
        sum += x[((image * pool.height + row) * pool.width + column) * pool.channels + c];
      }
    }
  }
  out[i] = sum / pool_count(p, q);
}

// Of the window (p, q).
fn pool_count(p: u32, q: u32) -> f32 {
  let rows = min(pool.kernel, pool.height + 2u * pool.padding - p * pool.stride);
  let columns = min(pool.kernel, pool.width + 2u * pool.padding - q * pool.stride);
  return f32(rows * columns);
}
