// C = A B, as gemm has it, with A and B brought to workgroup memory first: a workgroup loads every element once, not once
// for each thread that needs it. For GPUs; in software, where all memory is alike, it gains nothing.
// Thread (x, y) has a register tile of 8 x 4: rows 8 y .. 8 y + 7 of the workgroup's, and columns 4 x .. 4 x + 3. At each
// turn it brings its rows' elements of step x, and its columns' of step y: DEPTH steps in all.
struct Gemm { m: u32, n: u32, k: u32, part: u32 }
const TILE_ROWS = 64u;
const TILE_COLS = 32u;
const DEPTH = 8u;
@group(0) @binding(0) var<uniform> dims: Gemm;
var<workgroup> shared_a: array<vec4f, 128>; // (DEPTH, rows / 4)
var<workgroup> shared_b: array<vec4f, 64>; // (DEPTH, columns / 4)

@compute @workgroup_size(8, 8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let tile = group.x + group.y * groups.x;
  let across = (dims.n + TILE_COLS - 1u) / TILE_COLS;
  let tiles = across * ((dims.m + TILE_ROWS - 1u) / TILE_ROWS);
  let part = tile / tiles;
  let row = tile % tiles / across * TILE_ROWS + local.y * 8u;
  let col = tile % across * TILE_COLS + local.x * 4u;
  let rows0 = load_rows(tile_four(row, dims.m));
  let rows1 = load_rows(tile_four(row + 4u, dims.m));
  let cols = load_cols(tile_four(col, dims.n));
  var s0 = mat4x4f();
  var s1 = mat4x4f();
  let last = min(dims.k, (part + 1u) * dims.part);
  for (var k = part * dims.part; k < last; k += DEPTH) {
    // Beyond the last step it is repeated, and not used.
    let step = load_step(min(k + local.x, last - 1u));
    shared_a[local.x * 16u + 2u * local.y] = load_a(rows0, step);
    shared_a[local.x * 16u + 2u * local.y + 1u] = load_a(rows1, step);
    shared_b[local.y * 8u + local.x] = load_b(cols, load_step(min(k + local.y, last - 1u)));
    workgroupBarrier();
    let end = min(DEPTH, last - k);
    for (var i = 0u; i < end; i++) {
      let b = shared_b[i * 8u + local.x];
      s0 = s0 + tile_outer(shared_a[i * 16u + 2u * local.y], b);
      s1 = s1 + tile_outer(shared_a[i * 16u + 2u * local.y + 1u], b);
    }
    workgroupBarrier();
  }
  tile_store(s0, row, col, part);
  tile_store(s1, row + 4u, col, part);
}
