// The gradient of grouped_conv by its weights, image by image: partial[image] = the sum of x dy over the pixels of one.
//   x: (images, height, width, channels); dy: (images, out_height, out_width, out_channels)
//   partial: (images, taps, depth, out_channels), set (=); size: its elements
struct Grouped { size: u32, height: u32, width: u32, channels: u32, out_height: u32, out_width: u32, out_channels: u32, kernel_width: u32, taps: u32, depth: u32, stride: u32, padding: u32, dilation: u32 }
@group(0) @binding(0) var<uniform> grouped: Grouped;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> partial: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.x + group.y * groups.x) * 64u + local;
  if (i >= grouped.size) { return; }
  let o = i % grouped.out_channels;
  let c = i / grouped.out_channels % grouped.depth;
  let tap = i / grouped.out_channels / grouped.depth % grouped.taps;
  let image = i / grouped.out_channels / grouped.depth / grouped.taps;
  let channel = o / (grouped.out_channels / (grouped.channels / grouped.depth)) * grouped.depth + c;
  var sum = 0.0;
  for (var p = 0u; p < grouped.out_height; p++) {
    // Unsigned: what lies before the image is far beyond it.
    let row = p * grouped.stride + tap / grouped.kernel_width * grouped.dilation - grouped.padding;
    if (row >= grouped.height) { continue; }
    for (var q = 0u; q < grouped.out_width; q++) {
      let column = q * grouped.stride + tap % grouped.kernel_width * grouped.dilation - grouped.padding;
      if (column >= grouped.width) { continue; }
      let pixel = ((image * grouped.height + row) * grouped.width + column) * grouped.channels + channel;
      sum += x[pixel] * dy[((image * grouped.out_height + p) * grouped.out_width + q) * grouped.out_channels + o];
    }
  }
  partial[i] = sum;
}
