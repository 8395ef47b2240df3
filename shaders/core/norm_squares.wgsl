// The first stage of the norm of all gradients: squares[w] = sum of g^2 over every element that workgroup w takes.
//   gradients: (size); squares: (SQUARES), set (=)
// Gradients beyond +-1e15 count as that much, so that no square and no sum of 1e8 of them overflows.
struct Norm { size: u32 }
const SQUARES = 64u;
@group(0) @binding(0) var<uniform> norm: Norm;
@group(0) @binding(1) var<storage, read> gradients: array<f32>;
@group(0) @binding(2) var<storage, read_write> squares: array<f32>;
var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  var sum = 0.0;
  for (var i = group.x * 64u + local; i < norm.size; i += SQUARES * 64u) {
    let g = clamp(gradients[i], -1e15, 1e15);
    sum += g * g;
  }
  partial[local] = sum;
  workgroupBarrier();
  if (local < 8u) {
    for (var i = local + 8u; i < 64u; i += 8u) { partial[local] += partial[i]; }
  }
  workgroupBarrier();
  if (local == 0u) {
    for (var i = 1u; i < 8u; i++) { partial[0] += partial[i]; }
    squares[group.x] = partial[0];
  }
}
