// S-shaped ReLU: the identity between two thresholds, a line of its own to either side.
// Jin et al. 2016, arXiv:1512.07030
//   y = p.x + p.y * (x - p.x) (x <= p.x), x (p.x < x < tr), tr + p.w * (x - tr) (x >= tr),  tr = p.x + |p.z|
//   dx = p.y (x <= p.x), 1 (p.x < x < tr), p.w (x >= tr)        at p.x: dx = p.y        at p.x + |p.z|: dx = p.w
// The right threshold is given by its distance, so that learning cannot put it to the left of the other.
fn is_left(x: f32, p: vec4f) -> bool  { return x <= p.x; }
fn is_right(x: f32, p: vec4f) -> bool { return x >= p.x + abs(p.z) && x > p.x; }
fn forward(x: f32, p: vec4f) -> f32 {
  let tr = p.x + abs(p.z);
  return select(select(x, tr + p.w * (x - tr), is_right(x, p)), p.x + p.y * (x - p.x), is_left(x, p));
}
fn dx(x: f32, p: vec4f) -> f32 { return select(select(1.0, p.w, is_right(x, p)), p.y, is_left(x, p)); }
fn dp(x: f32, p: vec4f) -> vec4f {
  let by_tr = select(0.0, 1.0 - p.w, is_right(x, p));
  let by_tl = by_tr + select(0.0, 1.0 - p.y, is_left(x, p));
  return vec4f(by_tl, min(x - p.x, 0.0), select(by_tr, -by_tr, p.z < 0.0), max(x - p.x - abs(p.z), 0.0));
}
