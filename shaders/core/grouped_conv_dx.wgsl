// The gradient of grouped_conv by its images: dx = the sum of dy w over all results that a pixel's channel went into.
//   dy: (images, out_height, out_width, out_channels); w: (taps, depth, out_channels); dx: as x, set (=)
struct Grouped { size: u32, height: u32, width: u32, channels: u32, out_height: u32, out_width: u32, out_channels: u32, kernel_width: u32, taps: u32, depth: u32, stride: u32, padding: u32, dilation: u32 }
@group(0) @binding(0) var<uniform> grouped: Grouped;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.x + group.y * groups.x) * 64u + local;
  if (i >= grouped.size) { return; }
  let channel = i % grouped.channels;
  let column = i / grouped.channels % grouped.width + grouped.padding;
  let row = i / grouped.channels / grouped.width % grouped.height + grouped.padding;
  let image = i / grouped.channels / grouped.width / grouped.height;
  let outs = grouped.out_channels / (grouped.channels / grouped.depth);
  let first = channel / grouped.depth * outs;
  var sum = 0.0;
  for (var tap = 0u; tap < grouped.taps; tap++) {
    // Unsigned: what lies before the first result is far beyond the last, also after the division.
    let up = row - tap / grouped.kernel_width * grouped.dilation;
    let left = column - tap % grouped.kernel_width * grouped.dilation;
    let p = up / grouped.stride;
    let q = left / grouped.stride;
    if (p * grouped.stride == up && q * grouped.stride == left && p < grouped.out_height && q < grouped.out_width) {
      let pixel = ((image * grouped.out_height + p) * grouped.out_width + q) * grouped.out_channels + first;
      let weights = (tap * grouped.depth + channel % grouped.depth) * grouped.out_channels + first;
      for (var o = 0u; o < outs; o++) { sum += dy[pixel + o] * w[weights + o]; }
    }
  }
  dx[i] = sum;
}
