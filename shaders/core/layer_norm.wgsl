// y = (x - mean) / sqrt(variance + eps) * weight + bias, mean and variance of each row. Ba et al. 2016, eq. 3 and 4
//   x, y: seen as (rows, width); weight, bias: (width); y is set (=)
//   statistics: (rows, 2), set (=): (offset, 1 / sqrt(variance + eps)), where the mean is x[row, 0] + offset, kept apart as
//   no f32 may hold it
// `lanes` threads have one row, in two passes and a third for y.
struct LayerNorm { rows: u32, width: u32, lanes: u32, eps: f32 }
@group(0) @binding(0) var<uniform> layer_norm: LayerNorm;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> statistics: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let lanes = layer_norm.lanes;
  let row = ((group.x + group.y * groups.x) * 64u + local) / lanes;
  // Threads beyond the last row have no element, but come to every barrier.
  let end = select(0u, layer_norm.width, row < layer_norm.rows);
  let first = local % lanes;
  let base = min(row, layer_norm.rows - 1u) * layer_norm.width;
  let origin = x[base];
  var sum = 0.0;
  for (var c = first; c < end; c += lanes) { sum += x[base + c] - origin; }
  let offset = lane_sum(sum, lanes, local) / f32(layer_norm.width);
  var square = 0.0;
  for (var c = first; c < end; c += lanes) {
    let d = (x[base + c] - origin) - offset;
    square += d * d;
  }
  let scale = inverseSqrt(lane_sum(square, lanes, local) / f32(layer_norm.width) + layer_norm.eps);
  for (var c = first; c < end; c += lanes) {
    y[base + c] = ((x[base + c] - origin) - offset) * scale * weight[c] + bias[c];
  }
  if (end > 0u && first == 0u) {
    statistics[2u * row] = offset;
    statistics[2u * row + 1u] = scale;
  }
}
