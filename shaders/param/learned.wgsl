// A rectifier's parameters where some are learned. Parameter j of element i (counted through the whole tensor) is
//   slopes[p_offset[j] + i % p_count[j]]   if p_count[j] > 0, else p_value[j]
// p_count is 1 (one for the layer), the number of channels (the last axis), or the elements of a sample.
struct Parameters { p_value: vec4f, p_offset: vec4u, p_count: vec4u }
@group(0) @binding(60) var<uniform> learned: Parameters;
@group(0) @binding(61) var<storage, read> slopes: array<f32>;

fn parameters(i: u32) -> vec4f {
  // Written out: indexing a vector by a variable is slow in software.
  let count = learned.p_count;
  let at = learned.p_offset + vec4u(i) % max(count, vec4u(1u));
  var p = learned.p_value;
  if (count.x > 0u) { p.x = slopes[at.x]; }
  if (count.y > 0u) { p.y = slopes[at.y]; }
  if (count.z > 0u) { p.z = slopes[at.z]; }
  if (count.w > 0u) { p.w = slopes[at.w]; }
  return p;
}
