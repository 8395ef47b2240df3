// ring[(t - 1) % length] = (loss, correct, valid rows, 0): what a step came to, kept until the host has read it.
//   loss, correct: (1); ring: (length) of vec4f
// One thread.
struct Record { length: u32, rows: u32 }
@group(0) @binding(0) var<uniform> record: Record;
@group(0) @binding(1) var<storage, read> loss: array<f32>;
@group(0) @binding(2) var<storage, read> correct: array<f32>;
@group(0) @binding(3) var<storage, read_write> ring: array<vec4f>;

@compute @workgroup_size(1)
fn main() {
  ring[(step.t - 1u) % record.length] = vec4f(loss[0], correct[0], f32(min(record.rows, step.valid)), 0.0);
}
