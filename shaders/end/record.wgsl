// ring[(t - 1) % ring_length] = (loss, correct, valid rows, 0): what a step came to, kept until the host has read it.
//   ring: (ring_length) of vec4f
struct Ring { ring_length: u32, ring_rows: u32 }
@group(0) @binding(90) var<uniform> of_ring: Ring;
@group(0) @binding(91) var<storage, read_write> ring: array<vec4f>;

fn conclude(loss: f32, correct: f32) {
  let valid = f32(min(of_ring.ring_rows, step.valid));
  ring[(step.t - 1u) % of_ring.ring_length] = vec4f(loss, correct, valid, 0.0);
}
