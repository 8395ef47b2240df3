// A and B as whole row-major matrices, each possibly stored transposed; the rows of a's storage may lie elsewhere.
//   a: (m, k), or (k, m) with TRANS_A;   b: (k, n), or (n, k) with TRANS_B
override TRANS_A: bool = false;
override TRANS_B: bool = false;
@group(0) @binding(20) var<storage, read> a: array<f32>;
@group(0) @binding(21) var<storage, read> b: array<f32>;

// Once per row, before the loop over k: x is where the row starts.
fn load_a_begin(row: u32) -> vec4u {
  if (TRANS_A) { return vec4u(row, 0u, 0u, 0u); }
  return vec4u(sample(row) * dims.k, 0u, 0u, 0u);
}
fn load_a(begin: vec4u, k: u32) -> f32 {
  if (TRANS_A) { return a[begin.x + sample(k) * dims.m]; }
  return a[begin.x + k];
}
fn load_b(k: u32, col: u32) -> f32 { return b[select(k * dims.n + col, col * dims.k + k, TRANS_B)]; }
