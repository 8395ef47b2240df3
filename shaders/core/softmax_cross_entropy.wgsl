// loss = mean over valid rows of (log sum exp(z) - sum target z); correct = rows whose first largest logit is the label's;
// dlogits = (softmax(z) - target) / valid rows, 0 in invalid rows.
//   target: `on` for the label, `off` for the other classes; 1 and 0 unless labels are smoothed
//   logits, dlogits: (rows, classes); labels: (rows), read through the sample fragment; loss: (2), the loss and
//   correct; all results set (=)
// One workgroup; one thread takes every 64th row, then a tree in fixed order. Shifted by the row's maximum, in halves
// so that the difference of two huge logits does not overflow; exp(-128) is 0 in f32.
struct CrossEntropy { rows: u32, classes: u32, on: f32, off: f32 }
@group(0) @binding(0) var<uniform> cross_entropy: CrossEntropy;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
@group(0) @binding(3) var<storage, read_write> loss: array<f32>;
@group(0) @binding(4) var<storage, read_write> dlogits: array<f32>;
var<workgroup> partial: array<vec2f, 64>;

fn shifted(z: f32, top: f32) -> f32 { return 2.0 * max(0.5 * z - 0.5 * top, -64.0); }

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) local: u32) {
  let classes = cross_entropy.classes;
  let valid = min(cross_entropy.rows, valid_rows());
  var sums = vec2f();
  for (var row = local; row < cross_entropy.rows; row += 64u) {
    let base = row * classes;
    if (row >= valid) {
      for (var c = 0u; c < classes; c++) { dlogits[base + c] = 0.0; }
      continue;
    }
    var top = logits[base];
    var best = 0u;
    for (var c = 1u; c < classes; c++) {
      if (logits[base + c] > top) {
        top = logits[base + c];
        best = c;
      }
    }
    var sum = 0.0;
    for (var c = 0u; c < classes; c++) { sum += exp(shifted(logits[base + c], top)); }
    let label = min(labels[sample(row)], classes - 1u);
    for (var c = 0u; c < classes; c++) {
      let probability = exp(shifted(logits[base + c], top)) / sum;
      let wanted = select(cross_entropy.off, cross_entropy.on, c == label);
      dlogits[base + c] = (probability - wanted) / f32(valid);
    }
    var missed = top - logits[base + label];
    if (cross_entropy.off > 0.0) {
      var half = 0.0;
      for (var c = 0u; c < classes; c++) {
        half += select(cross_entropy.off, cross_entropy.on, c == label) * (0.5 * top - 0.5 * logits[base + c]);
      }
      missed = 2.0 * half;
    }
    sums += vec2f(log(sum) + missed, f32(best == label));
  }
  partial[local] = sums;
  workgroupBarrier();
  // Two stages of eight terms or fewer: barriers cost more than additions.
  if (local < 8u) {
    for (var i = local + 8u; i < 64u; i += 8u) { partial[local] += partial[i]; }
  }
  workgroupBarrier();
  if (local == 0u) {
    for (var i = 1u; i < 8u; i++) { partial[0] += partial[i]; }
  }
  workgroupBarrier();
  let mean = partial[0].x / f32(max(valid, 1u));
  let correct = partial[0].y;
  if (local == 0u) {
    loss[0] = mean;
    loss[1] = correct;
  }
  conclude(mean, correct, local);
}
