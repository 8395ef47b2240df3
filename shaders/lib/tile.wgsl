// What the cores of the matrix product share: a thread's register tile is made of matrices of 4 x 4, column i of which is
// row i of the tile. WGSL's own indexing by a variable, and arrays, are several times slower in software.

// Four neighbouring rows or columns. Beyond the end the last one repeats: what is summed there is never stored.
fn tile_four(first: u32, end: u32) -> vec4u { return min(first + vec4u(0u, 1u, 2u, 3u), vec4u(end - 1u)); }

fn tile_outer(a: vec4f, b: vec4f) -> mat4x4f { return mat4x4f(a.x * b, a.y * b, a.z * b, a.w * b); }

fn tile_pick(v: vec4f, i: u32) -> f32 {
  let pair = select(v.xy, v.zw, i > 1u);
  return select(pair.x, pair.y, (i & 1u) == 1u);
}

// Gives the sums at (row, col) and below, as far as they lie within C, to the store fragment: the rows of the upper and the
// lower four are one chunk. The fragment is written out once for each of four rows, for the compiler's sake.
fn tile_store(upper: mat4x4f, lower: mat4x4f, row: u32, col: u32) {
  if (row >= dims.m || col >= dims.n) { return; }
  let end = min(4u, dims.n - col);
  for (var j = 0u; j < end; j++) {
    var sum = vec4f();
    for (var first = row; first < min(row + THREAD_ROWS, dims.m); first += 4u) {
      let low = first > row;
      sum += store(select(tile_pick(upper[0], j), tile_pick(lower[0], j), low), first, col + j);
      if (first + 1u < dims.m) { sum += store(select(tile_pick(upper[1], j), tile_pick(lower[1], j), low), first + 1u, col + j); }
      if (first + 2u < dims.m) { sum += store(select(tile_pick(upper[2], j), tile_pick(lower[2], j), low), first + 2u, col + j); }
      if (first + 3u < dims.m) { sum += store(select(tile_pick(upper[3], j), tile_pick(lower[3], j), low), first + 3u, col + j); }
    }
    finish(sum, row / THREAD_ROWS, col + j);
  }
}
