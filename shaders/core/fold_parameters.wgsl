// The last stage: dp[offset[j] + q] = sum of sums[j, c, q'] over all chunks c and all columns q' with
// q' % count[j] == q.
//   sums: (planes, chunks, width); dp: packed parameter gradients, `size` elements, set (=); gaps between them are 0
// One workgroup for 64 slots, which belong to one parameter: each starts at a multiple of 64.
struct Fold { p_offset: vec4u, p_count: vec4u, chunks: u32, width: u32, size: u32 }
@group(0) @binding(0) var<uniform> slots: Fold;
@group(0) @binding(1) var<storage, read> sums: array<f32>;
@group(0) @binding(2) var<storage, read_write> dp: array<f32>;

fn term(i: u32) -> f32 { return sums[i]; }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let start = (group.x + group.y * groups.x) * 64u;
  if (start >= slots.size) { return; }
  var which = 0u;
  for (var j = 1u; j < 4u; j++) {
    if (start >= slots.p_offset[j] && start < slots.p_offset[j] + slots.p_count[j]) { which = j; }
  }
  let count = slots.p_count[which];
  let column = start - slots.p_offset[which];
  let plane = which * slots.chunks * slots.width;
  let here = min(64u, count - column);
  // A column of `count` comes again every `count` elements, in this chunk and on through the next.
  let sum = fold(plane + column, here, slots.chunks * (slots.width / count), count, local);
  let slot = start + local;
  if (slot < slots.size) { dp[slot] = select(0.0, sum, local < here); }
}
