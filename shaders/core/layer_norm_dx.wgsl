// dx = scale * (g - mean of g - xhat * mean of (g * xhat)), means over the row: g = dy * weight,
// xhat = (x - x[row, 0] - offset) * scale.
//   x, dy, dx: seen as (rows, width); weight: (width); statistics: (rows, 2), (offset, scale); dx is set (=)
// `lanes` threads have one row.
struct LayerNormDx { rows: u32, width: u32, lanes: u32 }
@group(0) @binding(0) var<uniform> layer_norm: LayerNormDx;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
@group(0) @binding(4) var<storage, read> statistics: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let lanes = layer_norm.lanes;
  let row = ((group.x + group.y * groups.x) * 64u + local) / lanes;
  // Threads beyond the last row have no element, but come to every barrier.
  let end = select(0u, layer_norm.width, row < layer_norm.rows);
  let first = local % lanes;
  let at = min(row, layer_norm.rows - 1u);
  let base = at * layer_norm.width;
  let origin = x[base];
  let offset = statistics[2u * at];
  let scale = statistics[2u * at + 1u];
  var sums = vec2f();
  for (var c = first; c < end; c += lanes) {
    let g = dy[base + c] * weight[c];
    sums += vec2f(g, g * ((x[base + c] - origin) - offset));
  }
  let mean = lane_sum(sums.x, lanes, local) / f32(layer_norm.width);
  let slope = lane_sum(sums.y, lanes, local) * scale / f32(layer_norm.width);
  for (var c = first; c < end; c += lanes) {
    let xhat = ((x[base + c] - origin) - offset) * scale;
    dx[base + c] = scale * (dy[base + c] * weight[c] - mean - xhat * slope);
  }
}
