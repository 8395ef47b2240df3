// GELU, tanh form: within 4.8e-4 of gelu.   Hendrycks and Gimpel 2016, sec. 2
//   y = x * s,  s = (1 + tanh u) / 2 = sigmoid(2u),  u = sqrt(2 / pi) * (x + 0.044715 x^3)
//   dx = s + 2x * s * (1 - s) * u'        no kink
// sig2 instead of tanh, which overflows on real devices. Beyond +-10, s is 0 or 1 in f32: hence the clamps.
fn gate(x: f32) -> vec2f {
  return sig2(1.5957691216 * x * (1.0 + 0.044715 * x * x));
}
fn forward(x: f32, p: vec4f) -> f32 { return max(x, -10.0) * gate(clamp(x, -10.0, 10.0)).x; }
fn dx(x: f32, p: vec4f) -> f32 {
  let c = clamp(x, -10.0, 10.0);
  let s = gate(c);
  return s.x + 1.5957691216 * c * s.x * s.y * (1.0 + 0.134145 * c * c);
}
fn dp(x: f32, p: vec4f) -> vec4f    { return vec4f(0.0); }
