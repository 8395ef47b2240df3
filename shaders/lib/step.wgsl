// What changes from step to step, in one small buffer on the GPU: read-only here, bound once a pass. The one call that
// advances it binds it as its own, and does not name `step`.
struct Step {
  t: u32,         // steps begun; 1 during the first
  epoch: u32,     // epochs completed before this step's
  cursor: u32,    // samples of this epoch used, this step's included
  valid: u32,     // rows of the batch that hold samples; fewer than the batch in an epoch's last step
  lr: f32,        // learning rate of this step
  c1: f32,        // Adam: 1 - beta1^t
  c2: f32,        // Adam: 1 - beta2^t
  seed: u32,      // of the shuffle
}
@group(1) @binding(0) var<uniform> step: Step;
