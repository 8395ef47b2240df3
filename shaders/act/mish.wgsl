// Mish: x times tanh(softplus(x)).   Misra 2019, arXiv:1908.08681
//   y = x * t,  t = tanh(log(1 + e^x))        dx = t + x * w,  w = sigmoid(x) * (1 - t^2)        no kink
// With e = e^-|x|, which cannot overflow, both are quotients of polynomials:
//     x >= 0:  d = 1 + 2e + 2e^2,  t = (1 + 2e) / d,  w = 4e^2 (1 + e) / d^2
//     x < 0:   d = e^2 + 2e + 2,   t = (d - 2) / d,   w = 4e (1 + e) / d^2
fn parts(x: f32) -> vec2f {
  let e = exp(-abs(x));
  let right = x >= 0.0;
  let d = select(e * (e + 2.0) + 2.0, 1.0 + 2.0 * e * (1.0 + e), right);
  let t = select(e * (e + 2.0), 1.0 + 2.0 * e, right) / d;
  return vec2f(t, 4.0 * e * select(1.0, e, right) * (1.0 + e) / (d * d));
}
fn forward(x: f32, p: vec4f) -> f32 { return x * parts(x).x; }
fn dx(x: f32, p: vec4f) -> f32 {
  let t = parts(x);
  return t.x + x * t.y;
}
fn dp(x: f32, p: vec4f) -> vec4f    { return vec4f(0.0); }
