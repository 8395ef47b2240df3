// A and B as whole row-major matrices, each possibly stored transposed.
//   a: (m, k), or (k, m) with TRANS_A;   b: (k, n), or (n, k) with TRANS_B
override TRANS_A: bool = false;
override TRANS_B: bool = false;
@group(0) @binding(20) var<storage, read> a: array<f32>;
@group(0) @binding(21) var<storage, read> b: array<f32>;

// Once per row, before the loop over k: x is where the row starts, y the step from one k to the next.
fn load_a_begin(row: u32) -> vec4u {
  return select(vec4u(row * dims.k, 1u, 0u, 0u), vec4u(row, dims.m, 0u, 0u), TRANS_A);
}
fn load_a(begin: vec4u, k: u32) -> f32 { return a[begin.x + k * begin.y]; }
fn load_b(k: u32, col: u32) -> f32 { return b[select(k * dims.n + col, col * dims.k + k, TRANS_B)]; }
