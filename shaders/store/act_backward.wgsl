// dz = value * f'(z), and the first stage of the sums of value * df/dp: value is the gradient of the rectifier's output.
//   z, dz: (m, n); dz is set (=)
//   sums: (chunks, n) of vec4f, one component per parameter, set (=)
@group(0) @binding(40) var<storage, read_write> dz: array<f32>;
@group(0) @binding(41) var<storage, read> z: array<f32>;
@group(0) @binding(42) var<storage, read_write> sums: array<vec4f>;

fn store(value: f32, row: u32, col: u32) -> vec4f {
  let i = row * dims.n + col;
  let p = parameters(i);
  dz[i] = value * dx(z[i], p);
  return value * dp(z[i], p);
}
fn finish(sum: vec4f, chunk: u32, col: u32) { sums[chunk * dims.n + col] = sum; }
