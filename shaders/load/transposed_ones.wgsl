// A is a matrix stored transposed, with a row of ones below it: its product with B has, in that row, the sums of B's
// columns (a bias's gradient, beside the weights'). The rows of a's storage may lie elsewhere.
//   a: (k, m - 1); b: (k, n)
@group(0) @binding(20) var<storage, read> a: array<f32>;
@group(0) @binding(21) var<storage, read> b: array<f32>;

// x is where the row starts in a, y 1 in the row of ones.
fn load_a_begin(row: u32) -> vec4u {
  let ones = row == dims.m - 1u;
  return vec4u(select(row, 0u, ones), u32(ones), 0u, 0u);
}
fn load_a(begin: vec4u, k: u32) -> f32 {
  return select(a[begin.x + sample(k) * (dims.m - 1u)], 1.0, begin.y == 1u);
}
fn load_b(k: u32, col: u32) -> f32 { return b[k * dims.n + col]; }
