// Images as a step sees them: each mirrored or not, and shifted by whole pixels; what comes from outside is 0.
//   out[n, r, c] = x[n, r + dr, c + dc], or mirrored x[n, r + dr, width - 1 - c + dc]; dr and dc in -shift..shift
//   x, out: (images, height, width, channels), `size` elements; out is set (=). The same stream in the same step draws the same.
// With sign -1 instead of 1, the inverse map, which is the gradient: mirrored columns are their own inverse.
struct Augment { size: u32, height: u32, width: u32, channels: u32, stream: u32, flip: u32, shift: i32, sign: i32 }
@group(0) @binding(0) var<uniform> augment: Augment;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.x + group.y * groups.x) * 64u + local;
  if (i >= augment.size) { return; }
  let rest = i / augment.channels;
  let c = i32(rest % augment.width);
  let r = i32(rest / augment.width % augment.height);
  let image = rest / augment.width / augment.height;
  // One bit mirrors; of the 2^31 values of the others, each of the span * span shifts has as many, give or take one: one is
  // likelier than another by at most 1.3e-4 of itself (up to 255 pixels; 4e-8 up to 4).
  let bits = hash(hash(step.seed, augment.stream, this_step()), augment.stream, image);
  let shifts = i32(bits >> 1u);
  let span = 2 * augment.shift + 1;
  let row = r + augment.sign * (shifts % span - augment.shift);
  let dc = shifts / span % span - augment.shift;
  let mirrored = (bits & augment.flip) == 1u;
  let column = select(c + augment.sign * dc, i32(augment.width) - 1 - c + dc, mirrored);
  var value = 0.0;
  // Unsigned: what lies before the image is far beyond it.
  if (u32(row) < augment.height && u32(column) < augment.width) {
    let at = (sample(image) * augment.height + u32(row)) * augment.width + u32(column);
    value = x[at * augment.channels + i % augment.channels];
  }
  out[i] = value;
}
