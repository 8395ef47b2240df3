// A is a batch that was never gathered: its rows lie in a data set, where `rows` says; rows beyond the valid ones are 0.
//   data: (samples, k); rows: (m); b: (k, n)
@group(0) @binding(20) var<storage, read> data: array<f32>;
@group(0) @binding(21) var<storage, read> b: array<f32>;
@group(0) @binding(22) var<storage, read> rows: array<u32>;

// x is where the row starts in data, y 1 in a valid row.
fn load_a_begin(row: u32) -> vec4u {
  let valid = row < step.valid;
  return vec4u(select(0u, rows[row] * dims.k, valid), u32(valid), 0u, 0u);
}
fn load_a(begin: vec4u, k: u32) -> f32 { return select(0.0, data[begin.x + k], begin.y == 1u); }
fn load_b(k: u32, col: u32) -> f32 { return b[k * dims.n + col]; }
