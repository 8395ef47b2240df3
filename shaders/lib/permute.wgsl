// The shuffle of an epoch as a function of the position: a Feistel network of 8 rounds over the next even number of
// bits, walked until the result lies in range (Black and Rogaway 2002, "Ciphers with arbitrary finite domains").
// The twin of src/data/permutation.ts, equal to the bit. Not a cipher.

// The sample at position i of an epoch: a bijection of 0..n-1; i >= n is returned as it is.
fn permute(i: u32, n: u32, seed: u32, epoch: u32) -> u32 {
  if (i >= n) { return i; }
  // Bits of n - 1, halved upwards; at least one each.
  let half = max(1u, (33u - countLeadingZeros(n - 1u)) / 2u);
  let mask = (1u << half) - 1u;
  let key_a = mix_bits(seed ^ mix_bits(epoch ^ 0x9e3779b9u));
  let key_b = mix_bits(epoch ^ mix_bits(seed ^ 0x85ebca6bu));
  var value = i;
  // Ends: the walk follows the cycle that i itself lies on.
  loop {
    var left = value >> half;
    var right = value & mask;
    for (var round = 0u; round < 8u; round++) {
      let key = select(key_a, key_b, round % 2u == 1u) + round * 0x9e3779b9u;
      let next = left ^ (mix_bits(right ^ key) & mask);
      left = right;
      right = next;
    }
    value = (left << half) | right;
    if (value < n) { break; }
  }
  return value;
}
