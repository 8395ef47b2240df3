// out = x with each pixel repeated over factor x factor pixels.
//   x: (images, height, width, channels); out: (images, height * factor, width * factor, channels), set (=)
// With SUMS, the gradient: x = dy is the larger one, and out, as large as x there was, the sums of its blocks of
// factor x factor pixels, row by row. height and width are of the smaller one in any case.
// One thread sets one element of `out`.
override SUMS: bool = false;
struct Upsample { size: u32, height: u32, width: u32, channels: u32, factor: u32 }
@group(0) @binding(0) var<uniform> upsample: Upsample;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.x + group.y * groups.x) * 64u + local;
  if (i >= upsample.size) { return; }
  let c = i % upsample.channels;
  let pixel = i / upsample.channels;
  let factor = upsample.factor;
  let wide = upsample.width * factor;
  if (SUMS) {
    // Rows of all images, one below the other: the larger images have factor times as many.
    let row = pixel / upsample.width * factor;
    let column = pixel % upsample.width * factor;
    var sum = 0.0;
    for (var r = 0u; r < factor; r++) {
      for (var s = 0u; s < factor; s++) {
        sum += x[((row + r) * wide + column + s) * upsample.channels + c];
      }
    }
    out[i] = sum;
    return;
  }
  let row = pixel / wide / factor;
  let column = pixel % wide / factor;
  out[i] = x[(row * upsample.width + column) * upsample.channels + c];
}
