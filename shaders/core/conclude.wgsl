// Gives a loss, and its count of correct answers, to the end fragment.
//   loss: (1); correct: its last element is the count
// One workgroup.
@group(0) @binding(0) var<storage, read> loss: array<f32>;
@group(0) @binding(1) var<storage, read> correct: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) local: u32) {
  conclude(loss[0], correct[arrayLength(&correct) - 1u], local);
}
