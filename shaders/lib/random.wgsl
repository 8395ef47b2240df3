// Random numbers without a state, as hashes of what they are for. The twin of src/random.ts, equal to the bit.

// A bijection of u32 in which every output bit depends on every input bit: lowbias32 (C. Wellons, hash-prospector).
fn mix_bits(x: u32) -> u32 {
  let a = (x ^ (x >> 16u)) * 0x7feb352du;
  let b = (a ^ (a >> 15u)) * 0x846ca68bu;
  return b ^ (b >> 16u);
}

// Seed and stream enter twice, before and after the index is mixed: entering once, they would only shift one sequence.
fn hash(seed: u32, stream: u32, index: u32) -> u32 {
  let a = mix_bits(seed ^ mix_bits(stream ^ 0x9e3779b9u));
  let b = mix_bits(stream ^ mix_bits(seed ^ 0x85ebca6bu));
  return mix_bits(mix_bits(index ^ a) + b);
}

// Uniform in [0, 1), a multiple of 2^-24: what step `step_number` draws for element `index`, each stream its own.
fn draw(seed: u32, stream: u32, step_number: u32, index: u32) -> f32 {
  return f32(hash(hash(seed, stream, step_number), stream, index) >> 8u) * 0x1p-24;
}
