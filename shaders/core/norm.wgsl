// The last stage of the norm of all gradients: norm = sqrt(sum of squares), in ascending order.
//   squares: (SQUARES of norm_squares); norm: (1), set (=)
// One thread: there are few terms left.
@group(0) @binding(0) var<storage, read> squares: array<f32>;
@group(0) @binding(1) var<storage, read_write> norm: array<f32>;

@compute @workgroup_size(1)
fn main() {
  var sum = 0.0;
  for (var i = 0u; i < arrayLength(&squares); i++) { sum += squares[i]; }
  norm[0] = sqrt(sum);
}
