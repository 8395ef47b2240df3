// Square-root ReLU: grows like a square root to the right.   The library dnnet calls it SRReLU
//   y = sqrt(c + 1) - 1 = c / (sqrt(c + 1) + 1),  c = max(x, 0)
//   dx = 1 / (2 sqrt(x + 1)) (x > 0), 0 (x <= 0)        at 0: dx = 0
fn forward(x: f32, p: vec4f) -> f32 {
  let c = max(x, 0.0);
  return c / (sqrt(c + 1.0) + 1.0);
}
fn dx(x: f32, p: vec4f) -> f32      { return select(0.0, 0.5 / sqrt(max(x, 0.0) + 1.0), x > 0.0); }
fn dp(x: f32, p: vec4f) -> vec4f    { return vec4f(0.0); }
