// dz = value * f'(z), and the first stage of the sums of value * df/dp: value is the gradient of the rectifier's output.
//   z, dz: (m, n); dz is set (=)
//   sums: (planes, chunks, n), one plane per parameter, set (=)
struct Sums { chunks: u32, planes: u32 }
@group(0) @binding(40) var<storage, read_write> dz: array<f32>;
@group(0) @binding(41) var<storage, read> z: array<f32>;
@group(0) @binding(42) var<storage, read_write> sums: array<f32>;
@group(0) @binding(43) var<uniform> of_sums: Sums;

fn store(value: f32, row: u32, col: u32) -> vec4f {
  let i = row * dims.n + col;
  let p = parameters(i);
  dz[i] = value * dx(z[i], p);
  return value * dp(z[i], p);
}
fn finish(sum: vec4f, row: u32, col: u32) {
  let i = row / CHUNK_ROWS * dims.n + col;
  let plane = of_sums.chunks * dims.n;
  // The thread that had the chunk's first rows has these, and wrote what is added to.
  let more = row % CHUNK_ROWS > 0u;
  sums[i] = select(0.0, sums[i], more) + sum.x;
  if (of_sums.planes > 1u) { sums[i + plane] = select(0.0, sums[i + plane], more) + sum.y; }
  if (of_sums.planes > 2u) { sums[i + 2u * plane] = select(0.0, sums[i + 2u * plane], more) + sum.z; }
  if (of_sums.planes > 3u) { sums[i + 3u * plane] = select(0.0, sums[i + 3u * plane], more) + sum.w; }
}
