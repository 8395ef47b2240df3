// DPReLU: two lines that meet at (p.z, p.w), with slopes p.x to the left and p.y to the right.
// Yang et al. 2023, doi:10.1007/s44196-023-00186-w
//   y = slope * (x - p.z) + p.w,  slope = p.y (x > p.z), p.x (x <= p.z)        dx = slope        at p.z: dx = p.x
fn slope(x: f32, p: vec4f) -> f32   { return select(p.x, p.y, x > p.z); }
fn forward(x: f32, p: vec4f) -> f32 { return slope(x, p) * (x - p.z) + p.w; }
fn dx(x: f32, p: vec4f) -> f32      { return slope(x, p); }
fn dp(x: f32, p: vec4f) -> vec4f    { return vec4f(min(x - p.z, 0.0), max(x - p.z, 0.0), -slope(x, p), 1.0); }
