// Shifted ReLU: a rectifier with a learned floor.   Clevert et al. 2016 (there fixed at -1)
//   y = max(x, p.x)        dx = 1 (x > p.x), 0 (x <= p.x)        dp.x = 1 - dx        at p.x: dx = 0
fn forward(x: f32, p: vec4f) -> f32 { return max(x, p.x); }
fn dx(x: f32, p: vec4f) -> f32      { return select(0.0, 1.0, x > p.x); }
fn dp(x: f32, p: vec4f) -> vec4f    { return vec4f(select(1.0, 0.0, x > p.x), 0.0, 0.0, 0.0); }
