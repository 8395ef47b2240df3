// Nothing is kept of a loss but its outputs.
fn conclude(loss: f32, correct: f32) {}
