// C = A B.   A: (m, k), B: (k, n), read through the load fragment; C: (m, n), given to the store fragment.
// One thread sets a register tile of 4 x 4 elements; a workgroup covers TILE_ROWS x TILE_COLS of C, and tiles are
// numbered along the rows of C. Every element adds its products in ascending k into one accumulator, so any other
// core that does so has the same bits. Named vec4f accumulators: an array of them is six times slower in software.
struct Gemm { m: u32, n: u32, k: u32 }
const TILE_ROWS = 32u;
const TILE_COLS = 32u;
@group(0) @binding(0) var<uniform> dims: Gemm;

// The store fragment is written out once per row, not once per element, for the compiler's sake; the column is chosen
// without indexing a vector by a variable, which is slow in software.
fn pick(sums: vec4f, j: u32) -> f32 {
  let pair = select(sums.xy, sums.zw, j > 1u);
  return select(pair.x, pair.y, (j & 1u) == 1u);
}

@compute @workgroup_size(8, 8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let tile = group.x + group.y * groups.x;
  let across = (dims.n + TILE_COLS - 1u) / TILE_COLS;
  let row = tile / across * TILE_ROWS + local.y * 4u;
  let col = tile % across * TILE_COLS + local.x * 4u;
  if (row >= dims.m || col >= dims.n) { return; }
  // Rows and columns beyond the edge repeat the last one: their sums are never stored.
  let r0 = load_a_begin(row);
  let r1 = load_a_begin(min(row + 1u, dims.m - 1u));
  let r2 = load_a_begin(min(row + 2u, dims.m - 1u));
  let r3 = load_a_begin(min(row + 3u, dims.m - 1u));
  let c = min(vec4u(col, col + 1u, col + 2u, col + 3u), vec4u(dims.n - 1u));
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  for (var k = 0u; k < dims.k; k++) {
    let b = vec4f(load_b(k, c.x), load_b(k, c.y), load_b(k, c.z), load_b(k, c.w));
    s0 += load_a(r0, k) * b;
    s1 += load_a(r1, k) * b;
    s2 += load_a(r2, k) * b;
    s3 += load_a(r3, k) * b;
  }
  let end = min(4u, dims.n - col);
  for (var j = 0u; j < end; j++) {
    var sum = vec4f();
    sum += store(pick(s0, j), row, col + j);
    if (row + 1u < dims.m) { sum += store(pick(s1, j), row + 1u, col + j); }
    if (row + 2u < dims.m) { sum += store(pick(s2, j), row + 2u, col + j); }
    if (row + 3u < dims.m) { sum += store(pick(s3, j), row + 3u, col + j); }
    finish(sum, row / THREAD_ROWS, col + j);
  }
}
