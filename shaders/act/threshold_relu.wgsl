// Thresholded ReLU: a ReLU that lets nothing through up to p.x, where it jumps.   Konda et al. 2015, arXiv:1402.3337
//   y = x (x > p.x), 0 (x <= p.x)        dx = 1 (x > p.x), 0 (x <= p.x)        at p.x: dx = 0
//   dp.x = 0 almost everywhere
fn forward(x: f32, p: vec4f) -> f32 { return select(0.0, x, x > p.x); }
fn dx(x: f32, p: vec4f) -> f32      { return select(0.0, 1.0, x > p.x); }
fn dp(x: f32, p: vec4f) -> vec4f    { return vec4f(0.0); }
