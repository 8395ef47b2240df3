// out = the largest x of each window, chosen = which one: its place in the window, row by row; the first of equal ones.
//   x: (images, height, width, channels); out, chosen: (images, out_height, out_width, channels), set (=)
// Windows may reach beyond the image: what is there is smaller than all else. Each holds at least one pixel.
struct Pool { size: u32, height: u32, width: u32, channels: u32, out_height: u32, out_width: u32, kernel: u32, stride: u32, padding: u32 }
@group(0) @binding(0) var<uniform> pool: Pool;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(3) var<storage, read_write> chosen: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.x + group.y * groups.x) * 64u + local;
  if (i >= pool.size) { return; }
  let c = i % pool.channels;
  let q = i / pool.channels % pool.out_width;
  let p = i / pool.channels / pool.out_width % pool.out_height;
  let image = i / pool.channels / pool.out_width / pool.out_height;
  var best = 0.0;
  var at = pool.kernel * pool.kernel;
  for (var r = 0u; r < pool.kernel; r++) {
    for (var s = 0u; s < pool.kernel; s++) {
      // Unsigned: what lies before the image is far beyond it.
      let row = p * pool.stride + r - pool.padding;
      let column = q * pool.stride + s - pool.padding;
      if (row < pool.height && column < pool.width) {
        let value = x[((image * pool.height + row) * pool.width + column) * pool.channels + c];
        if (at == pool.kernel * pool.kernel || value > best) {
          best = value;
          at = r * pool.kernel + s;
        }
      }
    }
  }
  out[i] = best;
  chosen[i] = at;
}
