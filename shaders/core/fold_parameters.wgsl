// The last stage: dp[offset[j] + q] = sum of sums[j, c, q'] over all chunks c and all columns q' with
// q' % count[j] == q.
//   sums: (planes, chunks, width); dp: packed parameter gradients, `size` elements, set (=); gaps between them are 0
// One thread per element of dp, adding in ascending order. No barrier: there are few terms left.
struct Fold { p_offset: vec4u, p_count: vec4u, chunks: u32, width: u32, size: u32 }
@group(0) @binding(0) var<uniform> fold: Fold;
@group(0) @binding(1) var<storage, read> sums: array<f32>;
@group(0) @binding(2) var<storage, read_write> dp: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let slot = (group.x + group.y * groups.x) * 64u + local;
  if (slot >= fold.size) { return; }
  // 1 for the parameter that the slot belongs to. Unsigned: a slot before the offset is far beyond the count.
  let mine = (vec4u(slot) - fold.p_offset) < fold.p_count;
  let first = select(vec4u(), fold.p_offset, mine);
  let counts = select(vec4u(), fold.p_count, mine);
  let count = counts.x + counts.y + counts.z + counts.w;
  let which = select(vec4u(), vec4u(0u, 1u, 2u, 3u), mine);
  let plane = (which.x + which.y + which.z + which.w) * fold.chunks;
  var sum = 0.0;
  if (count > 0u) {
    for (var c = 0u; c < fold.chunks; c++) {
      for (var q = slot - (first.x + first.y + first.z + first.w); q < fold.width; q += count) {
        sum += sums[(plane + c) * fold.width + q];
      }
    }
  }
  dp[slot] = sum;
}
