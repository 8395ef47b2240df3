// C = A B.   A: (m, k), B: (k, n), read through the load fragment; C: (m, n), given to the store fragment.
// One thread sets a register tile of 8 x 4 elements; a workgroup covers TILE_ROWS x TILE_COLS of C, and tiles are
// numbered along the rows of C. Every element adds its products in ascending k into one accumulator, so that all cores
// named gemm have the same bits. A long k is cut into parts, whose products lie below one another as (parts, m, n). Two steps of k a turn: in software, to carry the sums from turn to turn costs as much as
// two loads.
struct Gemm { m: u32, n: u32, k: u32, part: u32 }
const TILE_ROWS = 32u;
const TILE_COLS = 32u;
@group(0) @binding(0) var<uniform> dims: Gemm;

@compute @workgroup_size(8, 4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let tile = group.x + group.y * groups.x;
  let across = (dims.n + TILE_COLS - 1u) / TILE_COLS;
  let tiles = across * ((dims.m + TILE_ROWS - 1u) / TILE_ROWS);
  let part = tile / tiles;
  let row = tile % tiles / across * TILE_ROWS + local.y * 8u;
  let col = tile % across * TILE_COLS + local.x * 4u;
  if (row >= dims.m || col >= dims.n) { return; }
  let rows0 = load_rows(tile_four(row, dims.m));
  let rows1 = load_rows(tile_four(row + 4u, dims.m));
  let cols = load_cols(tile_four(col, dims.n));
  var s0 = mat4x4f();
  var s1 = mat4x4f();
  let end = min(dims.k, (part + 1u) * dims.part);
  for (var k = part * dims.part; k < end; k += 2u) {
    // Beyond the last step A counts as zero, so that what is added changes nothing.
    let more = k + 1u < end;
    let first = load_step(k);
    let second = load_step(select(k, k + 1u, more));
    let b = load_b(cols, first);
    let d = load_b(cols, second);
    s0 = s0 + tile_outer(load_a(rows0, first), b) + tile_outer(select(vec4f(), load_a(rows0, second), more), d);
    s1 = s1 + tile_outer(load_a(rows1, first), b) + tile_outer(select(vec4f(), load_a(rows1, second), more), d);
  }
  tile_store(s0, row, col, part);
  tile_store(s1, row + 4u, col, part);
}
