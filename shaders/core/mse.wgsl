// loss = mean over the elements of valid rows of (prediction - target)^2;
// dprediction = 2 (prediction - target) / valid elements, 0 in invalid rows.
//   prediction, dprediction: (rows, cols); wanted: the targets, likewise, their rows found by the sample fragment;
//   loss: (1); all results set (=)
// One workgroup; one thread takes every 64th element, then a tree in fixed order.
struct Mse { rows: u32, cols: u32 }
@group(0) @binding(0) var<uniform> mse: Mse;
@group(0) @binding(1) var<storage, read> prediction: array<f32>;
@group(0) @binding(2) var<storage, read> wanted: array<f32>;
@group(0) @binding(3) var<storage, read_write> loss: array<f32>;
@group(0) @binding(4) var<storage, read_write> dprediction: array<f32>;
var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) local: u32) {
  let valid = min(mse.rows, valid_rows()) * mse.cols;
  let scale = 1.0 / f32(max(valid, 1u));
  var sum = 0.0;
  for (var i = local; i < mse.rows * mse.cols; i += 64u) {
    var difference = 0.0;
    if (i < valid) { difference = prediction[i] - wanted[sample(i / mse.cols) * mse.cols + i % mse.cols]; }
    dprediction[i] = difference * (2.0 * scale);
    sum += difference * difference;
  }
  partial[local] = sum;
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
  let mean = partial[0] * scale;
  if (local == 0u) { loss[0] = mean; }
  conclude(mean, 0.0, local);
}
