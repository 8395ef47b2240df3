// As load/transposed_ones, with a batch that was never gathered: column k of A is row rows[k] of a data set.
//   data: (samples, m - 1); rows: (k); b: (k, n), whose rows beyond the valid ones are 0
@group(0) @binding(20) var<storage, read> data: array<f32>;
@group(0) @binding(21) var<storage, read> b: array<f32>;
@group(0) @binding(22) var<storage, read> rows: array<u32>;

// x is the feature, z 1 in the row of ones.
fn load_a_begin(row: u32) -> vec4u {
  let ones = row == dims.m - 1u;
  return vec4u(select(row, 0u, ones), 0u, u32(ones), 0u);
}
fn load_a(begin: vec4u, k: u32) -> f32 {
  // Beyond the valid rows, `rows` still holds samples of an earlier step: any will do, since b is 0 there.
  return select(data[rows[k] * (dims.m - 1u) + begin.x], 1.0, begin.z == 1u);
}
fn load_b(k: u32, col: u32) -> f32 { return b[k * dims.n + col]; }
