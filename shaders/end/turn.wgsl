// The turn of a step, where its loss is known: what it came to is kept, the calls that follow get its number, learning
// rate and Adam corrections, and the next step gets its samples.
//   ring[(t - 1) % ring_length] = (loss, correct, valid rows, 0), kept until the host has read it
//   rows: the samples of the upcoming batch (batch), and from `past` on those of this step's, both updated
//   lr_table: learning rate by step, the last one holding on; samples is 0 where the plan has no data set
// Called by all 64 threads of the one workgroup. c <- beta c + (1 - beta) is 1 - beta^t without a power.
struct Turn {
  samples: u32, batch: u32, shuffle: u32, past: u32, ring_length: u32, table: u32,
  beta1: f32, rest1: f32, beta2: f32, rest2: f32,
}
@group(0) @binding(90) var<uniform> turn: Turn;
@group(0) @binding(91) var<storage, read> lr_table: array<f32>;
@group(0) @binding(92) var<storage, read_write> state: Step;
@group(0) @binding(93) var<storage, read_write> rows: array<u32>;
@group(0) @binding(94) var<storage, read_write> ring: array<vec4f>;

fn valid_rows() -> u32 { return state.upcoming; }

fn conclude(loss: f32, correct: f32, local: u32) {
  // Read by all threads before any of it changes, below the barrier.
  let t = state.t;
  let seed = state.seed;
  let valid = min(state.upcoming, turn.batch);
  let renew = state.cursor >= turn.samples;
  let epoch = state.epoch + u32(renew);
  let cursor = select(state.cursor, 0u, renew) + valid;
  let last = cursor >= turn.samples;
  let next_epoch = epoch + u32(last);
  let next = select(cursor, 0u, last);
  let upcoming = min(turn.batch, turn.samples - next);
  storageBarrier();
  for (var i = local; i < turn.batch; i += 64u) {
    rows[turn.past + i] = rows[i];
    if (i >= upcoming) { continue; }
    rows[i] = next + i;
    if (turn.shuffle == 1u) { rows[i] = permute(next + i, turn.samples, seed, next_epoch); }
  }
  if (local == 0u) {
    state.t = t + 1u;
    state.lr = lr_table[min(t, turn.table - 1u)];
    state.c1 = turn.beta1 * state.c1 + turn.rest1;
    state.c2 = turn.beta2 * state.c2 + turn.rest2;
    if (turn.samples > 0u) {
      state.epoch = epoch;
      state.cursor = cursor;
      state.valid = valid;
      state.upcoming = upcoming;
    }
    ring[t % turn.ring_length] = vec4f(loss, correct, f32(valid), 0.0);
  }
}
