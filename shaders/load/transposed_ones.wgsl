// A is a matrix stored transposed, with a row of ones below it: its product with B has, in that row, the sums of B's
// columns (a bias's gradient, beside the weights').
//   a: (k, m - 1); b: (k, n)
@group(0) @binding(20) var<storage, read> a: array<f32>;
@group(0) @binding(21) var<storage, read> b: array<f32>;

// x is where the row starts in a, y the step from one k to the next, z 1 in the row of ones.
fn load_a_begin(row: u32) -> vec4u {
  return select(vec4u(row, dims.m - 1u, 0u, 0u), vec4u(0u, 0u, 1u, 0u), row == dims.m - 1u);
}
fn load_a(begin: vec4u, k: u32) -> f32 { return select(a[begin.x + k * begin.y], 1.0, begin.z == 1u); }
fn load_b(k: u32, col: u32) -> f32 { return b[k * dims.n + col]; }
