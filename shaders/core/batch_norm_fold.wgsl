// The last stage: dweight and dbias are the sums of the chunks' sums; means are both, divided by the valid rows.
//   dweight_sums, dbias_sums: (chunks, width); dweight, dbias: (width); means: (2, width), dweight's first; all set (=)
// One workgroup for `columns` channels of `rows` rows, of `batch` samples.
struct Fold { rows: u32, width: u32, batch: u32, chunks: u32, columns: u32 }
@group(0) @binding(0) var<uniform> totals: Fold;
@group(0) @binding(1) var<storage, read> dweight_sums: array<f32>;
@group(0) @binding(2) var<storage, read> dbias_sums: array<f32>;
@group(0) @binding(3) var<storage, read_write> dweight: array<f32>;
@group(0) @binding(4) var<storage, read_write> dbias: array<f32>;
@group(0) @binding(5) var<storage, read_write> means: array<f32>;
var<private> second: bool;

fn term(i: u32) -> f32 {
  if (second) { return dbias_sums[i]; }
  return dweight_sums[i];
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let start = (group.x + group.y * groups.x) * totals.columns;
  if (start >= totals.width) { return; }
  let here = min(totals.columns, totals.width - start);
  let valid = min(select(step.upcoming, step.valid, TURNED), totals.batch) * (totals.rows / totals.batch);
  let weights = fold(start, here, totals.chunks, totals.width, local);
  second = true;
  workgroupBarrier();
  let biases = fold(start, here, totals.chunks, totals.width, local);
  if (local >= here) { return; }
  let c = start + local;
  dweight[c] = weights;
  dbias[c] = biases;
  means[c] = weights / f32(max(valid, 1u));
  means[totals.width + c] = biases / f32(max(valid, 1u));
}
