// GELU: x times the probability that a standard normal lies below x.   Hendrycks and Gimpel 2016, sec. 2
//   y = x * Phi(x)        dx = Phi(x) + x * phi(x),  phi(x) = e^(-x^2 / 2) / sqrt(2 pi)        no kink
// Left of -13 y is 0 in f32; the clamps keep a huge x from multiplying what is left of Phi, or from overflowing x * x.
fn forward(x: f32, p: vec4f) -> f32 { return max(x, -13.0) * normcdf(x); }
fn dx(x: f32, p: vec4f) -> f32 {
  let c = clamp(x, -13.0, 13.0);
  return normcdf(c) + c * 0.3989422804 * exp(-0.5 * c * c);
}
fn dp(x: f32, p: vec4f) -> vec4f    { return vec4f(0.0); }
