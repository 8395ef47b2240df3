// The batch of this step, taken from a data set on the GPU; whole words, whatever they hold.
//   x: (samples, x_width), y: (samples, y_width); batch_x, batch_y: (batch, ...), set (=); rows beyond the valid ones are 0
// One thread moves one word.
struct Gather { batch: u32, x_width: u32, y_width: u32 }
@group(0) @binding(0) var<uniform> gather: Gather;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<u32>;
@group(0) @binding(3) var<storage, read> y: array<u32>;
@group(0) @binding(4) var<storage, read_write> batch_x: array<u32>;
@group(0) @binding(5) var<storage, read_write> batch_y: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let width = gather.x_width + gather.y_width;
  let t = (group.x + group.y * groups.x) * 64u + local;
  if (t >= gather.batch * width) { return; }
  let row = t / width;
  let col = t % width;
  let valid = row < step.valid;
  let source = select(0u, rows[row], valid);
  if (col < gather.x_width) {
    batch_x[row * gather.x_width + col] = select(0u, x[source * gather.x_width + col], valid);
  } else {
    let label = col - gather.x_width;
    batch_y[row * gather.y_width + label] = select(0u, y[source * gather.y_width + label], valid);
  }
}
