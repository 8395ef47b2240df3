// The product is a gradient: its parameters learn from it at once, and it is not kept.
//   out_at: where the first element's parameter lies in the optimizer's pools; out_row: how it learns
struct Update { out_at: u32, out_row: u32 }
@group(0) @binding(40) var<uniform> of_update: Update;

fn store(value: f32, row: u32, col: u32) -> vec4f {
  learn(of_update.out_at + row * dims.n + col, value, of_update.out_row);
  return vec4f();
}
fn finish(sum: vec4f, row: u32, col: u32) {}
