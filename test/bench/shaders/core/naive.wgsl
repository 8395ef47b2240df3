// C = A B, the plain way: one thread sums one element of C. What gemm is measured against.
//   a: (m, k), or (k, m) with TRANS_A;   b: (k, n), or (n, k) with TRANS_B;   out: (m, n), set (=)
struct Naive { m: u32, n: u32, k: u32 }
override TRANS_A: bool = false;
override TRANS_B: bool = false;
@group(0) @binding(0) var<uniform> dims: Naive;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x / dims.n;
  let col = id.x % dims.n;
  if (row >= dims.m) { return; }
  var sum = 0.0;
  for (var k = 0u; k < dims.k; k++) {
    sum += a[select(row * dims.k + k, k * dims.m + row, TRANS_A)] * b[select(k * dims.n + col, col * dims.k + k, TRANS_B)];
  }
  out[id.x] = sum;
}
