// A gradient of what was pooled, largest of 2 x 2: it belongs to one pixel of each window, and is 0 at the others.
//   chosen: (windows, words): places 0 to 3 in the window, row by row; four channels a word, the first in the lowest byte
// channels: neighbours, of which the first is a multiple of four.
struct Chosen { words: u32 }
@group(0) @binding(110) var<storage, read> chosen: array<u32>;
@group(0) @binding(111) var<uniform> of_chosen: Chosen;

fn expand_pixels(value: vec4f, windows: vec4u, places: vec4u, channel: u32) -> vec4f {
  let i = windows * of_chosen.words + channel / 4u;
  let words = vec4u(chosen[i.x], chosen[i.y], chosen[i.z], chosen[i.w]);
  return select(vec4f(), value, ((words >> vec4u(channel % 4u * 8u)) & vec4u(3u)) == places);
}
fn expand_channels(value: vec4f, window: u32, place: u32, channels: vec4u) -> vec4f {
  let word = chosen[window * of_chosen.words + channels.x / 4u];
  return select(vec4f(), value, ((vec4u(word) >> (channels % 4u * 8u)) & vec4u(3u)) == vec4u(place));
}
