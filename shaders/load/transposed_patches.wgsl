// A is the patches of images, transposed, with a row of ones below them where m has room for it: its product with the
// gradient of a convolution's result is the gradient of the weights and, in that row, of the biases.
//   a: (images, height, width, channels); A: (taps * channels + 0 or 1, images * out pixels), 0 outside of the image
//   b: (images * out pixels, n); pool: 1: of every 2 x 2 pixels one row, pooled; else 0
struct Patches { height: u32, width: u32, channels: u32, out_width: u32, out_pixels: u32, kernel_width: u32, stride: u32, padding: u32, dilation: u32, pool: u32, taps: u32 }
@group(0) @binding(20) var<storage, read> a: array<f32>;
@group(0) @binding(21) var<storage, read> b: array<f32>;
@group(0) @binding(22) var<uniform> patches: Patches;

struct Taps { at: vec4i, y: vec4i, x: vec4i, ones: vec4<bool> }
// Where a patch begins; y and x may be negative, then at is nowhere.
struct Corner { at: i32, y: i32, x: i32, window: u32, place: u32 }

fn load_rows(rows: vec4u) -> Taps {
  let tap = rows / patches.channels;
  let y = vec4i(tap / patches.kernel_width * patches.dilation);
  let x = vec4i(tap % patches.kernel_width * patches.dilation);
  let at = (y * i32(patches.width) + x) * i32(patches.channels) + vec4i(rows % patches.channels);
  return Taps(at, y, x, tap == vec4u(patches.taps));
}
fn load_cols(cols: vec4u) -> vec4u { return cols; }

fn load_step(k: u32) -> Corner {
  let pixel = k % patches.out_pixels;
  let image = k / patches.out_pixels;
  let down = pixel / patches.out_width;
  let right = pixel % patches.out_width;
  let y = i32(down * patches.stride) - i32(patches.padding);
  let x = i32(right * patches.stride) - i32(patches.padding);
  let at = ((i32(sample(image) * patches.height) + y) * i32(patches.width) + x) * i32(patches.channels);
  let pool = patches.pool;
  let window = image * (patches.out_pixels >> (2u * pool)) + (down >> pool) * (patches.out_width >> pool) + (right >> pool);
  return Corner(at, y, x, window, (down & pool) * 2u + (right & pool));
}
fn load_a(taps: Taps, corner: Corner) -> vec4f {
  // Unsigned: what is negative is far beyond.
  let inside = (vec4u(taps.y + corner.y) < vec4u(patches.height)) & (vec4u(taps.x + corner.x) < vec4u(patches.width));
  let i = select(vec4u(), vec4u(taps.at + corner.at), inside & !taps.ones);
  return select(select(vec4f(), vec4f(a[i.x], a[i.y], a[i.z], a[i.w]), inside), vec4f(1.0), taps.ones);
}
fn load_b(cols: vec4u, corner: Corner) -> vec4f {
  let i = cols + corner.window * dims.n;
  return expand_channels(vec4f(b[i.x], b[i.y], b[i.z], b[i.w]), corner.window, corner.place, cols);
}
