// What changes from step to step, in one small buffer on the GPU: read-only here, bound once a pass. It changes at a
// step's turn, when the loss is known; the one call that does so binds it as its own, and does not name `step`.
struct Step {
  t: u32,         // losses known; 1 in the first step's calls after its turn
  epoch: u32,     // epochs completed before that step's
  cursor: u32,    // samples of that epoch used, that step's included
  valid: u32,     // rows of its batch that hold samples; fewer than the batch in an epoch's last step
  lr: f32,        // its learning rate
  c1: f32,        // Adam: 1 - beta1^t
  c2: f32,        // Adam: 1 - beta2^t
  seed: u32,      // of the shuffle, and of what a step draws
  upcoming: u32,  // like valid, of the batch that is next: the one that calls before the turn take
}
@group(1) @binding(0) var<uniform> step: Step;

// Set in the calls after the step's turn.
override TURNED: bool = false;

// The number of the step that is under way, the first one's 1: the same before and after its turn.
fn this_step() -> u32 { return step.t + select(1u, 0u, TURNED); }
