// C = A B, as gemm has it, with loads shared by the four threads of a quad: each loads four of the quad's 16 rows of A, and
// all of them get all. A thread has a register tile of 16 x 4. The fastest in software, where a subgroup has four threads;
// a workgroup is one quad, since WGSL does not promise which threads of a larger one are quads.
enable subgroups;
struct Gemm { m: u32, n: u32, k: u32, part: u32 }
const TILE_ROWS = 16u;
const TILE_COLS = 16u;
@group(0) @binding(0) var<uniform> dims: Gemm;

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32, @builtin(subgroup_invocation_id) lane: u32) {
  let tile = group.x + group.y * groups.x;
  let across = (dims.n + TILE_COLS - 1u) / TILE_COLS;
  let tiles = across * ((dims.m + TILE_ROWS - 1u) / TILE_ROWS);
  let part = tile / tiles;
  let row = tile % tiles / across * TILE_ROWS;
  let col = tile % across * TILE_COLS + local * 4u;
  // A thread outside of C loads for the others.
  let rows = load_rows(tile_four(row + lane * 4u, dims.m));
  let cols = load_cols(tile_four(col, dims.n));
  var s0 = mat4x4f();
  var s1 = mat4x4f();
  var s2 = mat4x4f();
  var s3 = mat4x4f();
  let end = min(dims.k, (part + 1u) * dims.part);
  for (var k = part * dims.part; k < end; k += 2u) {
    let more = k + 1u < end;
    let first = load_step(k);
    let second = load_step(select(k, k + 1u, more));
    let a = load_a(rows, first);
    let b = load_b(cols, first);
    let c = select(vec4f(), load_a(rows, second), more);
    let d = load_b(cols, second);
    s0 = s0 + tile_outer(quadBroadcast(a, 0u), b) + tile_outer(quadBroadcast(c, 0u), d);
    s1 = s1 + tile_outer(quadBroadcast(a, 1u), b) + tile_outer(quadBroadcast(c, 1u), d);
    s2 = s2 + tile_outer(quadBroadcast(a, 2u), b) + tile_outer(quadBroadcast(c, 2u), d);
    s3 = s3 + tile_outer(quadBroadcast(a, 3u), b) + tile_outer(quadBroadcast(c, 3u), d);
  }
  for (var quarter = 0u; quarter < 4u; quarter++) {
    var s = s0;
    if (quarter == 1u) { s = s1; }
    if (quarter == 2u) { s = s2; }
    if (quarter == 3u) { s = s3; }
    tile_store(s, row + quarter * 4u, col, part);
  }
}
