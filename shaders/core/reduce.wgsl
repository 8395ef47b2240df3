// out[o, c, i] = factor * sum over j of x[o, j, i], j = c, c + chunks, c + 2 chunks, ... < n
//   x: (outer, n, inner); out: (outer, chunks, inner)
// One thread sets one element of `out` (=), adding in ascending j. Called again on its own result (n = chunks) until
// one chunk is left: a tree whose shape depends on n alone, so that sums have the same bits every time.
struct Reduce { outer: u32, n: u32, inner: u32, chunks: u32, factor: f32 }
@group(0) @binding(0) var<uniform> reduce: Reduce;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let t = (group.x + group.y * groups.x) * 64u + local;
  if (t >= reduce.outer * reduce.chunks * reduce.inner) { return; }
  let i = t % reduce.inner;
  let c = t / reduce.inner % reduce.chunks;
  let o = t / reduce.inner / reduce.chunks;
  var sum = 0.0;
  for (var j = c; j < reduce.n; j += reduce.chunks) {
    sum += x[(o * reduce.n + j) * reduce.inner + i];
  }
  out[t] = sum * reduce.factor;
}
