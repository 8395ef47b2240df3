// The batch of this step, taken from a data set on the GPU; whole words, whatever they hold.
//   data: samples first to first + count of the data set, (count, width); rows: (rows of the batch)
//   out: the rows of the batch whose samples are there, set (=); those beyond the valid ones are 0
// One thread moves one word.
struct Gather { rows: u32, width: u32, first: u32, count: u32 }
@group(0) @binding(0) var<uniform> gather: Gather;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read> data: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let t = (group.x + group.y * groups.x) * 64u + local;
  if (t >= gather.rows * gather.width) { return; }
  let row = t / gather.width;
  // Unsigned: what lies before the first is far beyond the last.
  let at = rows[row] - gather.first;
  if (at >= gather.count) { return; }
  out[t] = select(0u, data[at * gather.width + t % gather.width], row < step.upcoming);
}
