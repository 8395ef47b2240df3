// C = A B, as gemm has it, with a register tile of 8 x 8 elements: three quarters of the loads for a product, half the threads.
struct Gemm { m: u32, n: u32, k: u32, part: u32 }
const TILE_ROWS = 32u;
const TILE_COLS = 64u;
@group(0) @binding(0) var<uniform> dims: Gemm;

@compute @workgroup_size(8, 4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let tile = group.x + group.y * groups.x;
  let across = (dims.n + TILE_COLS - 1u) / TILE_COLS;
  let tiles = across * ((dims.m + TILE_ROWS - 1u) / TILE_ROWS);
  let part = tile / tiles;
  let row = tile % tiles / across * TILE_ROWS + local.y * 8u;
  let col = tile % across * TILE_COLS + local.x * 8u;
  if (row >= dims.m || col >= dims.n) { return; }
  let rows0 = load_rows(tile_four(row, dims.m));
  let rows1 = load_rows(tile_four(row + 4u, dims.m));
  let cols0 = load_cols(tile_four(col, dims.n));
  let cols1 = load_cols(tile_four(col + 4u, dims.n));
  var s00 = mat4x4f();
  var s01 = mat4x4f();
  var s10 = mat4x4f();
  var s11 = mat4x4f();
  let end = min(dims.k, (part + 1u) * dims.part);
  for (var k = part * dims.part; k < end; k += 2u) {
    let more = k + 1u < end;
    let first = load_step(k);
    let second = load_step(select(k, k + 1u, more));
    let a0 = load_a(rows0, first);
    let a1 = load_a(rows1, first);
    let b0 = load_b(cols0, first);
    let b1 = load_b(cols1, first);
    let c0 = select(vec4f(), load_a(rows0, second), more);
    let c1 = select(vec4f(), load_a(rows1, second), more);
    let d0 = load_b(cols0, second);
    let d1 = load_b(cols1, second);
    s00 = s00 + tile_outer(a0, b0) + tile_outer(c0, d0);
    s01 = s01 + tile_outer(a0, b1) + tile_outer(c0, d1);
    s10 = s10 + tile_outer(a1, b0) + tile_outer(c1, d0);
    s11 = s11 + tile_outer(a1, b1) + tile_outer(c1, d1);
  }
  for (var quarter = 0u; quarter < 4u; quarter++) {
    var s = s00;
    if (quarter == 1u) { s = s01; }
    if (quarter == 2u) { s = s10; }
    if (quarter == 3u) { s = s11; }
    tile_store(s, row + quarter / 2u * 4u, col + quarter % 2u * 4u, part);
  }
}
