// z = value + bias, y = f(z), of which the largest y of each window of 2 x 2 is kept, with its z and its place: the four rows
// of finish are the pixels of a window, row by row. Of equal ones the first is kept.
//   z, y: (m / 4, n), set (=); bias: (n)
//   chosen: (m / 4, words), set (=): places 0 to 3; four columns a word, the first in the lowest byte
@group(0) @binding(40) var<storage, read_write> z: array<f32>;
@group(0) @binding(41) var<storage, read_write> y: array<f32>;
@group(0) @binding(42) var<storage, read> bias: array<f32>;
@group(0) @binding(43) var<storage, read_write> chosen: array<u32>;

// What is summed up for finish is each row's value, as a component of its own.
fn store(value: f32, row: u32, col: u32) -> vec4f {
  return select(vec4f(), vec4f(value), vec4u(row % 4u) == vec4u(0u, 1u, 2u, 3u));
}
fn finish(sum: vec4f, row: u32, col: u32) {
  let window = row / 4u;
  let i = window * dims.n + col;
  let p = parameters(i);
  let sums = sum + bias[col];
  var place = 0u;
  var largest = forward(sums.x, p);
  for (var other = 1u; other < 4u; other++) {
    let candidate = forward(tile_pick(sums, other), p);
    if (candidate > largest) {
      largest = candidate;
      place = other;
    }
  }
  z[i] = tile_pick(sums, place);
  y[i] = largest;
  let word = window * ((dims.n + 3u) / 4u) + col / 4u;
  // The thread that had the word's first column has the others, and wrote what is added to.
  chosen[word] = select(0u, chosen[word], col % 4u > 0u) | (place << (col % 4u * 8u));
}
