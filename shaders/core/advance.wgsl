// Begins a step: its number, learning rate and Adam corrections, and which samples it takes.
//   rows: (batch), the samples of this step, set (=) for the first `valid`; lr_table: learning rate by step, the last
//   one holding on; samples is 0 where the plan has no data set
// One workgroup. c <- beta c + (1 - beta) is 1 - beta^t without a power.
struct Advance { samples: u32, batch: u32, shuffle: u32, table: u32, beta1: f32, rest1: f32, beta2: f32, rest2: f32 }
@group(0) @binding(0) var<uniform> advance: Advance;
@group(0) @binding(1) var<storage, read> lr_table: array<f32>;
@group(0) @binding(2) var<storage, read_write> state: Step;
@group(0) @binding(3) var<storage, read_write> rows: array<u32>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) local: u32) {
  // Read by all threads before thread 0 writes, below the barrier.
  var epoch = state.epoch;
  var start = state.cursor;
  let seed = state.seed;
  let t = state.t;
  if (start >= advance.samples) {
    start = 0u;
    epoch += 1u;
  }
  let valid = min(advance.batch, advance.samples - start);
  storageBarrier();
  for (var i = local; i < valid; i += 256u) {
    rows[i] = start + i;
    if (advance.shuffle == 1u) { rows[i] = permute(start + i, advance.samples, seed, epoch); }
  }
  if (local == 0u) {
    state.t = t + 1u;
    state.lr = lr_table[min(t, advance.table - 1u)];
    state.c1 = advance.beta1 * state.c1 + advance.rest1;
    state.c2 = advance.beta2 * state.c2 + advance.rest2;
    if (advance.samples > 0u) {
      state.epoch = epoch;
      state.cursor = start + valid;
      state.valid = valid;
    }
  }
}
