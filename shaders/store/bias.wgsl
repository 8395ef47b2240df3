// out = value + bias.   out: (m, n), set (=); bias: (n)
@group(0) @binding(40) var<storage, read_write> out: array<f32>;
@group(0) @binding(41) var<storage, read> bias: array<f32>;

fn store(value: f32, row: u32, col: u32) -> vec4f {
  out[row * dims.n + col] = value + bias[col];
  return vec4f();
}
fn finish(sum: vec4f, row: u32, col: u32) {}
