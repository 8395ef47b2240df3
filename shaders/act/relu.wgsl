// ReLU: the rectified linear unit.   Nair and Hinton, ICML 2010
//   y = max(x, 0)        dx = 1 (x > 0), 0 (x <= 0)        at 0: dx = 0
fn forward(x: f32, p: vec4f) -> f32 { return max(x, 0.0); }
fn dx(x: f32, p: vec4f) -> f32      { return select(0.0, 1.0, x > 0.0); }
fn dp(x: f32, p: vec4f) -> vec4f    { return vec4f(0.0); }
