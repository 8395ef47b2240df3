// The second stage: dp[offset[j] + q] = sum of component j of sums[c, q'] over all chunks c and all columns q' with
// q' % count[j] == q.
//   sums: (chunks, width) of vec4f; dp: packed parameter gradients, `size` elements, set (=); gaps between them are 0
// One workgroup per element of dp: each thread adds every 64th term in ascending order, then a tree.
struct Fold { p_offset: vec4u, p_count: vec4u, chunks: u32, width: u32, size: u32 }
@group(0) @binding(0) var<uniform> fold: Fold;
@group(0) @binding(1) var<storage, read> sums: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dp: array<f32>;
var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let slot = group.x + group.y * groups.x;
  var j = 4u;
  for (var i = 0u; i < 4u; i++) {
    if (slot >= fold.p_offset[i] && slot < fold.p_offset[i] + fold.p_count[i]) { j = i; }
  }
  var sum = 0.0;
  if (j < 4u) {
    let count = fold.p_count[j];
    let repeats = fold.width / count;
    for (var t = local; t < fold.chunks * repeats; t += 64u) {
      let at = t / repeats * fold.width + t % repeats * count + slot - fold.p_offset[j];
      sum += sums[at][j];
    }
  }
  partial[local] = sum;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (local < half) { partial[local] += partial[local + half]; }
    workgroupBarrier();
  }
  if (local == 0u && slot < fold.size) { dp[slot] = partial[0]; }
}
