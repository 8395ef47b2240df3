// PELU: an ELU with learned scales, p.x of the output and p.y of the input, both above 0.
// Trottier et al. 2017, arXiv:1605.09332
//   y = p.x / p.y * x (x > 0), p.x * (e^u - 1) (x <= 0),  u = x / p.y
//   dx = p.x / p.y (x > 0), p.x / p.y * e^u (x <= 0)        no kink
//   dp.x = u or e^u - 1        dp.y = -p.x / p.y * u * (1 or e^u)
// Left of u = -104, e^u is 0 in f32: hence the clamps, which keep a huge x from overflowing where p.y < 1.
fn inner(x: f32, p: vec4f) -> f32   { return clamp(x, -104.0 * p.y, 0.0) / p.y; }
fn forward(x: f32, p: vec4f) -> f32 { return select(p.x * expm1_neg(inner(x, p)), p.x / p.y * x, x > 0.0); }
fn dx(x: f32, p: vec4f) -> f32      { return p.x / p.y * exp(inner(x, p)); }
fn dp(x: f32, p: vec4f) -> vec4f {
  let u = inner(x, p);
  let by_a = select(expm1_neg(u), x / p.y, x > 0.0);
  let by_c = -p.x / p.y * select(u * exp(u), x / p.y, x > 0.0);
  return vec4f(by_a, by_c, 0.0, 0.0);
}
