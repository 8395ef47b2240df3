// The batch of this step, taken from a data set on the GPU; whole words, whatever they hold.
//   data: (samples, width); rows: (rows of the batch); out: the batch, set (=); rows beyond the valid ones are 0
// One thread moves one word.
struct Gather { rows: u32, width: u32 }
@group(0) @binding(0) var<uniform> gather: Gather;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read> data: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let t = (group.x + group.y * groups.x) * 64u + local;
  if (t >= gather.rows * gather.width) { return; }
  let row = t / gather.width;
  var word = 0u;
  if (row < step.upcoming) { word = data[rows[row] * gather.width + t % gather.width]; }
  out[t] = word;
}
