// What the cores of the matrix product share: a thread's register tile is made of matrices of 4 x 4, column i of which is
// row i of the tile. WGSL's own indexing by a variable, and arrays, are several times slower in software.

// Four neighbouring rows or columns. Beyond the end the last one repeats: what is summed there is never stored.
fn tile_four(first: u32, end: u32) -> vec4u { return min(first + vec4u(0u, 1u, 2u, 3u), vec4u(end - 1u)); }

fn tile_outer(a: vec4f, b: vec4f) -> mat4x4f { return mat4x4f(a.x * b, a.y * b, a.z * b, a.w * b); }

fn tile_pick(v: vec4f, i: u32) -> f32 {
  let pair = select(v.xy, v.zw, i > 1u);
  return select(pair.x, pair.y, (i & 1u) == 1u);
}

// Gives the sums at (row, col), as far as they lie within C, to the store fragment. The fragment is written out once per
// row, not once per element, for the compiler's sake.
fn tile_store(s: mat4x4f, row: u32, col: u32, part: u32) {
  // There may be more workgroups than tiles.
  if (row >= dims.m || col >= dims.n || part * dims.part >= dims.k) { return; }
  let to = part * dims.m + row;
  let end = min(4u, dims.n - col);
  for (var j = 0u; j < end; j++) {
    var sum = vec4f();
    sum += store(tile_pick(s[0], j), to, col + j);
    if (row + 1u < dims.m) { sum += store(tile_pick(s[1], j), to + 1u, col + j); }
    if (row + 2u < dims.m) { sum += store(tile_pick(s[2], j), to + 2u, col + j); }
    if (row + 3u < dims.m) { sum += store(tile_pick(s[3], j), to + 3u, col + j); }
    finish(sum, to, col + j);
  }
}
