// The first stage of each channel's mean and variance over the valid rows of a batch; of each chunk of rows,
//   means = mean of d,  squares = sum of (d - means)^2,  d = x - x[0, channel]
// Differences from the first row are exact or nearly so where the mean is large beside the deviation.
//   x: seen as (rows, width), of `batch` samples; means, squares: (chunks, width), set (=); 0 without a valid row
// One thread has one column of one chunk, in two passes.
struct Moments { rows: u32, width: u32, batch: u32, chunk_rows: u32, chunks: u32 }
@group(0) @binding(0) var<uniform> moments: Moments;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> means: array<f32>;
@group(0) @binding(3) var<storage, read_write> squares: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let t = (group.x + group.y * groups.x) * 64u + local;
  if (t >= moments.chunks * moments.width) { return; }
  let valid = min(select(step.upcoming, step.valid, TURNED), moments.batch) * (moments.rows / moments.batch);
  let c = t % moments.width;
  let first = t / moments.width * moments.chunk_rows;
  let end = min(first + moments.chunk_rows, valid);
  let origin = x[c];
  var sum = 0.0;
  for (var row = first; row < end; row++) { sum += x[row * moments.width + c] - origin; }
  let mean = sum / f32(max(end, first + 1u) - first);
  var square = 0.0;
  for (var row = first; row < end; row++) {
    let d = (x[row * moments.width + c] - origin) - mean;
    square += d * d;
  }
  means[t] = mean;
  squares[t] = square;
}
