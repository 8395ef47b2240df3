// A is a matrix stored transposed, with a row of ones below it: its product with B has, in that row, the sums of B's
// columns (a bias's gradient, beside the weights'). The rows of a's storage may lie elsewhere.
//   a: (k, m - 1); b: (k, n)
@group(0) @binding(20) var<storage, read> a: array<f32>;
@group(0) @binding(21) var<storage, read> b: array<f32>;

fn load_rows(rows: vec4u) -> vec4u { return rows; }
fn load_cols(cols: vec4u) -> vec4u { return cols; }

fn load_step(k: u32) -> vec2u { return vec2u(sample(k) * (dims.m - 1u), k * dims.n); }

fn load_a(rows: vec4u, at: vec2u) -> vec4f {
  let i = rows + at.x;
  return select(vec4f(a[i.x], a[i.y], a[i.z], a[i.w]), vec4f(1.0), rows == vec4u(dims.m - 1u));
}
fn load_b(cols: vec4u, at: vec2u) -> vec4f {
  let i = cols + at.y;
  return vec4f(b[i.x], b[i.y], b[i.z], b[i.w]);
}
