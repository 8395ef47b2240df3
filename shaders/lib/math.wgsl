// Functions that WGSL lacks (erf, expm1, log1p) or does not evaluate safely (tanh, a sigmoid by hand).
// Finite for every finite x. No infinity is relied on (WGSL may assume that there is none), and no compensated sum
// (WGSL allows reassociation). Both arms of a select are evaluated, so both get clamped arguments.

// (sigmoid(x), 1 - sigmoid(x)), each without cancellation: relative error 2.3e-7, and that of exp.
fn sig2(x: f32) -> vec2f {
  let e = exp(-abs(x));
  let large = 1.0 / (1.0 + e);
  let small = e * large;
  return select(vec2f(small, large), vec2f(large, small), x >= 0.0);
}

// log(1 + u) for 0 <= u <= 1, as 2 atanh(u / (2 + u)) by its power series; relative error 2.2e-7.
fn log1p01(u: f32) -> f32 {
  let s = u / (2.0 + u);
  let q = s * s;
  let tail = 1.0 / 7.0 + q * (1.0 / 9.0 + q * (1.0 / 11.0 + q * (1.0 / 13.0)));
  return 2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * tail)));
}

// e^min(x, 0) - 1; relative error 2e-7. Near 0, where the difference would cancel, the power series takes over.
fn expm1_neg(x: f32) -> f32 {
  let c = min(x, 0.0);
  let h = max(c, -0.5);
  let tail = 1.0 / 120.0 + h * (1.0 / 720.0 + h * (1.0 / 5040.0 + h * (1.0 / 40320.0)));
  let series = h * (1.0 + h * (1.0 / 2.0 + h * (1.0 / 6.0 + h * (1.0 / 24.0 + h * tail))));
  return select(exp(c) - 1.0, series, c > -0.5);
}

// P(z < x) for a standard normal z; absolute error 1.5e-7. Abramowitz and Stegun, 7.1.26 (erf at x / sqrt 2).
fn normcdf(x: f32) -> f32 {
  let z = min(abs(x), 13.0) * 0.7071067812; // beyond 13 the tail is no longer a normal f32
  let t = 1.0 / (1.0 + 0.3275911 * z);
  let poly = 0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)));
  let tail = 0.5 * t * poly * exp(-z * z);
  return select(tail, 1.0 - tail, x >= 0.0);
}
