// Softplus: a smooth ReLU, the sharper the larger p.x (above 0); x itself where p.x * x > p.y, as in PyTorch.
// Dugas et al. 2001
//   y = log(1 + e^u) / p.x,  u = p.x * x        dx = sigmoid(u)        no kink
//   dp.x = (x * sigmoid(u) - y) / p.x
// log(1 + e^u) is max(u, 0) + log(1 + e^-|u|), and dp.x then -(|x| * sigmoid(-|u|) + log(1 + e^-|u|) / p.x) / p.x,
// where nothing cancels. The clamp keeps u from overflowing.
fn inner(x: f32, p: vec4f) -> f32   { return p.x * clamp(x, -1e30, 1e30); }
fn bend(u: f32, p: vec4f) -> f32    { return log1p01(exp(-abs(u))) / p.x; }
fn forward(x: f32, p: vec4f) -> f32 {
  let u = inner(x, p);
  return select(max(x, 0.0) + bend(u, p), x, u > p.y);
}
fn dx(x: f32, p: vec4f) -> f32 {
  let u = inner(x, p);
  return select(sig2(u).x, 1.0, u > p.y);
}
fn dp(x: f32, p: vec4f) -> vec4f {
  let u = inner(x, p);
  let by_beta = -(abs(x) * sig2(-abs(u)).x + bend(u, p)) / p.x;
  return vec4f(select(by_beta, 0.0, u > p.y), 0.0, 0.0, 0.0);
}
