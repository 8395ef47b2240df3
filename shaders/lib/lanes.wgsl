// Sums over the `lanes` neighbouring threads, of 64, that share a row; `lanes` divides 64.
var<workgroup> lane_parts: array<f32, 64>;

// Called by all threads; the same for all that share a row, added in ascending order.
fn lane_sum(mine: f32, lanes: u32, local: u32) -> f32 {
  if (lanes < 2u) { return mine; }
  workgroupBarrier();
  lane_parts[local] = mine;
  workgroupBarrier();
  let first = local - local % lanes;
  var sum = 0.0;
  for (var i = first; i < first + lanes; i++) { sum += lane_parts[i]; }
  return sum;
}
