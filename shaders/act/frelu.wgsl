// FReLU, flexible ReLU, not the Funnel activation: a rectifier with a learned shift of its output.
// Qiu et al. 2018, arXiv:1706.08098
//   y = max(x, 0) + p.x        dx = 1 (x > 0), 0 (x <= 0)        dp.x = 1        at 0: dx = 0
fn forward(x: f32, p: vec4f) -> f32 { return max(x, 0.0) + p.x; }
fn dx(x: f32, p: vec4f) -> f32      { return select(0.0, 1.0, x > 0.0); }
fn dp(x: f32, p: vec4f) -> vec4f    { return vec4f(1.0, 0.0, 0.0, 0.0); }
