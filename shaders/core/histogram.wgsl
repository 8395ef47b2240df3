// How the pre-activations of a layer are spread, over the valid rows of a batch: counts of BINS equal bins from `low` on,
// `scale` of them to a unit; the first and the last also count what lies beyond.
//   z: seen as (rows, width), of `batch` samples; counts: (BINS), set (=)
// One workgroup; every thread counts apart, 64 * BINS words, so that no order matters and no atomic is needed.
const BINS = 48u;
struct Histogram { rows: u32, width: u32, batch: u32, low: f32, scale: f32 }
@group(0) @binding(0) var<uniform> histogram: Histogram;
@group(0) @binding(1) var<storage, read> z: array<f32>;
@group(0) @binding(2) var<storage, read_write> counts: array<u32>;
var<workgroup> apart: array<u32, 64 * BINS>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) local: u32) {
  let size = min(step.valid, histogram.batch) * (histogram.rows / histogram.batch) * histogram.width;
  for (var i = local; i < size; i += 64u) {
    let bin = u32(clamp((z[i] - histogram.low) * histogram.scale, 0.0, f32(BINS - 1u)));
    apart[bin * 64u + local] += 1u;
  }
  workgroupBarrier();
  if (local >= BINS) { return; }
  var sum = 0u;
  for (var thread = 0u; thread < 64u; thread++) { sum += apart[local * 64u + thread]; }
  counts[local] = sum;
}
