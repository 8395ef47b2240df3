// PReLU: a rectifier with a learned slope for x <= 0.   He et al. 2015, eq. 1
//   y = x (x > 0), p.x * x (x <= 0)        dx = 1 (x > 0), p.x (x <= 0)        at 0: dx = p.x
fn forward(x: f32, p: vec4f) -> f32 { return select(p.x * x, x, x > 0.0); }
fn dx(x: f32, p: vec4f) -> f32      { return select(p.x, 1.0, x > 0.0); }
fn dp(x: f32, p: vec4f) -> vec4f    { return vec4f(min(x, 0.0), 0.0, 0.0, 0.0); }
