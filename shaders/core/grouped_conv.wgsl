// A convolution whose channels are divided into groups, each with kernels of its own: out channel o sees the inputs of its
// group alone. out[i, p, q, o] = sum over r, s, c of x[i, p stride - padding + r dilation, .., first(o) + c] w[r, s, c, o].
//   x: (images, height, width, channels); w: (taps, depth, out_channels), depth: input channels of a group
//   out: (images, out_height, out_width, out_channels), set (=)
struct Grouped { size: u32, height: u32, width: u32, channels: u32, out_height: u32, out_width: u32, out_channels: u32, kernel_width: u32, taps: u32, depth: u32, stride: u32, padding: u32, dilation: u32 }
@group(0) @binding(0) var<uniform> grouped: Grouped;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.x + group.y * groups.x) * 64u + local;
  if (i >= grouped.size) { return; }
  let o = i % grouped.out_channels;
  let q = i / grouped.out_channels % grouped.out_width;
  let p = i / grouped.out_channels / grouped.out_width % grouped.out_height;
  let image = i / grouped.out_channels / grouped.out_width / grouped.out_height;
  let first = o / (grouped.out_channels / (grouped.channels / grouped.depth)) * grouped.depth;
  var sum = 0.0;
  for (var tap = 0u; tap < grouped.taps; tap++) {
    // Unsigned: what lies before the image is far beyond it.
    let row = p * grouped.stride + tap / grouped.kernel_width * grouped.dilation - grouped.padding;
    let column = q * grouped.stride + tap % grouped.kernel_width * grouped.dilation - grouped.padding;
    if (row < grouped.height && column < grouped.width) {
      let pixel = ((image * grouped.height + row) * grouped.width + column) * grouped.channels + first;
      for (var c = 0u; c < grouped.depth; c++) {
        sum += x[pixel + c] * w[(tap * grouped.depth + c) * grouped.out_channels + o];
      }
    }
  }
  out[i] = sum;
}
