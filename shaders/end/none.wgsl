// Nothing is kept of a loss but its outputs.
fn valid_rows() -> u32 { return step.upcoming; }
fn conclude(loss: f32, correct: f32, local: u32) {}
