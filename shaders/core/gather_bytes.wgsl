// The batch of this step, taken from a data set of bytes on the GPU, four to a word, the first in the lowest bits.
//   data: samples first to first + count of the data set, (count, width) bytes; rows: (rows of the batch)
//   out = byte * scale, set (=) for the rows of the batch whose samples are there; those beyond the valid ones are 0
struct Gather { rows: u32, width: u32, first: u32, count: u32, scale: f32 }
@group(0) @binding(0) var<uniform> gather: Gather;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read> data: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let t = (group.x + group.y * groups.x) * 64u + local;
  if (t >= gather.rows * gather.width) { return; }
  let row = t / gather.width;
  // Unsigned: what lies before the first is far beyond the last.
  let sample_at = rows[row] - gather.first;
  if (sample_at >= gather.count) { return; }
  let at = sample_at * gather.width + t % gather.width;
  let byte = (data[at / 4u] >> (at % 4u * 8u)) & 0xffu;
  out[t] = select(0.0, f32(byte) * gather.scale, row < step.upcoming);
}
