// ELU: an exponential that levels off at -p.x for x <= 0.   Clevert et al. 2016, arXiv:1511.07289
//   y = x (x > 0), p.x * (e^x - 1) (x <= 0)        dx = 1 (x > 0), p.x * e^x (x <= 0)        at 0: dx = p.x
fn forward(x: f32, p: vec4f) -> f32 { return select(p.x * expm1_neg(x), x, x > 0.0); }
fn dx(x: f32, p: vec4f) -> f32      { return select(p.x * exp(min(x, 0.0)), 1.0, x > 0.0); }
// expm1_neg is 0 for x > 0.
fn dp(x: f32, p: vec4f) -> vec4f    { return vec4f(expm1_neg(x), 0.0, 0.0, 0.0); }
