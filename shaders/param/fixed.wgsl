// A rectifier's parameters where none is learned: the same for all elements.
struct Parameters { p_value: vec4f }
@group(0) @binding(60) var<uniform> fixed: Parameters;

fn parameters(i: u32) -> vec4f { return fixed.p_value; }
