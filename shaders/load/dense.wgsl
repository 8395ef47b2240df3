// A and B as whole row-major matrices, each possibly stored transposed; the rows of a's storage may lie elsewhere.
//   a: (m, k), or (k, m) with TRANS_A;   b: (k, n), or (n, k) with TRANS_B
override TRANS_A: bool = false;
override TRANS_B: bool = false;
@group(0) @binding(20) var<storage, read> a: array<f32>;
@group(0) @binding(21) var<storage, read> b: array<f32>;

fn load_rows(rows: vec4u) -> vec4u {
  if (TRANS_A) { return rows; }
  return vec4u(sample(rows.x), sample(rows.y), sample(rows.z), sample(rows.w)) * dims.k;
}
fn load_cols(cols: vec4u) -> vec4u { return cols * select(1u, dims.k, TRANS_B); }

fn load_step(k: u32) -> vec2u {
  var at = vec2u(k, k * select(dims.n, 1u, TRANS_B));
  if (TRANS_A) { at.x = sample(k) * dims.m; }
  return at;
}
fn load_a(rows: vec4u, at: vec2u) -> vec4f {
  let i = rows + at.x;
  return vec4f(a[i.x], a[i.y], a[i.z], a[i.w]);
}
fn load_b(cols: vec4u, at: vec2u) -> vec4f {
  let i = cols + at.y;
  return vec4f(b[i.x], b[i.y], b[i.z], b[i.w]);
}
