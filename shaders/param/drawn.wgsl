// A rectifier's one parameter where it is drawn anew for each element and step: p.x is uniform in [p_low, p_low + p_width).
// All calls of a step draw the same, forwards and backwards.
struct Parameters { p_low: f32, p_width: f32, p_stream: u32 }
@group(0) @binding(60) var<uniform> drawn: Parameters;

fn parameters(i: u32) -> vec4f {
  return vec4f(drawn.p_low + drawn.p_width * draw(step.seed, drawn.p_stream, this_step(), i), 0.0, 0.0, 0.0);
}
