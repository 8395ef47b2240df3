// The last stage of each channel's mean and variance: those of the chunks, joined. Chan et al. 1983
//   offset = sum of n means / rows,  variance = sum of (squares + n (means - offset)^2) / rows,  n: a chunk's valid rows
//   x: seen as (rows, width), of `batch` samples; means, squares: (chunks, width)
//   origin = x[0], offset, variance: (width), set (=): the mean is origin + offset, kept apart as no f32 may hold it
//   running_mean, running_var: (width), updated: <- rest * old + momentum * new, the variance's sum divided by rows - 1,
//   and only of two rows or more; without TRACKED, set to 0
// One workgroup for `columns` channels.
override TRACKED: bool = true;
struct Statistics { rows: u32, width: u32, batch: u32, chunk_rows: u32, chunks: u32, columns: u32, momentum: f32, rest: f32 }
@group(0) @binding(0) var<uniform> joined: Statistics;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> means: array<f32>;
@group(0) @binding(3) var<storage, read> squares: array<f32>;
@group(0) @binding(4) var<storage, read_write> origin: array<f32>;
@group(0) @binding(5) var<storage, read_write> offset: array<f32>;
@group(0) @binding(6) var<storage, read_write> variance: array<f32>;
@group(0) @binding(7) var<storage, read_write> running_mean: array<f32>;
@group(0) @binding(8) var<storage, read_write> running_var: array<f32>;
var<private> valid: u32;
var<private> mean: f32;
var<private> spread: bool;

fn term(i: u32) -> f32 {
  let first = i / joined.width * joined.chunk_rows;
  let n = f32(min(max(valid, first) - first, joined.chunk_rows));
  let d = means[i] - mean;
  return select(n * means[i], squares[i] + n * d * d, spread);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let start = (group.x + group.y * groups.x) * joined.columns;
  if (start >= joined.width) { return; }
  let here = min(joined.columns, joined.width - start);
  valid = min(select(step.upcoming, step.valid, TURNED), joined.batch) * (joined.rows / joined.batch);
  let count = f32(max(valid, 1u));
  mean = fold(start, here, joined.chunks, joined.width, local) / count;
  spread = true;
  workgroupBarrier();
  let square = fold(start, here, joined.chunks, joined.width, local);
  if (local >= here) { return; }
  let c = start + local;
  origin[c] = x[c];
  offset[c] = mean;
  variance[c] = square / count;
  if (!TRACKED) {
    running_mean[c] = 0.0;
    running_var[c] = 0.0;
    return;
  }
  running_mean[c] = joined.rest * running_mean[c] + joined.momentum * (x[c] + mean);
  if (valid > 1u) { running_var[c] = joined.rest * running_var[c] + joined.momentum * square / (count - 1.0); }
}
