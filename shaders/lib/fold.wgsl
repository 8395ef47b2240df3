// Sums of a few elements over many terms, by a workgroup of 64 threads: where there are fewer elements than threads, several
// add a part of an element's terms each. The core's term(i) reads one.
var<workgroup> fold_parts: array<f32, 64>;

// For thread e < count <= 64: the sum of term(first + c * stride + e) over c < chunks. Called by all threads, with the same
// numbers; the order of the terms depends on these alone.
fn fold(first: u32, count: u32, chunks: u32, stride: u32, local: u32) -> f32 {
  let lanes = min(64u / count, chunks);
  let e = local % count;
  let lane = local / count;
  var sum = 0.0;
  if (lane < lanes) {
    for (var c = lane; c < chunks; c += lanes) { sum += term(first + c * stride + e); }
  }
  if (lanes < 2u) { return sum; }
  fold_parts[local] = sum;
  workgroupBarrier();
  sum = 0.0;
  for (var i = 0u; i < lanes; i++) { sum += fold_parts[i * count + e]; }
  return sum;
}
