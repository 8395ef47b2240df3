// dx = the sum of dy over the windows in which this x was chosen.
//   dy, chosen: (images, out_height, out_width, channels); dx: (images, height, width, channels), set (=)
struct Pool { size: u32, height: u32, width: u32, channels: u32, out_height: u32, out_width: u32, kernel: u32, stride: u32, padding: u32 }
@group(0) @binding(0) var<uniform> pool: Pool;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> chosen: array<u32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.x + group.y * groups.x) * 64u + local;
  if (i >= pool.size) { return; }
  let c = i % pool.channels;
  let column = i / pool.channels % pool.width + pool.padding;
  let row = i / pool.channels / pool.width % pool.height + pool.padding;
  let image = i / pool.channels / pool.width / pool.height;
  var sum = 0.0;
  for (var p = pool_first(row, pool.kernel, pool.stride); p <= row / pool.stride && p < pool.out_height; p++) {
    for (var q = pool_first(column, pool.kernel, pool.stride); q <= column / pool.stride && q < pool.out_width; q++) {
      let window = ((image * pool.out_height + p) * pool.out_width + q) * pool.channels + c;
      let place = (row - p * pool.stride) * pool.kernel + column - q * pool.stride;
      if (chosen[window] == place) { sum += dy[window]; }
    }
  }
  dx[i] = sum;
}
