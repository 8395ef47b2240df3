// dtarget = -logits / valid elements, 0 in invalid rows: the gradient of the loss of bce_with_logits by its targets.
//   logits, dtarget: (rows, cols); loss: (2), whose second is the number of valid rows, as that kernel left it
// One thread sets one element of `dtarget` (=). size = rows * cols.
struct BceTarget { size: u32, cols: u32 }
@group(0) @binding(0) var<uniform> bce: BceTarget;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> dtarget: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.x + group.y * groups.x) * 64u + local;
  if (i >= bce.size) { return; }
  let valid = u32(loss[1]) * bce.cols;
  var slope = 0.0;
  if (i < valid) { slope = -logits[i] / f32(valid); }
  dtarget[i] = slope;
}
