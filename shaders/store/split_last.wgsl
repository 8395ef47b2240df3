// out = value in all rows but the last, which goes to last_row; of each part of k.
//   out: (parts, m - 1, n), last_row: (parts, n); both set (=)
@group(0) @binding(40) var<storage, read_write> out: array<f32>;
@group(0) @binding(41) var<storage, read_write> last_row: array<f32>;

fn store(value: f32, row: u32, col: u32) -> vec4f {
  let part = row / dims.m;
  if (row % dims.m + 1u < dims.m) { out[(row - part) * dims.n + col] = value; } else { last_row[part * dims.n + col] = value; }
  return vec4f();
}
fn finish(sum: vec4f, row: u32, col: u32) {}
