// A rectifier's parameters where some are learned. Parameter j of element i (counted through the whole tensor) is
//   slopes[p_offset[j] + i % p_count[j]]   if p_count[j] > 0, else p_value[j]
// p_count is 1 (one for the layer), the number of channels (the last axis), or the elements of a sample.
struct Parameters { p_value: vec4f, p_offset: vec4u, p_count: vec4u }
@group(0) @binding(60) var<uniform> learned: Parameters;
@group(0) @binding(61) var<storage, read> slopes: array<f32>;

fn parameters(i: u32) -> vec4f {
  var p = learned.p_value;
  for (var j = 0u; j < 4u; j++) {
    if (learned.p_count[j] > 0u) { p[j] = slopes[learned.p_offset[j] + i % learned.p_count[j]]; }
  }
  return p;
}
