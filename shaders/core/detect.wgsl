// Looks for numbers that are not finite, in the bits: WGSL may assume that there are none. The largest number counts, too:
// an update keeps values within the numbers.
//   words: memory in which results lie; spans: pieces of it, with the rank of the result among all of a step's
//   found: (lowest rank of the first step that has any, that step), updated; both 0xffffffff at first
// One workgroup per span.
struct Span { first: u32, count: u32, rank: u32 }
@group(0) @binding(0) var<storage, read> spans: array<Span>;
@group(0) @binding(1) var<storage, read> words: array<u32>;
@group(0) @binding(2) var<storage, read_write> found: array<atomic<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let index = group.x + group.y * groups.x;
  if (index >= arrayLength(&spans)) { return; }
  let span = spans[index];
  var bad = false;
  for (var i = local; i < span.count; i += 64u) {
    bad = bad || (words[span.first + i] & 0x7fffffffu) >= 0x7f7fffffu;
  }
  if (bad && atomicMin(&found[1], step.t) >= step.t) { atomicMin(&found[0], span.rank); }
}
