// loss = mean over the elements of valid rows of log(1 + e^z) - z t = max(z, 0) - z t + log(1 + e^-|z|);
// dlogits = (sigmoid(z) - t) / valid elements, 0 in invalid rows.
//   logits (z), dlogits: (rows, cols); wanted: the targets t, likewise, their rows found by the sample fragment;
//   loss: (2), the loss and the number of valid rows; all results set (=)
// One workgroup; one thread takes every 64th element, then a tree in fixed order. max(z, 0) - z t is |z| times what is
// missed of the target, and sigmoid(z) - t likewise: no term cancels another, however large z is.
struct Bce { rows: u32, cols: u32 }
@group(0) @binding(0) var<uniform> bce: Bce;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> wanted: array<f32>;
@group(0) @binding(3) var<storage, read_write> loss: array<f32>;
@group(0) @binding(4) var<storage, read_write> dlogits: array<f32>;
var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) local: u32) {
  let filled = min(bce.rows, valid_rows());
  let valid = filled * bce.cols;
  let scale = 1.0 / f32(max(valid, 1u));
  var sum = 0.0;
  for (var i = local; i < bce.rows * bce.cols; i += 64u) {
    var slope = 0.0;
    if (i < valid) {
      let z = logits[i];
      let t = wanted[sample(i / bce.cols) * bce.cols + i % bce.cols];
      let s = sig2(z);
      slope = s.x * (1.0 - t) - s.y * t;
      sum += abs(z) * select(t, 1.0 - t, z >= 0.0) + log1p01(exp(-abs(z)));
    }
    dlogits[i] = slope * scale;
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
  if (local == 0u) {
    loss[0] = mean;
    loss[1] = f32(filled);
  }
  conclude(mean, 0.0, local);
}
