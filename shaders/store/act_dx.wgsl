// dz = value * f'(z): value is the gradient of the rectifier's output.   z, dz: (m, n); dz is set (=)
@group(0) @binding(40) var<storage, read_write> dz: array<f32>;
@group(0) @binding(41) var<storage, read> z: array<f32>;

fn store(value: f32, row: u32, col: u32) -> vec4f {
  let i = row * dims.n + col;
  dz[i] = value * dx(z[i], parameters(i));
  return vec4f();
}
fn finish(sum: vec4f, row: u32, col: u32) {}
