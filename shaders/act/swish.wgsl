// Swish: x times a sigmoid of p.x * x; SiLU for p.x = 1, GELU's sigmoid form for 1.702.   Ramachandran et al. 2017
//   y = x * s,  s = sigmoid(p.x * x)        dx = s + p.x * x * s * (1 - s)        no kink
//   dp.x = x^2 * s * (1 - s)
// The clamp keeps the product from overflowing; out there s * (1 - s) is 0.
fn forward(x: f32, p: vec4f) -> f32 { return x * sig2(p.x * clamp(x, -1e30, 1e30)).x; }
fn dx(x: f32, p: vec4f) -> f32 {
  let c = clamp(x, -1e30, 1e30);
  let s = sig2(p.x * c);
  return s.x + p.x * (c * (s.x * s.y));
}
fn dp(x: f32, p: vec4f) -> vec4f {
  let c = clamp(x, -1e30, 1e30);
  let s = sig2(p.x * c);
  return vec4f(c * (c * (s.x * s.y)), 0.0, 0.0, 0.0);
}
