// The product is a gradient, its last row that of other parameters (biases): all learn from it at once, and it is not kept.
//   *_at: where the first parameter of each lies in the optimizer's pools; *_row: how they learn
struct Update { out_at: u32, out_row: u32, last_row_at: u32, last_row_row: u32 }
@group(0) @binding(40) var<uniform> of_update: Update;

fn store(value: f32, row: u32, col: u32) -> vec4f {
  let last = row + 1u == dims.m;
  let at = select(of_update.out_at + row * dims.n, of_update.last_row_at, last) + col;
  learn(at, value, select(of_update.out_row, of_update.last_row_row, last));
  return vec4f();
}
fn finish(sum: vec4f, row: u32, col: u32) {}
